"""Stored calls to judge again: stored transcripts, or a scored folder. Nothing is recognised again.

Calls come in batches that can be read anywhere, in the order of their files. Stored transcripts are a folder's
(``STORED``), or those that a manifest lists (``LISTED``), with what it says of them. A scored folder keeps what was
heard in its calls (``KEPT``), and says what was found in them; what was heard is read only where somebody asks. Of one
whose transcripts are gone or were never kept, calls are rebuilt from ``calls`` and ``utterances`` (``REBUILT``): what
was said, by whom, when, and how sure the recogniser was. They have no word times, no stretches of speech by the sound
and no loudness; times are those of whole utterances, to the millisecond. Nothing is taken over of what was found in
them, since it was found in more.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.features.roles import assign_roles
from qa_pipeline.outputs.journal import Entry, Journal, read_journal, read_page
from qa_pipeline.outputs.judged import JudgedCall, JudgedPart
from qa_pipeline.outputs.rows import text
from qa_pipeline.outputs.schema import META_PREFIX
from qa_pipeline.outputs.scored import Place, store_of
from qa_pipeline.records import MetadataValue, Recording, Role, Transcript, Utterance
from qa_pipeline.sources.find import find_recordings
from qa_pipeline.sources.kinds import peek_stored
from qa_pipeline.sources.manifest import read_manifest
from qa_pipeline.storage import is_url
from qa_pipeline.transcribe.store import TranscriptStore
from qa_pipeline.transcribe.stored import read_stored

BATCH = 50
"""Stored transcripts in a batch: few enough to keep all processes busy to the end."""

NO_TRANSCRIPT = "JSON 但不是转写 JSON that is no stored transcript"
SOUND = "录音，先 transcribe 或 score  recordings: transcribe or score them first"
MANIFESTS = (".csv", ".tsv", ".txt", ".parquet")
FAILED = "打分时就失败的通话 calls that had failed"
_GIVEN = ("agent_id", "team", "queue", "hangup_by", "ring_s", "ivr_s")
_SAID = ("recording_id", "index", "role", "channel", "start_s", "end_s", "text", "confidence")


class Kind(StrEnum):
    """Where calls come from."""

    STORED = "stored"
    LISTED = "listed"
    KEPT = "kept"
    REBUILT = "rebuilt"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of a corpus: files below ``root``, each a stored transcript, or one part of a scored folder.

    ``listed`` are the rows of a manifest, one for each file.
    """

    root: Path
    files: tuple[str, ...]
    kind: Kind = Kind.STORED
    listed: tuple[Recording, ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """All of it. ``words`` are the site's own, by which the text of a scored folder was cut into words."""

    root: Path
    kind: Kind
    batches: tuple[Batch, ...]
    words: tuple[str, ...] = ()

    @property
    def rebuilt(self) -> bool:
        """Whether its calls are put together from scorecards."""
        return self.kind is Kind.REBUILT


@dataclass(frozen=True)
class StoredCall:
    """One call: its id, the file it came from ("" in a scored folder), and how to get at what was said in it.

    ``hear`` raises RecordingError. With a ``recording`` it gives what was heard before roles and metadata; else all is
    told. ``judged`` is what a scored folder says of the call.
    """

    recording_id: str
    source: str
    hear: Callable[[], Transcript]
    recording: Recording | None = None
    judged: JudgedCall | None = None


@dataclass(frozen=True)
class Read:
    """What a batch holds: its calls, files that could not be read, and what is no call."""

    calls: tuple[StoredCall, ...]
    unread: tuple[tuple[str, str], ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)


def find_corpus(path: Path) -> Corpus:
    """The corpus at ``path``; one stored transcript is one too. Raises ``RequestError`` where there is none."""
    if path.is_file() and is_manifest(path):
        return listed_corpus(path)
    if path.is_file():
        return Corpus(path, Kind.STORED, (Batch(path.parent, (path.name,)),))
    if not path.is_dir():
        raise RequestError(f"{path}: 没有这个文件夹 no such folder of stored transcripts or scorecards")
    if (path / "calls").is_dir() and (parts := sorted(p.name for p in (path / "calls").glob("*.parquet"))):
        return _scored(path, parts)
    files = sorted(file.relative_to(path).as_posix() for file in path.rglob("*.json") if _shown(file, path))
    if not files:
        message = f"{path}: 没有转写 (*.json)，也没有评分表 neither stored transcripts nor scorecards in this folder"
        raise RequestError(f"{message}. 先运行 run first: qa-pipeline transcribe / score")
    batches = (Batch(path, tuple(files[i : i + BATCH])) for i in range(0, len(files), BATCH))
    return Corpus(path, Kind.STORED, tuple(batches))


def read_batch(batch: Batch, program: str = "") -> Read:
    """The calls of one batch, in the order of its files. ``program`` is the one that asks, as ``JudgedPart`` has it."""
    match batch.kind:
        case Kind.STORED:
            return _read_stored(batch)
        case Kind.LISTED:
            return _read_listed(batch)
        case Kind.KEPT:
            return _read_kept(batch, program)
        case Kind.REBUILT:
            return _read_rebuilt(batch)


def is_manifest(place: Place) -> bool:
    """Whether the name of ``place`` is that of a manifest."""
    return os.fspath(place).lower().endswith(MANIFESTS)


def listed_corpus(manifest: Place) -> Corpus:
    """The stored transcripts that ``manifest`` lists, both of them here or behind URLs.

    Raises what reading a manifest raises.
    """
    found = find_recordings((), manifest=read_manifest(os.fspath(manifest)), may_all_fail=True).recordings
    root = Path(manifest).parent
    beside = os.fspath(manifest).rpartition("/")[0] if is_url(manifest) else root.resolve().as_posix()
    few = (found[i : i + BATCH] for i in range(0, len(found), BATCH))
    batches = (Batch(root, tuple(_below(beside, one) for one in some), Kind.LISTED, some) for some in few)
    return Corpus(Path(manifest), Kind.LISTED, tuple(batches))


def _below(beside: str, recording: Recording) -> str:
    """The file as a report names it: never by where the manifest happens to lie."""
    path = recording.path if is_url(recording.path) else Path(recording.path).as_posix()
    return path.removeprefix(f"{beside}/") if path.startswith(f"{beside}/") else path.rpartition("/")[2]


def _scored(path: Path, parts: Sequence[str]) -> Corpus:
    journal = read_journal(path)
    kept = [Batch(path, (f"part-{part:05d}.parquet",), Kind.KEPT) for part, of in journal.parts.items() if of]
    if kept and _keeps_transcripts(path, journal):
        words = (journal.requests[0].get("vocabulary") or {}).get("words") or ()
        return Corpus(path, Kind.KEPT, tuple(kept), tuple(words))
    lacking = [part for part in parts if not (path / "utterances" / part).is_file()]
    if lacking:
        raise RequestError(f"{path / 'utterances' / lacking[0]} 不在 is missing: score the calls again")
    return Corpus(path, Kind.REBUILT, tuple(Batch(path, (part,), Kind.REBUILT) for part in parts))


def _keeps_transcripts(path: Path, journal: Journal) -> bool:
    return store_of(path).is_dir() and all(entry.key or entry.counted.failed for entry in journal.entries)


def _shown(file: Path, root: Path) -> bool:
    """Whether it is a file that somebody means: no hidden one, none in a hidden folder."""
    return file.is_file() and not any(part.startswith(".") for part in file.relative_to(root).parts)


def _read_stored(batch: Batch) -> Read:
    calls: list[StoredCall] = []
    unread: list[tuple[str, str]] = []
    skipped: Counter[str] = Counter()
    for name in batch.files:
        try:
            calls.append(_told(name, assign_roles(read_stored(batch.root / name)).transcript))
        except RecordingError as error:
            if _is_other_json(batch.root / name):
                skipped[NO_TRANSCRIPT] += 1
            else:
                unread.append((name, str(error)))
    return Read(tuple(calls), tuple(unread), skipped)


def _read_listed(batch: Batch) -> Read:
    """The rows of a manifest that name stored transcripts; what is sound is not heard here."""
    calls: list[StoredCall] = []
    unread: list[tuple[str, str]] = []
    skipped: Counter[str] = Counter()
    for name, recording in zip(batch.files, batch.listed, strict=True):
        if recording.problem is not None:
            unread.append((name, recording.problem))
        elif recording.is_stored_transcript:
            hear = partial(read_stored, recording.path, recording.recording_id)
            calls.append(StoredCall(recording.recording_id, name, hear, recording))
        else:
            skipped[SOUND] += 1
    return Read(tuple(calls), tuple(unread), skipped)


def _is_other_json(path: Path) -> bool:
    try:
        return peek_stored(path) is None
    except OSError:
        return False


def _told(source: str, transcript: Transcript) -> StoredCall:
    return StoredCall(transcript.recording_id, source, lambda: transcript)


def _read_kept(batch: Batch, program: str) -> Read:
    """One part of a scored folder, whose transcripts lie in its store."""
    import pyarrow as pa

    number = int(Path(batch.files[0]).stem.removeprefix("part-"))
    entries = read_page(batch.root, number)
    try:
        part = JudgedPart(batch.root, number, program)
    except (OSError, pa.ArrowException) as error:
        return Read((), ((batch.files[0], f"{batch.root}: 读不懂 cannot be read: {error}"),))
    store, calls = TranscriptStore(store_of(batch.root)), list[StoredCall]()
    for entry in (entry for entry in entries if not entry.counted.failed):
        recording = entry.recording
        judged = part.call(text(recording.recording_id))
        calls.append(StoredCall(recording.recording_id, "", partial(_heard, store, entry), recording, judged))
    failed = len(entries) - len(calls)
    return Read(tuple(calls), skipped={FAILED: failed} if failed else {})


def _heard(store: TranscriptStore, entry: Entry) -> Transcript:
    """What the store holds of a recording. Raises RecordingError."""
    found = None if entry.key is None else store.read(entry.key)
    if found is None:
        raise RecordingError(Stage.READ, f"its transcript is not in {store.folder} any more: score it again")
    return found


def _read_rebuilt(batch: Batch) -> Read:
    part = batch.files[0]
    said: dict[str, list[dict[str, Any]]] = {}
    try:
        rows = _rows(batch.root / "calls" / part)
        for row in _rows(batch.root / "utterances" / part, _SAID):
            said.setdefault(row["recording_id"], []).append(row)
    except RequestError as error:
        return Read((), ((part, str(error)),))
    scored = [row for row in rows if row["status"] == "scored"]
    calls = tuple(_told("", _rebuilt(row, said.get(row["recording_id"], ()))) for row in scored)
    return Read(calls, skipped={FAILED: len(rows) - len(scored)} if len(rows) > len(scored) else {})


def _rows(path: Path, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[dict[str, Any]] = pq.read_table(path, columns=columns and list(columns)).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise RequestError(f"{path}: 读不懂 cannot be read: {error}") from None
    return rows


def _rebuilt(row: Mapping[str, Any], said: Sequence[Mapping[str, Any]]) -> Transcript:
    """The call as its scorecard shows it."""
    utterances = tuple(_utterances(sorted(said, key=lambda utterance: int(utterance["index"]))))
    agent, channels = row["agent_channel"], row["channels"] or 1
    roles = {} if agent is None else dict.fromkeys(range(channels), Role.CUSTOMER) | {int(agent): Role.AGENT}
    return Transcript(
        row["recording_id"],
        row["duration_s"] or 0.0,
        channels,
        utterances,
        channel_roles=roles if channels > 1 else {},
        asr_model=row["asr_model"],
        metadata=dict(_metadata(row)),
    )


def _utterances(said: Sequence[Mapping[str, Any]]) -> Iterator[Utterance]:
    for row in said:
        yield Utterance(Role(row["role"]), row["channel"], row["start_s"], row["end_s"], row["text"], row["confidence"])


def _metadata(row: Mapping[str, Any]) -> Iterator[tuple[str, MetadataValue]]:
    """What the manifest and the transcript said of the call; values of columns that we do not know are text."""
    for name in _GIVEN:
        if row[name] is not None:
            yield name, row[name]
    if row["started_at_given"] is not None:
        yield "started_at", row["started_at_given"]
    for name, value in row.items():
        if name.startswith(META_PREFIX) and value is not None:
            yield name.removeprefix(META_PREFIX), value
