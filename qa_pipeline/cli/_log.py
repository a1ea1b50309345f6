"""``--log-json``: what a run does, one JSON object a line on stderr, for a log collector.

Every line has ``time`` (ISO 8601, UTC) and ``event``: ``started``, ``progress``, ``recording_failed``,
``part_written``, ``landed``, ``trouble``, ``finished``, ``error``. Figures are those of run.json, under its names.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from qa_pipeline.engines.events import Event
    from qa_pipeline.engines.run import Progress

PROGRESS_EVERY_S = 10.0


def write_line(event: str, *, to: TextIO | None = None, **facts: Any) -> None:
    """One line: ``event``, its time, its ``facts``."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    text = json.dumps({"time": now, "event": event, **facts}, ensure_ascii=False, default=str)
    print(text, file=to or sys.stderr, flush=True)


@dataclass
class JsonLog:
    """Writes events as they come, and progress every ``every_s`` seconds and at the end."""

    every_s: float = PROGRESS_EVERY_S
    clock: Callable[[], float] = monotonic
    to: TextIO | None = None
    _next: float = field(default=float("-inf"))

    def event(self, event: Event) -> None:
        """One line for ``event``."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
        summary = getattr(event, "summary", None)
        write_line(name, to=self.to, **(summary.as_json() if summary is not None else asdict(event)))

    def progress(self, progress: Progress) -> None:
        """One line now and then."""
        if self.clock() >= self._next or progress.done == progress.total:
            self._next = self.clock() + self.every_s
            speed = progress.audio_s / progress.wall_s if progress.wall_s > 0 else None
            write_line("progress", to=self.to, **asdict(progress), realtime_factor=speed)
