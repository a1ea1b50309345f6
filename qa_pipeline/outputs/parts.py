"""Taking results in and writing them, part by part: nothing that is written is ever lost or said twice.

A part is a fixed set of recordings, so the same recordings give the same files however their workers raced, stopped or
died. For each part the tables are written first, then its page of the journal; a part that is not complete may be
written early and is replaced later. Only this process writes into the output folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Protocol

from qa_pipeline.durable import write_whole
from qa_pipeline.outputs.journal import Entry, Request, write_journal
from qa_pipeline.outputs.parquet import CallTables, write_part
from qa_pipeline.outputs.provenance import UNKNOWN, Provenance
from qa_pipeline.outputs.rows import text
from qa_pipeline.outputs.tally import Counted
from qa_pipeline.outputs.whole import cannot_write
from qa_pipeline.records import Recording, Seconds
from qa_pipeline.sources.identity import file_name_for
from qa_pipeline.transcribe.store import TranscriptStore

PART_CALLS = 64
TABLES_AFTER_S: Seconds = 60.0
"""How long a result of ``score`` may wait for its part to be complete; its transcript is in the store at once."""

TRANSCRIPTS_AFTER_S: Seconds = 5.0
"""The same for ``transcribe``, which keeps no store: what the journal does not name yet would be recognised again."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a worker made of one recording: in figures, and as it is to be written (None: nothing is).

    ``transcript`` is to be kept in the store under ``key``; None where it is there already, or where there is none.
    ``reused`` says that it came from there. ``stage_s`` are the seconds that each stage took.
    """

    counted: Counted
    content: CallTables | bytes | None
    key: str | None = None
    transcript: bytes | None = None
    reused: bool = False
    stage_s: Mapping[str, Seconds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Todo:
    """One recording that is to be done, and the part that it belongs to."""

    recording: Recording
    part: int
    stamp: str = ""


class Content(Protocol):
    """How results of one kind are written."""

    @property
    def flush_after_s(self) -> Seconds:
        """How long a result may wait for its part to be complete."""

    def add(self, result: Result) -> None:
        """Write what need not wait for the part. Raises OSError."""

    def write(self, part: int, results: Sequence[Result], kept: Sequence[Entry]) -> None:
        """Write what makes up a part. Raises RequestError where the disk does not take it."""

    def forget(self, recording_id: str) -> None:
        """Delete what was written of a recording that is known by another id now. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Scorecards:
    """Scorecards become rows of the four tables. ``found_by`` says how the outcomes of this run are found."""

    out: Path
    extra_columns: Sequence[str]
    found_by: Provenance = UNKNOWN
    flush_after_s: Seconds = TABLES_AFTER_S

    def add(self, result: Result) -> None:
        """Rows wait for their part."""

    def write(self, part: int, results: Sequence[Result], kept: Sequence[Entry]) -> None:
        """All four tables, ``calls`` last."""
        calls = [result.content for result in results if isinstance(result.content, CallTables)]
        ids = {text(entry.recording.recording_id) for entry in kept}
        write_part(self.out, part, calls, self.extra_columns, ids, found_by=self.found_by)

    def forget(self, recording_id: str) -> None:
        """Rows go with their part."""


@dataclass(frozen=True, slots=True)
class StoredTranscripts:
    """Transcripts become ``<recording_id>.json``, one for each recording; failures are left to the journal."""

    out: Path
    flush_after_s: Seconds = TRANSCRIPTS_AFTER_S

    def add(self, result: Result) -> None:
        """Write one transcript."""
        if isinstance(result.content, bytes):
            write_whole(self.out / transcript_name(result.counted.recording_id), result.content)

    def write(self, part: int, results: Sequence[Result], kept: Sequence[Entry]) -> None:
        """Nothing waits."""

    def forget(self, recording_id: str) -> None:
        """Delete the transcript."""
        (self.out / transcript_name(recording_id)).unlink(missing_ok=True)


def transcript_name(recording_id: str) -> str:
    """The name of the stored transcript of ``recording_id``."""
    return f"{file_name_for(recording_id)}.json"


@dataclass
class PartWriter:
    """Takes results as they come. ``on_part`` hears of each part that is written, with its number of recordings.

    ``kept`` are, by part, the recordings of an earlier run that stay as they are.

    All methods raise RequestError where the disk does not take what they write.
    """

    out: Path
    todo: Sequence[Todo]
    content: Content
    request: Request
    kept: Mapping[int, Sequence[Entry]] = field(default_factory=dict)
    store: TranscriptStore | None = None
    clock: Callable[[], float] = monotonic
    on_part: Callable[[int, int], None] = lambda part, calls: None
    _held: dict[int, dict[int, Result]] = field(default_factory=dict)
    _size: dict[int, int] = field(default_factory=dict)
    _unwritten_since: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for todo in self.todo:
            self._size[todo.part] = self._size.get(todo.part, 0) + 1

    def begin(self) -> None:
        """Write an empty part into a new folder: readers find the tables and their columns from the first second."""
        if not self.kept:
            self._write(0)

    def add(self, index: int, result: Result) -> None:
        """Take the result of recording number ``index`` of ``todo``; its part is written when it is complete."""
        try:
            if self.store is not None and result.key is not None and result.transcript is not None:
                self.store.write(result.key, result.transcript)
            self.content.add(result)
        except OSError as error:
            raise cannot_write(self.out, error) from error
        part = self.todo[index].part
        held = self._held.setdefault(part, {})
        held[index] = result
        self._unwritten_since.setdefault(part, self.clock())
        if len(held) == self._size[part]:
            self._write(part)
            del self._held[part]

    def flush_due(self) -> None:
        """Write the parts that hold results which have waited long enough."""
        for part, since in list(self._unwritten_since.items()):
            if self.clock() - since >= self.content.flush_after_s:
                self._write(part)

    def flush(self) -> None:
        """Write everything that waits."""
        for part in sorted(self._unwritten_since):
            self._write(part)

    def rewrite(self, part: int) -> None:
        """Write ``part`` once more as it stands: with other columns, or without what is gone."""
        self._write(part)

    def _write(self, part: int) -> None:
        results = [result for _, result in sorted(self._held.get(part, {}).items())]
        done = [self._entry(index, result) for index, result in sorted(self._held.get(part, {}).items())]
        kept, replaced = _apart(self.kept.get(part, ()), done)
        self.content.write(part, results, kept)
        entries = sorted([*kept, *done], key=lambda entry: entry.recording.recording_id)
        write_journal(self.out, part, self.request, entries)
        self._forget({e.recording.recording_id for e in replaced} - {e.recording.recording_id for e in done})
        self._unwritten_since.pop(part, None)
        self.on_part(part, len(entries))

    def _entry(self, index: int, result: Result) -> Entry:
        todo = self.todo[index]
        return Entry(todo.recording, result.counted, todo.stamp, result.key)

    def _forget(self, recording_ids: set[str]) -> None:
        try:
            for recording_id in recording_ids:
                self.content.forget(recording_id)
        except OSError as error:
            raise cannot_write(self.out, error) from error


def _apart(before: Sequence[Entry], done: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Of the entries ``before``: those that stay, and those that ``done`` replaces, by path or by id."""
    paths, ids = {e.recording.path for e in done}, {e.recording.recording_id for e in done}
    stays = [e.recording.path not in paths and e.recording.recording_id not in ids for e in before]
    pairs = list(zip(before, stays, strict=True))
    return [entry for entry, stay in pairs if stay], [entry for entry, stay in pairs if not stay]
