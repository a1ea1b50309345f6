"""What is left to do in an output folder: done recordings are left alone, failed, changed and new ones are done.

Parts of a new run are runs of ``PART_CALLS`` recordings in the order in which they are worked on, so that a part is
complete soon after it is begun. The order and the parts follow from the recordings alone, never from who is quick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qa_pipeline.engines.glance import Glance
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.journal import Entry, Journal, Request, differences
from qa_pipeline.outputs.parts import PART_CALLS, Todo
from qa_pipeline.records import Recording, Seconds


@dataclass(frozen=True, slots=True)
class Agenda:
    """``todo`` in the order of work, and ``audio_s``, their estimated lengths.

    ``kept`` are, by part, the recordings that are done already or were tried before. ``shrunk`` parts hold something
    that is gone. ``missing`` counts recordings that are done and no longer among the sources; their rows stay.
    """

    todo: tuple[Todo, ...]
    audio_s: tuple[Seconds, ...]
    kept: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)
    shrunk: frozenset[int] = frozenset()
    missing: int = 0

    @property
    def done(self) -> list[Entry]:
        """What this run need not do."""
        paths = {todo.recording.path for todo in self.todo}
        ids = {todo.recording.recording_id for todo in self.todo}
        every = (entry for part in self.kept.values() for entry in part)
        return [e for e in every if e.recording.path not in paths and e.recording.recording_id not in ids]


def check_same(out: Path, journal: Journal, request: Request) -> None:
    """Raise RequestError, saying what differs, where ``out`` holds results of another request."""
    found = [line for before in journal.requests for line in differences(before, request)]
    if found:
        lines = "\n".join(f"  {line}" for line in dict.fromkeys(found))
        hint = (
            f"To judge the same calls by other rules without recognising them again: qa-pipeline rescore {out} "
            "--ruleset NAME --out DIR2. "
        )
        raise RequestError(
            f"{out} holds results of another request:\n{lines}\n"
            f"{hint}Else choose another --out, or replace it with --overwrite (its transcripts are used again)."
        )


def agenda(
    recordings: Sequence[Recording],
    seen: Sequence[Glance],
    journal: Journal,
    *,
    first: Sequence[float] | None = None,
    planned: Sequence[int] | None = None,
    growing: bool = False,
) -> Agenda:
    """What is left to do of ``recordings``.

    ``first`` are priorities: higher ones are worked on first. ``planned`` are the parts of a new run where they are
    settled already. ``growing``: recordings are added to a folder that others lie in, which need not be named again.

    Raises RequestError where the folder holds other recordings and none of these: somebody mistook a folder.
    """
    order = _order(recordings, seen, first)
    if planned is None:
        planned = [rank // PART_CALLS for _, rank in sorted((index, rank) for rank, index in enumerate(order))]
    else:
        order = sorted(order, key=planned.__getitem__)
    places = _Places(journal)
    matched = [places.match(recording) for recording in recordings]
    if journal.entries and recordings and not growing and not any(matched):
        raise RequestError(
            "The output folder holds other recordings and none of these. Choose another --out, or replace it with "
            "--overwrite."
        )
    left = [i for i in order if not _is_done(recordings[i], seen[i], matched[i])]
    # What was tried before, and may end its worker again, comes after what nobody has heard yet of the same urgency.
    left.sort(key=lambda i: (-first[i] if first else 0.0, matched[i] is not None))
    parts = _parts(planned, left, matched, places)
    return Agenda(
        todo=tuple(Todo(recordings[i], parts[i], seen[i].stamp) for i in left),
        audio_s=tuple(seen[i].audio_s for i in left),
        kept={part: tuple(e for e in entries if id(e) not in places.gone) for part, entries in journal.parts.items()},
        shrunk=frozenset(places.shrunk),
        missing=0 if growing else places.strays(),
    )


def _order(recordings: Sequence[Recording], seen: Sequence[Glance], first: Sequence[float] | None) -> list[int]:
    """The longest first, among equals by path: what ends a night late is a long call that was begun last."""
    urgent = first or [0.0] * len(recordings)
    return sorted(range(len(recordings)), key=lambda i: (-urgent[i], -seen[i].audio_s, recordings[i].path))


def _is_done(recording: Recording, seen: Glance, match: tuple[int, Entry] | None) -> bool:
    """What was done stays done while its file is as it was, and after it is gone: archived, say, or out of reach."""
    if match is None or match[1].counted.failed:
        return False
    entry = match[1]
    return recording.problem is not None or (entry.recording == recording and entry.stamp == seen.stamp)


class _Places:
    """Where the recordings of a journal lie. A recording is known by its path, or by its id where the file moved."""

    def __init__(self, journal: Journal) -> None:
        everything = [(part, entry) for part, entries in journal.parts.items() for entry in entries]
        self.by_path = {entry.recording.path: (part, entry) for part, entry in everything}
        self.by_id = {entry.recording.recording_id: (part, entry) for part, entry in everything}
        self.count = len(everything)
        self.last = max(journal.parts, default=-1)
        self.in_last = len(journal.parts.get(self.last, ()))
        self.used: set[int] = set()
        self.gone: set[int] = set()
        self.shrunk: set[int] = set()

    def match(self, recording: Recording) -> tuple[int, Entry] | None:
        """What the journal says of ``recording``; another entry that its new row would double is ``gone``."""
        at_path, of_id = self.by_path.get(recording.path), self.by_id.get(recording.recording_id)
        found = at_path or of_id
        if found is not None:
            self.used.add(id(found[1]))
        if at_path and of_id and at_path[1] is not of_id[1]:
            self.used.add(id(of_id[1]))
            self.gone.add(id(of_id[1]))
            self.shrunk.add(of_id[0])
        return found

    def strays(self) -> int:
        """How many entries no recording matched."""
        return self.count - len(self.used)


def _parts(
    planned: Sequence[int], left: Sequence[int], matched: Sequence[tuple[int, Entry] | None], places: _Places
) -> dict[int, int]:
    """The part of each recording in ``left``: where it lay, else as a first run would have it, else at the end."""
    as_planned = not places.strays() and all(m is None or m[0] == planned[i] for i, m in enumerate(matched))
    parts: dict[int, int] = {}
    added = places.in_last
    for i in left:
        match = matched[i]
        if match is not None:
            parts[i] = match[0]
        elif as_planned:
            parts[i] = planned[i]
        else:
            parts[i] = max(0, places.last) + added // PART_CALLS
            added += 1
    return parts
