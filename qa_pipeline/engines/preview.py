"""``--dry-run``: what a run would do and about how long it would take, with nothing written.

The lengths are those of the recordings' headers, read in processes of their own: a broken file may bring a decoder
down. The speed is that of this machine's own workers, with the real model, on a few recordings of different lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from qa_pipeline.engines.plan import Asked, agenda_of, journal_of, trial
from qa_pipeline.engines.pool import run_in_workers
from qa_pipeline.engines.supervise import Died, run_shards
from qa_pipeline.errors import RecordingError
from qa_pipeline.outputs.parts import Result, Todo
from qa_pipeline.records import Recording, Seconds

_SAMPLE_S: Seconds = 900.0
"""Audio that a worker is given to try, at most, beyond its first recording."""


@dataclass(frozen=True, slots=True)
class Preview:
    """``recordings`` in all, ``done`` of them by earlier runs; of the rest ``todo``, ``again`` are tried once more.

    ``audio_s`` is theirs by their headers; ``unread`` have none that tells. ``tried`` recordings gave ``speed``,
    seconds of audio a second by all ``jobs`` workers, and ``start_s`` until the first was at work; None where none
    could be done. ``first`` are the ids of those that would go first.
    """

    out: str
    recordings: int
    done: int
    todo: int
    again: int
    audio_s: Seconds
    unread: int
    jobs: int
    tried: int
    speed: float | None
    start_s: Seconds
    first: tuple[str, ...]

    @property
    def left_s(self) -> Seconds | None:
        """How long the run would take; what the store of transcripts holds already makes it shorter."""
        if not self.todo:
            return 0.0
        return None if not self.speed else self.start_s + self.audio_s / self.speed


def preview(asked: Asked) -> Preview:
    """Look, measure, try. Raises RequestError as the run would."""
    journal = journal_of(asked)
    agenda = agenda_of(asked, journal)
    failed = {entry.recording.path for entry in journal.entries if entry.counted.failed}
    with trial(asked, agenda) as (engine, prepare, jobs):
        lengths = _lengths([todo.recording for todo in agenda.todo], jobs) if agenda.todo else []
        known = [length or estimate for length, estimate in zip(lengths, agenda.audio_s, strict=True)]
        sample = _sample(known, jobs)
        tasks = [asked.task(agenda.todo[index].recording) for index in sample]
        began, busy_s, tried_s, first_s, tried = monotonic(), 0.0, 0.0, 0.0, 0
        shards = [(position,) for position in range(len(tasks))]
        for item in run_shards(engine(prepare), tasks, shards, jobs) if tasks else ():
            if item is not None and not isinstance(item[1], Died):
                work_s = _work_s(item[1])
                first_s = first_s or max(0.0, monotonic() - began - work_s)
                busy_s, tried_s, tried = busy_s + work_s, tried_s + known[sample[item[0]]], tried + 1
    return Preview(
        out=asked.where or str(asked.out),
        recordings=len(asked.found.recordings),
        done=len(asked.found.recordings) - len(agenda.todo),
        todo=len(agenda.todo),
        again=sum(todo.recording.path in failed for todo in agenda.todo),
        audio_s=sum(known),
        unread=sum(length is None for length in lengths),
        jobs=jobs,
        tried=tried,
        speed=jobs * tried_s / busy_s if busy_s else None,
        start_s=first_s,
        first=_names(agenda.todo[:5]),
    )


def _names(first: Sequence[Todo]) -> tuple[str, ...]:
    return tuple(todo.recording.recording_id for todo in first)


def _work_s(result: Result) -> Seconds:
    return sum(result.stage_s.values())


def _sample(lengths: Sequence[Seconds], jobs: int) -> list[int]:
    """Recordings of all lengths, two for each worker, as long as they are not too much to try."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    wanted = min(len(order), 2 * jobs)
    spread = [order[(2 * n + 1) * len(order) // (2 * wanted)] for n in range(wanted)]
    taken: list[int] = []
    for index in spread:
        if not taken or sum(lengths[i] for i in (*taken, index)) <= _SAMPLE_S * jobs:
            taken.append(index)
    return taken


def _lengths(recordings: Sequence[Recording], jobs: int) -> list[Seconds | None]:
    """What each header says; None where nothing does, or it killed who read it."""
    lengths: list[Seconds | None] = [None] * len(recordings)
    for item in run_in_workers(_reader, recordings, jobs):
        if item is not None and not isinstance(item[1], Died):
            lengths[item[0]] = item[1]
    return lengths


def _reader() -> Callable[[Recording], Seconds | None]:
    return _length


def _length(recording: Recording) -> Seconds | None:
    from qa_pipeline.audio.probe import probe
    from qa_pipeline.transcribe.stored import read_stored

    try:
        if recording.is_stored_transcript:
            return read_stored(recording.path).duration
        return probe(recording.path).duration
    except (RecordingError, OSError, ValueError):
        return None
