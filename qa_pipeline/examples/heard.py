"""What was said in a chosen call, with the times of its words where anything still knows them.

Word times lie in transcripts: a folder that ``qa-pipeline transcribe`` wrote, the store that ``score`` keeps beside its
tables, or the source itself. Without them the tables say what was said and when each utterance was, and whatever is
private silences its whole utterance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from qa_pipeline.errors import RecordingError, RequestError
from qa_pipeline.features.roles import assign_roles
from qa_pipeline.outputs.journal import read_journal
from qa_pipeline.outputs.night import Night, Row
from qa_pipeline.outputs.parts import transcript_name
from qa_pipeline.outputs.schema import META_PREFIX
from qa_pipeline.outputs.scored import store_of
from qa_pipeline.records import MetadataValue, Role, Span, Transcript, Utterance
from qa_pipeline.storage import is_url, local_path
from qa_pipeline.transcribe.store import TranscriptStore
from qa_pipeline.transcribe.stored import read_stored


def heard(call: Row, night: Night, transcripts: Path | None = None) -> Transcript:
    """The call as it was heard, with roles; without word times where no transcript of it is kept.

    ``transcripts`` is a folder of stored transcripts. Raises ``RequestError`` where one is there and cannot be read.
    """
    given = _read(transcripts / transcript_name(call["recording_id"]), call) if transcripts is not None else None
    found = given or _kept(call, night) or _read_source(call)
    return _with_roles(found, call) if found is not None else _rebuilt(call, night)


def names_in(call: Row) -> list[str]:
    """The names of people that the manifest gives for a call."""
    parts = ("name", "姓名", "客户", "来电人", "市民", "用户")
    return [
        str(value)
        for column, value in call.items()
        if value and column.startswith(META_PREFIX) and any(part in column.lower() for part in parts)
    ]


def _read(path: Path, call: Row) -> Transcript | None:
    """The stored transcript at ``path``; None where there is none."""
    if not path.is_file():
        return None
    try:
        return read_stored(path, call["recording_id"])
    except RecordingError as error:
        raise RequestError(str(error)) from None


def _read_source(call: Row) -> Transcript | None:
    """The source, where it is itself a stored transcript of this machine."""
    source = str(call["source_uri"])
    return _read(Path(local_path(source)), call) if source.endswith(".json") and not is_url(source) else None


def _kept(call: Row, night: Night) -> Transcript | None:
    """What the run kept in its store of transcripts; None where it kept none, or it is there no more."""
    store = TranscriptStore(store_of(night.folder))
    for entry in read_journal(night.folder).entries:
        if entry.recording.recording_id == call["recording_id"] and entry.key is not None:
            found = store.read(entry.key)
            return None if found is None else replace(found, recording_id=call["recording_id"])
    return None


def _with_roles(transcript: Transcript, call: Row) -> Transcript:
    known = any(utterance.role is not Role.UNKNOWN for utterance in transcript.utterances)
    if known:
        return transcript
    agent = call["agent_channel"]
    if agent is None or transcript.channels < 2:
        return assign_roles(transcript).transcript
    return transcript.with_roles(dict.fromkeys(range(transcript.channels), Role.CUSTOMER) | {int(agent): Role.AGENT})


def _rebuilt(call: Row, night: Night) -> Transcript:
    """The call as its scorecard shows it: utterances, to the millisecond, and no words."""
    rows = sorted(night.rows("utterances", call["recording_id"]), key=lambda row: int(row["index"]))
    utterances = tuple(
        Utterance(Role(row["role"]), row["channel"], row["start_s"], row["end_s"], row["text"], row["confidence"])
        for row in rows
    )
    return Transcript(
        call["recording_id"],
        call["duration_s"] or 0.0,
        call["channels"] or 1,
        utterances,
        speech=_speech(call),
        asr_model=call["asr_model"],
        metadata=metadata_of(call),
    )


def _speech(call: Row) -> tuple[tuple[Span, ...], ...] | None:
    """When somebody spoke on each channel, where the tables say so."""
    rows = call.get("speech")
    if not rows:
        return None
    channels = range(max(call["channels"] or 1, 1 + max(row["channel"] for row in rows)))
    return tuple(tuple(Span(r["start_s"], r["end_s"]) for r in rows if r["channel"] == c) for c in channels)


def metadata_of(call: Row) -> Mapping[str, MetadataValue]:
    """What the manifest said of the call, as rules want it."""
    given = {name: call[name] for name in ("agent_id", "team", "queue", "hangup_by", "ring_s", "ivr_s") if call[name]}
    extra = {name.removeprefix(META_PREFIX): value for name, value in call.items() if name.startswith(META_PREFIX)}
    return {**given, **{name: value for name, value in extra.items() if value is not None}}
