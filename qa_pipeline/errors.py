"""One tree of errors: each says what is wrong, where, and what to do.

``RequestError`` means that the request cannot run at all (exit code 2). ``RecordingError`` concerns one recording:
the pipeline turns it into a ``failed`` row and goes on. All survive pickling, since they cross process borders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where in the path from file to scorecard a recording failed; the value of ``calls.error_stage``."""

    FIND = "find"
    READ = "read"
    DECODE = "decode"
    TRANSCRIBE = "transcribe"
    SCORE = "score"


class QaPipelineError(Exception):
    """The root of this project's own errors; ``str(error)`` is fit for a person to read."""


class RequestError(QaPipelineError):
    """What was asked for cannot run: no sources, an unknown rule set, a broken manifest, no model."""


class RecordingError(QaPipelineError):
    """One recording cannot be processed."""

    def __init__(self, stage: Stage, message: str) -> None:
        super().__init__(stage, message)
        self.stage = stage
        self.message = message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a file that a person wrote; ``line`` and ``column`` count from 1 (0: the whole file)."""

    path: str
    line: int
    column: int
    message: str
    fix: str = ""

    def __str__(self) -> str:
        where = self.path if self.line == 0 else f"{self.path}:{self.line}:{self.column}"
        return f"{where}: {self.message}" + (f"  → {self.fix}" if self.fix else "")


class RuleSetError(RequestError):
    """A rule set cannot be used; carries every fault that was found, in file order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(tuple(faults))
        self.faults = tuple(sorted(faults))

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)
