"""One run over many recordings: hand them out, take the results in, write them, and say how it went.

Whatever ends a run (Ctrl-C, a full disk, a worker that cannot start), what is done by then is written and readable.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import current_thread, main_thread
from time import monotonic, time
from types import FrameType
from typing import Any, TypeAlias

from qa_pipeline import __version__
from qa_pipeline.engines.budget import Budget
from qa_pipeline.engines.events import Finished, OnEvent, PartWritten, RecordingFailed, Started
from qa_pipeline.engines.memory import TreeMemory
from qa_pipeline.engines.pace import Pace
from qa_pipeline.engines.resume import Agenda
from qa_pipeline.engines.shard import Task, cut
from qa_pipeline.engines.supervise import Died, Engine, Limits, Prepare, run_shards
from qa_pipeline.errors import QaPipelineError, Stage
from qa_pipeline.outputs.journal import Request, read_journal
from qa_pipeline.outputs.metrics import write_metrics
from qa_pipeline.outputs.parquet import CallTables
from qa_pipeline.outputs.parts import Content, PartWriter, Result
from qa_pipeline.outputs.run_info import versions, write_run_info
from qa_pipeline.outputs.schema import SCHEMA_VERSION
from qa_pipeline.outputs.summary import RunSummary
from qa_pipeline.outputs.tally import Counted, Tally
from qa_pipeline.records import CallFailure, RuleSetIdentity, Seconds
from qa_pipeline.sources.find import Found
from qa_pipeline.transcribe.store import TranscriptStore

_ADVICE = "no other recording was harmed: play this one, export it again, or leave it out"

_REPORT_EVERY_S = 15.0
"""How often run.json and metrics.prom are written while a run goes on."""


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


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C ended the run after what was done had been written; ``summary`` says what that is."""

    def __init__(self, summary: RunSummary) -> None:
        super().__init__("interrupted")
        self.summary = summary


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is settled before the first recording is touched.

    ``engine`` None: the recordings are worked on in this process, which a broken decoder would end. ``tasks`` are what
    workers are given, one for each of the agenda's ``todo``. ``bury`` puts a recording that killed its workers as it is
    written. ``earlier`` are run.json's words of earlier runs into the same folder. ``where`` is what people call
    ``out``, ``budget`` how long work may go on, None for ever.
    """

    command: str
    request: Request
    found: Found
    out: Path
    agenda: Agenda
    tasks: Sequence[Task]
    prepare: Prepare[Task, Result]
    engine: Engine | None
    jobs: int
    limits: Limits
    content: Content
    bury: Callable[[CallFailure], tuple[Counted, CallTables | bytes | None]]
    options: Mapping[str, Any]
    model: Mapping[str, Any] | None
    store: TranscriptStore | None = None
    own_store: bool = False
    rewrite: frozenset[int] = frozenset()
    ruleset: RuleSetIdentity | None = None
    earlier: Sequence[Mapping[str, Any]] = ()
    where: str = ""
    budget: Budget | None = None


def execute(plan: Plan, on_progress: OnProgress | None = None, on_event: OnEvent | None = None) -> RunSummary:
    """Run ``plan``. Raises RunInterrupted after Ctrl-C, RequestError where it cannot go on; both leave results."""
    run = _Run(plan, on_progress, on_event)
    run.start()
    try:
        run.work()
        run.writer.flush()
        run.forget_unused()
    except KeyboardInterrupt:
        raise RunInterrupted(run.stop()) from None
    except Exception as error:
        run.stop(str(error) if isinstance(error, QaPipelineError) else repr(error))
        raise
    return run.report("out_of_time" if plan.budget is not None and plan.budget.used_up else "finished")


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

    def __init__(self, plan: Plan, on_progress: OnProgress | None, on_event: OnEvent | None) -> None:
        self.plan, self.on_progress = plan, on_progress
        self.say: OnEvent = on_event or (lambda event: None)
        agenda = plan.agenda
        self.writer = PartWriter(plan.out, agenda.todo, plan.content, plan.request, agenda.kept, plan.store)
        self.writer.on_part = lambda part, calls: self.say(PartWritten(f"part-{part:05d}", calls))
        self.tally, self.pace, self.memory, self.reused = Tally(), Pace(), TreeMemory(), 0
        for entry in agenda.done:
            self.tally.add(entry.counted)
        self.resumed, self.audio_before_s = self.tally.calls, self.tally.audio_s
        self.total, self.audio_left_s = self.resumed + len(agenda.todo), sum(agenda.audio_s)
        self.audio_planned_s = self.audio_left_s
        self.began_at, self.began = datetime.now(UTC), monotonic()
        self.reported = self.began

    def start(self) -> None:
        """Say that the run begins, in ``run.json`` too."""
        plan = self.plan
        self.report("running")
        model = plan.model["name"] if plan.model else None
        audio_s = self.audio_before_s + self.audio_left_s
        self.say(Started(plan.where or str(plan.out), self.total, self.resumed, audio_s, plan.jobs, model))

    def work(self) -> None:
        """Take in one result after another, and let the writer write in time."""
        if self.plan.store is not None:
            with suppress(OSError):
                self.plan.store.sweep()
        self.writer.begin()
        for part in sorted(self.plan.rewrite):
            self.writer.rewrite(part)
        self._tell()
        with closing(self._answers()) as answers:
            for item in answers:
                if item is not None:
                    self._take(*item)
                self.writer.flush_due()
                self._tell()

    def _take(self, index: int, answer: Result | Died) -> None:
        result = self._buried(index, answer) if isinstance(answer, Died) else answer
        with _whole():  # a result that is written is counted, whenever Ctrl-C comes
            began = monotonic()
            self.writer.add(index, result)
            self.tally.add(result.counted, {**result.stage_s, "write": monotonic() - began})
            self.reused += result.reused
            self.audio_left_s = max(0.0, self.audio_left_s - self.plan.agenda.audio_s[index])
        if (counted := result.counted).stage is not None:
            self.say(RecordingFailed(counted.recording_id, counted.source_uri, counted.stage, counted.message))

    def stop(self, error: str | None = None) -> RunSummary:
        """Write what is done before the run ends early; a disk that is full may not even take that."""
        with suppress(QaPipelineError):
            self.writer.flush()
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
        left_s = self.pace.left_s(self.audio_left_s, summary.wall_s)
        more = {} if left_s is None else {"left_seconds": left_s}
        memory = float(self.memory.look())
        write_metrics(self.plan.out, summary, labels=labels, now=time(), memory_bytes=memory, **more)

    def forget_unused(self) -> None:
        """A folder's own store keeps what its journal names, and no call beyond: nobody would look for it there."""
        if self.plan.store is None or not self.plan.own_store:
            return
        named = {entry.key for entry in read_journal(self.plan.out).entries}
        with suppress(OSError):
            for key in list(self.plan.store.keys()):
                if key not in named:
                    self.plan.store.remove(key)

    def _answers(self) -> Generator[tuple[int, Result | Died] | None, None, None]:
        plan, audio_s = self.plan, self.plan.agenda.audio_s
        if not plan.tasks:
            return
        shards = cut(audio_s, range(len(plan.tasks)), plan.jobs)
        if plan.engine is not None:
            yield from run_shards(
                plan.engine, plan.tasks, shards, plan.jobs, weights=audio_s, limits=plan.limits, take=self._room
            )
            return
        work = plan.prepare(0)
        for shard in shards:
            taken = shard[: self._room(shard)]
            for position, result in work([plan.tasks[index] for index in taken]):
                yield shard[position], result
            if len(taken) < len(shard):
                return

    def _room(self, shard: Sequence[int]) -> int:
        """How many of ``shard``'s recordings there is time for."""
        if self.plan.budget is None:
            return len(shard)
        audio_s = self.plan.agenda.audio_s
        return self.plan.budget.room([audio_s[index] for index in shard], self.pace.speed, self.plan.jobs)

    def _buried(self, index: int, died: Died) -> Result:
        recording = self.plan.agenda.todo[index].recording
        counted, content = self.plan.bury(
            CallFailure(recording, Stage.TRANSCRIBE, f"{died}; {_ADVICE}", ruleset=self.plan.ruleset)
        )
        return Result(counted, content)

    def _tell(self) -> None:
        tally, wall_s = self.tally, monotonic() - self.began
        audio_s = tally.audio_s - self.audio_before_s
        self.pace.at(wall_s, self.audio_planned_s - self.audio_left_s)  # in the same estimates as what is left
        memory = self.memory.look()
        if self.on_progress is not None:
            left_s = self.pace.left_s(self.audio_left_s, wall_s)
            total_s = audio_s + self.audio_left_s
            self.on_progress(Progress(tally.calls, self.total, tally.failed, audio_s, wall_s, total_s, left_s, memory))
        if monotonic() - self.reported >= _REPORT_EVERY_S:
            self.report("running")

    def _summary(self, status: str) -> RunSummary:
        plan = self.plan
        return self.tally.summary(
            status=status,
            out=plan.where or str(plan.out),
            expected=self.total,
            skipped=plan.found.skipped,
            warnings=plan.found.warnings,
            model=plan.model["name"] if plan.model else None,
            model_why=plan.model["why"] if plan.model else None,
            wall_s=round(monotonic() - self.began, 3),
            resumed=self.resumed,
            reused=self.reused,
            audio_now_s=self.tally.audio_s - self.audio_before_s,
            peak_memory_bytes=self.memory.peak_bytes,
            audio_left_s=round(self.audio_left_s, 1) if self.tally.calls < self.total else 0.0,
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
            "request": dict(self.plan.request),
            "jobs": self.plan.jobs,
            "ruleset": ruleset and {"id": ruleset.id, "version": ruleset.version, "sha256": ruleset.sha256},
            "model": self.plan.model,
            "store": str(self.plan.store.folder) if self.plan.store is not None else None,
            "summary": summary.as_json(),
            "earlier_runs": list(self.plan.earlier),
        }
