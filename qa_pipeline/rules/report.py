"""What ``rules check``, ``rules test`` and ``rules diff`` have to say, in one form that every format can write.

``rules.formats`` has one file for each format: text, json, junit, sarif, github, markdown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How grave a notice is: an error stops CI, a warning only with ``--strict``, a note never."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Status(StrEnum):
    """How one thing that was checked went; ``skipped`` is a known gap."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell somebody about one place; ``line`` and ``column`` count from 1 (0: the whole file).

    ``code`` is stable; its hundreds tell whose it is (0 faults, 1 to 5 ``check``, 6 ``test``, 7 ``diff``). ``message``
    is Chinese, then short English; ``fix`` what to do; ``details`` lines that show it, such as the dialogue with the
    hit marked or the calls that change.
    """

    code: str
    level: Level
    file: str
    line: int
    column: int
    message: str
    fix: str = ""
    rule_id: str = ""
    details: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """``file:line:column``, as editors open it; only the file where the whole of it is meant."""
        return self.file if self.line == 0 else f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was checked, good ones too: a case, a rule-set file, a gate. JUnit counts these."""

    group: str
    name: str
    status: Status
    file: str = ""
    line: int = 0
    notice: Notice | None = None
    """What is wrong with it, where it failed; why it does not count, where it was skipped."""


@dataclass(frozen=True, slots=True)
class Section:
    """More to read, under a title: Markdown lines (a table, a list). Folded in a comment unless ``unfolded``."""

    title: str
    lines: tuple[str, ...]
    unfolded: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A code's name for people, and the page or anchor under docs/ that explains it."""

    code: str
    title: str
    level: Level
    page: str = ""


@dataclass(frozen=True)
class Report:
    """All that one run has to say.

    ``passed``: whether CI may go on. ``summary``: the few lines to read first, as plain text. ``data``: what ``json``
    gives beside the notices. ``codes``: the codes that the notices may use.
    """

    command: str
    title: str
    passed: bool
    summary: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    items: tuple[Item, ...] = ()
    sections: tuple[Section, ...] = ()
    codes: tuple[Code, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def with_level(self, level: Level) -> tuple[Notice, ...]:
        """The notices of one level, in order."""
        return tuple(notice for notice in self.notices if notice.level is level)
