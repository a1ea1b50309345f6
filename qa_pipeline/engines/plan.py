"""From what was asked for to a run: what is left to do, by which workers, into which folder.

The last of these steps is the first that changes anything.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from qa_pipeline import __version__
from qa_pipeline.engines.budget import Budget
from qa_pipeline.engines.events import OnEvent
from qa_pipeline.engines.glance import Glance
from qa_pipeline.engines.machine import available_bytes, default_jobs, usable_cores
from qa_pipeline.engines.options import (
    NO_STORE,
    ChosenModel,
    MakeTranscriber,
    RecogniserOptions,
    RunOptions,
    make_recogniser,
    make_replay,
)
from qa_pipeline.engines.pool import Processes
from qa_pipeline.engines.resume import Agenda, agenda, check_same
from qa_pipeline.engines.run import OnProgress, Plan, execute
from qa_pipeline.engines.shard import Judged, Library, Task
from qa_pipeline.engines.supervise import Engine, Limits, Prepare
from qa_pipeline.engines.work import Bench, Job
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.folder import TRANSCRIPTS, check_out, clear_out, only_us, sweep_out, unknown_run
from qa_pipeline.outputs.journal import Journal, read_journal
from qa_pipeline.outputs.parquet import columns_differ, extra_columns_of
from qa_pipeline.outputs.parts import Result
from qa_pipeline.outputs.run_info import earlier_runs
from qa_pipeline.outputs.schema import SCHEMA_VERSION
from qa_pipeline.outputs.summary import RunSummary
from qa_pipeline.records import CallFailure, Recording, Seconds
from qa_pipeline.sources.find import Found
from qa_pipeline.sources.priority import priorities
from qa_pipeline.text.vocabulary import Vocabulary
from qa_pipeline.transcribe.models import cuda_devices
from qa_pipeline.transcribe.store import REPLAYED, TranscriptStore, digest

MakeEngine: TypeAlias = Callable[[Prepare[Task, Result]], Engine]


@dataclass(frozen=True, slots=True)
class _Staff:
    """Where workers run (None: in this process), how many, and how many GPUs they share out among themselves."""

    engine: MakeEngine | None
    jobs: int
    gpus: int = 0


# Below this many stored transcripts, starting processes takes longer than judging.
_FEW_STORED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that can run, as far as that can be told without its output folder.

    ``request`` decides the results; ``options`` are what ``run.json`` says was asked for. ``chosen`` is the model, None
    where no sound is recognised or ``how.recogniser`` makes the recogniser, whose ``recipe`` names it. ``known`` holds,
    by path, what need not be recognised, and ``judged`` where it stands in a folder that is judged again, of which
    ``planned`` are the parts. ``where`` is what people call ``out``. Nothing is begun that would not be done by
    ``deadline`` (monotonic). ``growing``: see
    ``agenda``; ``staff`` makes the workers of this machine in place of new processes.
    """

    command: str
    job: Job
    found: Found
    seen: Sequence[Glance]
    out: Path
    how: RunOptions
    asked: RecogniserOptions = field(default_factory=RecogniserOptions)
    request: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    chosen: ChosenModel | None = None
    recipe: Mapping[str, Any] | None = None
    keeps_store: bool = True
    store: Path | None = None
    known: Mapping[str, str | CallFailure] = field(default_factory=dict)
    judged: Mapping[str, Judged] = field(default_factory=dict)
    planned: Sequence[int] | None = None
    where: str = ""
    deadline: Seconds | None = None
    growing: bool = False
    staff: MakeEngine | None = None

    def task(self, recording: Recording) -> Task:
        """``recording`` as a worker is given it."""
        return Task(recording, self.known.get(recording.path), self.judged.get(recording.path))

    @property
    def sound(self) -> int:
        """How many recordings are sound that may have to be recognised."""
        return 0 if self.known else sum(not one.is_stored_transcript for one in self.found.recordings)


def run(asked: Asked, on_progress: OnProgress | None = None, on_event: OnEvent | None = None) -> RunSummary:
    """Do what was asked for, or what is left of it. Raises RequestError where the output folder does not allow it."""
    check_out(asked.out)
    journal = journal_of(asked)
    todo = agenda_of(asked, journal)
    with _staffed(asked, todo) as staff, _cleared(asked):
        return execute(_plan(asked, journal, todo, staff), on_progress, on_event)


def journal_of(asked: Asked) -> Journal:
    """What need not be done again. Raises RequestError where the folder is not one to go on with."""
    return Journal() if asked.how.overwrite else _journal(asked)


@contextmanager
def trial(asked: Asked, todo: Agenda) -> Iterator[tuple[MakeEngine, Prepare[Task, Result], int]]:
    """The workers that a run would have, how they prepare and how many; what they do is kept nowhere."""
    with _staffed(asked, todo) as staff:
        yield staff.engine or Processes, _prepare(asked, None, asked.found.extra_columns, staff), staff.jobs


def agenda_of(asked: Asked, journal: Journal) -> Agenda:
    """What is left to do, what is urgent first."""
    recordings = asked.found.recordings
    first = priorities(recordings, asked.how.priority) if asked.how.priority else None
    return agenda(recordings, asked.seen, journal, first=first, planned=asked.planned, growing=asked.growing)


def base_request(command: str, job: Job, vocabulary: Vocabulary, recipe: Mapping[str, Any] | None) -> dict[str, Any]:
    """What decides the results of ``command``, for the journal."""
    versions = {"pipeline_version": __version__, "schema_version": SCHEMA_VERSION}
    words = {"words": list(vocabulary.words), "prompt": vocabulary.prompt}
    request = {"command": command, **versions, **job.facts(), "vocabulary": words, "recogniser": recipe}
    plain: dict[str, Any] = json.loads(json.dumps(request))  # as a later run will read it
    return plain


def _journal(asked: Asked) -> Journal:
    """What was done already; empty for a new folder. Raises RequestError where it is not ours to go on with."""
    if status := unknown_run(asked.out):
        raise RequestError(f"{asked.out} holds {status}. Choose another --out, or replace it with --overwrite.")
    journal = read_journal(asked.out)
    check_same(asked.out, journal, asked.request)
    return journal


@contextmanager
def _cleared(asked: Asked) -> Iterator[None]:
    """The output folder in our hands, with nothing in it but what is done."""
    with only_us(asked.out):
        if asked.how.overwrite:
            clear_out(asked.out, asked.found.recordings)
        else:
            sweep_out(asked.out)
        yield


def _plan(asked: Asked, journal: Journal, todo: Agenda, staff: _Staff) -> Plan:
    store = _store(asked)
    before = extra_columns_of(asked.out) if journal.parts else []
    extra = tuple(sorted({*asked.found.extra_columns, *before}))
    prepare = _prepare(asked, store, extra, staff)
    found = asked.found
    if todo.missing:
        told = f"{todo.missing} recordings that were done earlier are not among the sources now: their rows stay"
        found = replace(found, warnings=(*found.warnings, told))
    return Plan(
        command=asked.command,
        request=asked.request,
        found=found,
        out=asked.out,
        agenda=todo,
        tasks=[asked.task(one.recording) for one in todo.todo],
        prepare=prepare,
        engine=None if staff.engine is None else staff.engine(prepare),
        jobs=staff.jobs,
        limits=Limits(patience=asked.how.patience, memory_bytes=asked.how.worker_memory_bytes),
        content=asked.job.content(asked.out, extra),
        bury=partial(asked.job.put, extra_columns=extra),
        options=asked.options,
        model=asked.chosen.facts() if asked.chosen is not None else None,
        store=store,
        own_store=store is not None and store.folder == asked.out / TRANSCRIPTS,
        rewrite=todo.shrunk | _of_other_columns(asked, journal, extra),
        ruleset=asked.job.identity,
        earlier=earlier_runs(asked.out) if journal.parts else (),
        where=asked.where,
        budget=None if asked.deadline is None else Budget(asked.deadline),
    )


def _of_other_columns(asked: Asked, journal: Journal, extra: Sequence[str]) -> frozenset[int]:
    if asked.command == "transcribe":
        return frozenset()
    return frozenset(part for part in journal.parts if columns_differ(asked.out, part, extra))


def _store(asked: Asked) -> TranscriptStore | None:
    """Where transcripts are kept: nowhere, in a folder that was named, or in the output folder."""
    if asked.store is not None:
        return TranscriptStore(asked.store)
    if asked.how.store is None:
        return TranscriptStore(asked.out / TRANSCRIPTS) if asked.keeps_store else None
    named = os.fspath(asked.how.store)
    return None if named == NO_STORE else TranscriptStore(Path(named))


def _prepare(asked: Asked, store: TranscriptStore | None, extra: Sequence[str], staff: _Staff) -> Prepare[Task, Result]:
    library = Library(store, digest(asked.recipe or REPLAYED), digest(REPLAYED))
    if asked.how.recogniser is not None:  # it decides for itself what it makes of stored transcripts
        library = Library(store, digest(asked.recipe or {}), digest(asked.recipe or {}))
    return asked.job.prepare(Bench(_maker(asked, staff.jobs), library, staff.gpus), extra)


def _maker(asked: Asked, jobs: int) -> MakeTranscriber:
    if asked.how.recogniser is not None:
        return asked.how.recogniser
    if asked.chosen is None:
        return partial(make_replay, asked.asked.vocabulary)
    return partial(make_recogniser, asked.chosen, asked.asked, max(1, usable_cores() // jobs))


@contextmanager
def _staffed(asked: Asked, todo: Agenda) -> Iterator[_Staff]:
    """Who will work; a cluster is left when the work is done."""
    on_gpu = asked.chosen is not None and asked.chosen.on_gpu
    if asked.how.engine == "ray":
        from qa_pipeline.engines.ray import Actors, Cluster

        cluster = Cluster(asked.how.ray_address, on_gpu=on_gpu)
        try:
            yield _Staff(partial(Actors, cluster), asked.how.jobs or min(cluster.room(), max(1, len(todo.todo))))
        finally:
            cluster.close()
        return
    gpus = cuda_devices() if on_gpu else 0
    jobs = asked.how.jobs or _fitting_jobs(asked, len(todo.todo), gpus)
    yield _Staff(None if jobs == 1 and not asked.sound else asked.staff or Processes, jobs, gpus)


def _fitting_jobs(asked: Asked, recordings: int, gpus: int) -> int:
    """A GPU is kept busy by one process; a CPU by one for each core."""
    if gpus:
        return max(1, min(gpus, recordings))
    if not asked.sound and recordings < _FEW_STORED:
        return 1
    weights = asked.chosen.weights_bytes if asked.chosen is not None else 0
    return default_jobs(recordings, cores=usable_cores(), model_bytes=weights, memory=available_bytes())
