"""One run over many recordings: hand them out, take the results in, write them, and say how it went.

Whatever ends a run (Ctrl-C, a full disk, a worker that cannot start), what is done by then is written and readable.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import current_thread, main_thread
from time import monotonic, time
from types import FrameType
from typing import Any, Protocol, TypeAlias

from qa_pipeline import __version__
from qa_pipeline.engines.events import Finished, OnEvent, RecordingFailed, Started
from qa_pipeline.engines.memory import TreeMemory
from qa_pipeline.engines.pace import Pace
from qa_pipeline.engines.pool import Died, Prepare, run_here, run_in_workers
from qa_pipeline.errors import QaPipelineError, Stage
from qa_pipeline.outputs.metrics import write_metrics
from qa_pipeline.outputs.run_info import versions, write_run_info
from qa_pipeline.outputs.schema import SCHEMA_VERSION
from qa_pipeline.outputs.summary import RunSummary, Tally
from qa_pipeline.records import CallFailure, CallResult, Recording, RuleSetIdentity, Seconds, Transcript
from qa_pipeline.sources.find import Found

_REPORT_EVERY_S = 15.0
"""How often run.json and metrics.prom are written while a run goes on."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a worker has to say of one recording: its result, and the seconds that each stage took."""

    result: CallResult | Transcript
    stage_s: Mapping[str, Seconds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. ``audio_s`` are the seconds of audio done, ``wall_s`` those since the first was handed out.

    ``audio_total_s`` is what all recordings hold by their headers, ``left_s`` how long the rest will take; None where
    nobody can say. ``memory_bytes`` is what the run takes now on this machine, all its processes together.
    """

    done: int
    total: int
    failed: int
    audio_s: Seconds
    wall_s: Seconds
    audio_total_s: Seconds | None = None
    left_s: Seconds | None = None
    memory_bytes: int = 0


OnProgress: TypeAlias = Callable[[Progress], None]


class Sink(Protocol):
    """Where results go. All methods raise RequestError where the disk does not take them.

    ``refused`` are results that could only be written as failures; ``written`` names files that ``--overwrite`` may
    delete, beside the tables' parts.
    """

    refused: dict[str, CallFailure]

    @property
    def written(self) -> Sequence[str]:
        """Names of files in the output folder, in the order of writing."""

    def add(self, index: int, result: Any) -> None:
        """Take the result of recording number ``index``."""

    def flush_due(self) -> None:
        """Write what has waited long enough."""

    def flush(self) -> None:
        """Write everything."""


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C ended the run after what was done had been written; ``summary`` says what that is."""

    def __init__(self, summary: RunSummary) -> None:
        super().__init__("interrupted")
        self.summary = summary


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is settled before the first recording is touched.

    ``alone``: the recordings are worked on in this process, which a broken decoder would end; else in ``jobs`` others.
    ``audio_s``: what they all hold together, None where nobody has looked.
    """

    command: str
    found: Found
    out: Path
    prepare: Prepare[Recording, Done]
    jobs: int
    alone: bool
    options: Mapping[str, Any]
    model: Mapping[str, Any] | None
    ruleset: RuleSetIdentity | None = None
    audio_s: Seconds | None = None


def execute(
    plan: Plan, sink: Sink, on_progress: OnProgress | None = None, on_event: OnEvent | None = None
) -> RunSummary:
    """Run ``plan``. Raises RunInterrupted after Ctrl-C, RequestError where it cannot go on; both leave results."""
    run = _Run(plan, sink, on_progress, on_event)
    run.start()
    try:
        run.work()
        sink.flush()
    except KeyboardInterrupt:
        raise RunInterrupted(run.stop()) from None
    except Exception as error:
        run.stop(str(error) if isinstance(error, QaPipelineError) else repr(error))
        raise
    return run.report("finished")


@contextmanager
def _whole() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM until what is inside is done; then they interrupt as ever."""
    if current_thread() is not main_thread():  # signals interrupt the main thread only, and only it may set handlers
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    ours = {number: handler for number, handler in before.items() if callable(handler)}
    for number in ours:
        signal.signal(number, lambda which, frame: came.append((which, frame)))
    try:
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
    for which, frame in came[:1]:
        ours[signal.Signals(which)](which, frame)


class _Run:
    """The state of one run."""

    def __init__(self, plan: Plan, sink: Sink, on_progress: OnProgress | None, on_event: OnEvent | None) -> None:
        self.plan, self.sink, self.on_progress = plan, sink, on_progress
        self.say: OnEvent = on_event or (lambda event: None)
        self.tally, self.pace, self.memory = Tally(), Pace(), TreeMemory()
        self.began_at, self.began = datetime.now(UTC), monotonic()
        self.reported = self.began

    def start(self) -> None:
        """Say that the run begins, in ``run.json`` too."""
        plan = self.plan
        self.report("running")
        model = plan.model["name"] if plan.model else None
        self.say(Started(str(plan.out), len(plan.found.recordings), 0, plan.audio_s, plan.jobs, model))

    def work(self) -> None:
        """Take in one result after another, and let the sink write in time."""
        recordings = self.plan.found.recordings
        self._tell()
        for item in self._answers():
            if item is not None:
                index, answer = item
                done = Done(self._death(recordings[index], answer)) if isinstance(answer, Died) else answer
                with _whole():  # a result that is written is counted, whenever Ctrl-C comes
                    self.sink.add(index, done.result)
                    self.tally.add(done.result, done.stage_s)
                if isinstance(done.result, CallFailure):
                    failed, recording = done.result, done.result.recording
                    source = recording.source_uri
                    self.say(RecordingFailed(recording.recording_id, source, failed.stage.value, failed.message))
            self.sink.flush_due()
            self._tell()

    def stop(self, error: str | None = None) -> RunSummary:
        """Write what is done before the run ends early; a disk that is full may not even take that."""
        with suppress(QaPipelineError):
            self.sink.flush()
        with suppress(QaPipelineError):
            return self.report("interrupted", error)
        return self._summary("interrupted")

    def report(self, status: str, error: str | None = None) -> RunSummary:
        """Write ``run.json`` as things stand."""
        summary = self._summary(status)
        write_run_info(self.plan.out, self._info(summary, error))
        self._write_metrics(summary)
        self.reported = monotonic()
        if status != "running":
            self.say(Finished(summary))
        return summary

    def _write_metrics(self, summary: RunSummary) -> None:
        ruleset = self.plan.ruleset.id if self.plan.ruleset else ""
        labels = {"command": self.plan.command, "ruleset": ruleset, "model": summary.model or ""}
        left_s = self.pace.left_s(self._audio_left(), summary.wall_s)
        more = {} if left_s is None else {"left_seconds": left_s}
        memory = float(self.memory.look())
        write_metrics(self.plan.out, summary, labels=labels, now=time(), memory_bytes=memory, **more)

    def _answers(self) -> Iterator[tuple[int, Done | Died] | None]:
        if self.plan.alone:
            return run_here(self.plan.prepare, self.plan.found.recordings)
        return run_in_workers(self.plan.prepare, self.plan.found.recordings, self.plan.jobs)

    def _death(self, recording: Recording, died: Died) -> CallFailure:
        return CallFailure(recording, Stage.TRANSCRIBE, str(died), ruleset=self.plan.ruleset)

    def _tell(self) -> None:
        tally, total, wall_s = self.tally, len(self.plan.found.recordings), monotonic() - self.began
        self.pace.at(wall_s, tally.audio_s)
        memory = self.memory.look()
        if self.on_progress is not None:
            left_s = self.pace.left_s(self._audio_left(), wall_s)
            progress = Progress(
                tally.calls, total, tally.failed, tally.audio_s, wall_s, self.plan.audio_s, left_s, memory
            )
            self.on_progress(progress)
        if monotonic() - self.reported >= _REPORT_EVERY_S:
            self.report("running")

    def _audio_left(self) -> Seconds:
        """Seconds of audio not done yet; where nobody has measured them, as if the rest were like what is done."""
        tally, total = self.tally, len(self.plan.found.recordings)
        if self.plan.audio_s is not None and tally.calls < total:
            return max(self.plan.audio_s - tally.audio_s, 1.0)
        return (total - tally.calls) * tally.audio_s / max(1, tally.calls)

    def _summary(self, status: str) -> RunSummary:
        self.tally.refuse(self.sink.refused)
        return self.tally.summary(
            status=status,
            out=str(self.plan.out),
            expected=len(self.plan.found.recordings),
            skipped=self.plan.found.skipped,
            warnings=self.plan.found.warnings,
            model=self.plan.model["name"] if self.plan.model else None,
            model_why=self.plan.model["why"] if self.plan.model else None,
            wall_s=round(monotonic() - self.began, 3),
            peak_memory_bytes=self.memory.peak_bytes,
        )

    def _info(self, summary: RunSummary, error: str | None) -> dict[str, Any]:
        ruleset, ended = self.plan.ruleset, datetime.now(UTC) if summary.status != "running" else None
        return {
            "command": self.plan.command,
            "status": summary.status,
            "error": error,
            "schema_version": SCHEMA_VERSION,
            "pipeline_version": __version__,
            "versions": versions(),
            "started_at": self.began_at.isoformat(timespec="seconds"),
            "ended_at": ended and ended.isoformat(timespec="seconds"),
            "working_directory": str(Path.cwd()),
            "options": dict(self.plan.options),
            "jobs": self.plan.jobs,
            "ruleset": ruleset and {"id": ruleset.id, "version": ruleset.version, "sha256": ruleset.sha256},
            "model": self.plan.model,
            "summary": summary.as_json(),
            "written": list(self.sink.written),
        }
