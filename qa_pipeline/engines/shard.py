"""A shard: some recordings that one worker does together, and the one function that does them, under every engine.

A worker keeps its model from shard to shard; its recogniser packs the windows of a shard's recordings into full
batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeAlias

from qa_pipeline.errors import RecordingError, Stage
from qa_pipeline.outputs.parquet import CallTables
from qa_pipeline.outputs.parts import Result
from qa_pipeline.outputs.tally import Counted
from qa_pipeline.pipeline import StageClock
from qa_pipeline.records import CallFailure, Recording, Seconds, Transcript
from qa_pipeline.transcribe import Transcribed, Transcriber, one_by_one
from qa_pipeline.transcribe.store import TranscriptStore, key_of, packed

LONGEST_S: Seconds = 5_400.0
"""Audio in a shard: 1.5 hours, a minute or so of a GPU's time."""

_SHARES = 4
"""A worker's next shard is at most this part of its share of what is left, so that all end at about the same time."""

_MOST_CALLS = 256


@dataclass(frozen=True, slots=True)
class Judged:
    """Where a call that was judged before lies in its folder, and what it came to."""

    part: int
    counted: Counted


@dataclass(frozen=True, slots=True)
class Task:
    """One recording to be done. What is ``known`` of it need not be recognised: its transcript's key, or a failure.

    ``judged`` says where its outcomes by an earlier set stand.
    """

    recording: Recording
    known: str | CallFailure | None = None
    judged: Judged | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """Where transcripts are looked up, and under which recipes (their digests); ``store`` None: nowhere."""

    store: TranscriptStore | None
    sound: str
    replayed: str

    def key(self, recording: Recording) -> str | None:
        """The key of what will be heard in ``recording``; None where nothing is kept or it cannot be read."""
        if self.store is None or recording.problem is not None:
            return None
        try:
            return key_of(recording.path, self.replayed if recording.is_stored_transcript else self.sound)
        except OSError:
            return None

    def find(self, task: Task, key: str | None) -> Transcribed | CallFailure | None:
        """What is known of ``task`` already; None where it must be heard."""
        if isinstance(task.known, CallFailure):
            return task.known
        if self.store is None or key is None or (task.known is None and task.recording.is_stored_transcript):
            return None  # a stored transcript is read sooner than looked up
        found = self.store.read(key)
        if found is None and task.known is not None:
            return RecordingError(Stage.READ, f"its transcript is not in {self.store.folder} any more: score it again")
        return found


Put: TypeAlias = tuple[Counted, CallTables | bytes | None]
"""A result in figures, and as it is to be written (None: not at all)."""

Finish: TypeAlias = Callable[[Recording, Transcribed | CallFailure, StageClock], Put]
"""Judges one recording in which something was heard, and puts it as it is written; never raises for its sake."""


def cut(audio_s: Sequence[Seconds], order: Sequence[int], workers: int) -> list[tuple[int, ...]]:
    """The tasks in ``order``, as shards of at most ``LONGEST_S``: the first are the largest, the last single calls."""
    left, shards = sum(audio_s[index] for index in order), list[tuple[int, ...]]()
    shard: list[int] = []
    in_shard = 0.0
    for index in order:
        most = min(LONGEST_S, left / (_SHARES * workers))
        if shard and (in_shard + audio_s[index] > most or len(shard) >= _MOST_CALLS):
            shards.append(tuple(shard))
            left -= in_shard
            shard, in_shard = [], 0.0
        shard.append(index)
        in_shard += audio_s[index]
    return [*shards, tuple(shard)] if shard else shards


def run_shard(
    tasks: Sequence[Task], transcriber: Transcriber, library: Library, finish: Finish
) -> Iterator[tuple[int, Result]]:
    """(position, result) of each of ``tasks`` as they are done: what is known already first, then what must be heard.

    Recordings of equal bytes are heard once, where a store keeps what is heard.

    A pure function of its arguments and of the store, which it only reads: results are written by whoever asked.
    Raises RequestError where nothing can be recognised, never for one recording's sake.
    """
    unheard: list[tuple[int, str | None]] = []
    twins: dict[str, list[int]] = {}
    for position, task in enumerate(tasks):
        began = perf_counter()
        key = task.known if isinstance(task.known, str) else library.key(task.recording)
        found = library.find(task, key)
        if found is not None:
            clock = StageClock(Stage.FIND, {"store": perf_counter() - began})
            yield position, _result(task, found, key, finish, clock, reused=not isinstance(found, CallFailure))
        elif key is not None and key in twins:
            twins[key].append(position)
        else:
            unheard.append((position, key))
            twins.update({} if key is None else {key: []})
    for position, key, heard, clock in _heard(tasks, unheard, transcriber):
        yield position, _result(tasks[position], heard, key, finish, clock, reused=False)
        if key is not None and isinstance(heard, Transcript):
            for twin in twins.pop(key):
                known = heard if tasks[twin].recording.is_stored_transcript else replace(heard, metadata={})
                yield twin, _result(tasks[twin], known, key, finish, StageClock(Stage.FIND), reused=True)
    # An error names its file, so each twin of a recording that failed is tried under its own name.
    failed = [(position, key) for key, positions in twins.items() for position in positions]
    for position, key, heard, clock in _heard(tasks, failed, transcriber):
        yield position, _result(tasks[position], heard, key, finish, clock, reused=False)


def _heard(
    tasks: Sequence[Task], unheard: Sequence[tuple[int, str | None]], transcriber: Transcriber
) -> Iterator[tuple[int, str | None, Transcribed, StageClock]]:
    """(position, key, what was heard, the time since the one before) of each of ``unheard``, as they are done."""
    began = perf_counter()
    for n, heard in _hear_all(transcriber, [tasks[position].recording for position, _ in unheard]):
        yield *unheard[n], heard, StageClock(Stage.TRANSCRIBE, {"transcribe": perf_counter() - began})
        began = perf_counter()


def _hear_all(transcriber: Transcriber, recordings: Sequence[Recording]) -> Iterator[tuple[int, Transcribed]]:
    """Recognisers of other people may know ``transcribe`` only."""
    if not recordings:
        return iter(())
    if hasattr(transcriber, "transcribe_many"):
        return transcriber.transcribe_many(recordings)
    return one_by_one(transcriber, recordings)


def _result(
    task: Task, heard: Transcribed | CallFailure, key: str | None, finish: Finish, clock: StageClock, *, reused: bool
) -> Result:
    counted, content = finish(task.recording, heard, clock)
    if reused:
        return Result(replace(counted, effort=None), content, key, None, True, dict(clock.seconds))
    if key is None or not isinstance(heard, Transcript):
        return Result(counted, content, stage_s=dict(clock.seconds))
    kept = packed(heard, metadata=task.recording.is_stored_transcript)
    return Result(counted, content, key, kept, stage_s=dict(clock.seconds))
