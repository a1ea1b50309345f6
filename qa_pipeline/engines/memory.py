"""How much memory a run takes: this process and all that it started, on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from qa_pipeline.records import Seconds


@dataclass
class TreeMemory:
    """Looked at now and then; ``peak_bytes`` is the most that any look saw.

    Pages that processes share count once where the system says so (Linux), else in each of them.
    """

    every_s: Seconds = 2.0
    clock: Callable[[], Seconds] = monotonic
    now_bytes: int = 0
    peak_bytes: int = 0
    _next: Seconds = field(default=float("-inf"))

    def look(self) -> int:
        """Bytes in use, at most ``every_s`` seconds old."""
        if self.clock() >= self._next:
            self._next = self.clock() + self.every_s
            self.now_bytes = _tree_bytes()
            self.peak_bytes = max(self.peak_bytes, self.now_bytes)
        return self.now_bytes


def _tree_bytes() -> int:
    import psutil

    this = psutil.Process()
    return sum(_own_bytes(process) for process in (this, *this.children(recursive=True)))


def _own_bytes(process: object) -> int:
    """A process's part of the memory; 0 for one that has just ended."""
    import psutil

    try:
        facts = process.memory_full_info()  # type: ignore[attr-defined]
        return int(getattr(facts, "pss", 0) or facts.rss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)  # type: ignore[attr-defined]
    except psutil.Error:
        return 0
