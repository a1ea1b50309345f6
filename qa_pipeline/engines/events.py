"""What a run says while it goes on, for whoever shows it, logs it or writes it down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from qa_pipeline.outputs.summary import RunSummary
from qa_pipeline.records import Seconds


@dataclass(frozen=True, slots=True)
class Started:
    """A run begins. ``done_before`` of its ``recordings`` have their rows from earlier runs."""

    out: str
    recordings: int
    done_before: int
    audio_s: Seconds | None
    jobs: int
    model: str | None


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """A recording became a failed row."""

    recording_id: str
    source_uri: str
    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class PartWritten:
    """The rows of ``calls`` recordings lie on the disk, under this name."""

    part: str
    calls: int


@dataclass(frozen=True, slots=True)
class Landed:
    """A watched folder was looked at: ``settled`` recordings are handed on, ``waiting`` ones may still be written."""

    settled: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something is wrong that does not end the run; ``message`` is fit for a person to read."""

    message: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A run is over, or was interrupted: ``summary.status`` says which."""

    summary: RunSummary


Event: TypeAlias = Started | RecordingFailed | PartWritten | Landed | Trouble | Finished
OnEvent: TypeAlias = Callable[[Event], None]
