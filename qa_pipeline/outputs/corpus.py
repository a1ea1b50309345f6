"""Stored calls to judge again: a folder of stored transcripts, or a scored folder. Nothing is recognised again.

Calls come in batches that can be read anywhere, in the order of their files. A call out of a scored folder is rebuilt
from ``calls`` and ``utterances``: what was said, by whom, when, and how sure the recogniser was. It has no word times,
no stretches of speech by the sound and no loudness; times are those of whole utterances, to the millisecond.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa_pipeline.errors import RecordingError, RequestError
from qa_pipeline.features.roles import assign_roles
from qa_pipeline.outputs.schema import META_PREFIX
from qa_pipeline.records import MetadataValue, Role, Transcript, Utterance
from qa_pipeline.sources.kinds import peek_stored
from qa_pipeline.transcribe.stored import read_stored

BATCH = 50
"""Stored transcripts in a batch: few enough to keep all processes busy to the end."""

NO_TRANSCRIPT = "JSON 但不是转写 JSON that is no stored transcript"
FAILED = "打分时就失败的通话 calls that had failed"
_GIVEN = ("agent_id", "team", "queue", "hangup_by", "ring_s", "ivr_s")
_COLUMNS = ("recording_id", "status", "duration_s", "channels", "agent_channel", "asr_model", "started_at_given")
_SAID = ("recording_id", "index", "role", "channel", "start_s", "end_s", "text", "confidence")


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of a corpus: files below ``root``, each a stored transcript, or one part of a scored folder."""

    root: Path
    files: tuple[str, ...]
    scored: bool = False


@dataclass(frozen=True, slots=True)
class Corpus:
    """All of it. ``scored``: its calls are rebuilt from scorecards."""

    root: Path
    scored: bool
    batches: tuple[Batch, ...]


@dataclass(frozen=True)
class Read:
    """What a batch holds: calls with the file they came from, files that could not be read, and what is no call."""

    calls: tuple[tuple[str, Transcript], ...]
    unread: tuple[tuple[str, str], ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)


def find_corpus(path: Path) -> Corpus:
    """The corpus at ``path``; one stored transcript is one too. Raises ``RequestError`` where there is none."""
    if path.is_file():
        return Corpus(path, False, (Batch(path.parent, (path.name,)),))
    if not path.is_dir():
        raise RequestError(f"{path}: 没有这个文件夹 no such folder of stored transcripts or scorecards")
    if (path / "calls").is_dir() and (parts := sorted(p.name for p in (path / "calls").glob("*.parquet"))):
        _check_parts(path, parts)
        return Corpus(path, True, tuple(Batch(path, (part,), scored=True) for part in parts))
    files = sorted(file.relative_to(path).as_posix() for file in path.rglob("*.json") if _shown(file, path))
    if not files:
        message = f"{path}: 没有转写 (*.json)，也没有评分表 neither stored transcripts nor scorecards in this folder"
        raise RequestError(f"{message}. 先运行 run first: qa-pipeline transcribe / score")
    return Corpus(path, False, tuple(Batch(path, tuple(files[i : i + BATCH])) for i in range(0, len(files), BATCH)))


def read_batch(batch: Batch) -> Read:
    """The calls of one batch, in the order of its files, roles told apart as ``score`` tells them."""
    return _read_scored(batch) if batch.scored else _read_stored(batch)


def _shown(file: Path, root: Path) -> bool:
    """Whether it is a file that somebody means: no hidden one, none in a hidden folder."""
    return file.is_file() and not any(part.startswith(".") for part in file.relative_to(root).parts)


def _check_parts(root: Path, parts: Sequence[str]) -> None:
    lacking = [part for part in parts if not (root / "utterances" / part).is_file()]
    if lacking:
        raise RequestError(f"{root / 'utterances' / lacking[0]} 不在 is missing: score the calls again")


def _read_stored(batch: Batch) -> Read:
    calls: list[tuple[str, Transcript]] = []
    unread: list[tuple[str, str]] = []
    skipped: Counter[str] = Counter()
    for name in batch.files:
        try:
            calls.append((name, assign_roles(read_stored(batch.root / name)).transcript))
        except RecordingError as error:
            if _is_other_json(batch.root / name):
                skipped[NO_TRANSCRIPT] += 1
            else:
                unread.append((name, str(error)))
    return Read(tuple(calls), tuple(unread), skipped)


def _is_other_json(path: Path) -> bool:
    try:
        return peek_stored(path) is None
    except OSError:
        return False


def _read_scored(batch: Batch) -> Read:
    part = batch.files[0]
    said: dict[str, list[dict[str, Any]]] = {}
    try:
        rows = _rows(batch.root / "calls" / part)
        for row in _rows(batch.root / "utterances" / part, _SAID):
            said.setdefault(row["recording_id"], []).append(row)
    except RequestError as error:
        return Read((), ((part, str(error)),))
    scored = [row for row in rows if row["status"] == "scored"]
    calls = tuple(("", _rebuilt(row, said.get(row["recording_id"], ()))) for row in scored)
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
