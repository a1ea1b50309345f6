"""Stored transcripts: what was said, as JSON that people can write by hand.

The smallest one::

    {"utterances": [{"role": "agent", "start": 0.5, "end": 3.0, "text": "您好，请讲。"}]}

``id`` and ``duration`` may be absent (the recording's id; the last end). ``role`` is ``agent``, ``customer``,
``system`` or ``unknown``, or 客服 / 坐席 / 客户 / 来电人 / 系统 / 未知. An utterance may have ``channel``,
``confidence``, ``words``, ``loudness_db``, ``speaker``, ``emotion`` and ``sounds`` as well. On the top level
``channels``, ``channel_roles``, ``speech``, ``sound``, ``events``, ``asr_model``, ``language``, ``warnings``,
``dropped`` and ``recognition`` are a transcript's own, and every other plain value (``hangup_by``, ``agent_id`` ...) is
metadata. Nested extras are left alone. What ``write_stored`` writes, ``read_stored`` gives back exactly (metadata
without a value aside).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from qa_pipeline.durable import write_whole
from qa_pipeline.errors import RecordingError, Stage
from qa_pipeline.records import (
    ChannelSound,
    Dropped,
    MetadataValue,
    RecognitionEffort,
    Recording,
    Role,
    SoundEvent,
    SoundKind,
    Span,
    Transcript,
    Utterance,
    Word,
)
from qa_pipeline.storage import open_binary
from qa_pipeline.transcribe import Transcribed, one_by_one

MAX_BYTES = 50_000_000
LONGEST_S = 7 * 24 * 3600.0
_MOST_FAULTS = 20
_LAST = ("utterances", "dropped", "recognition", "speech", "sound", "events")  # the long ones, in a person's order
_MOST_CHANNELS = 16

_ROLES = {
    **{"agent": "agent", "客服": "agent", "坐席": "agent", "客服人员": "agent", "座席": "agent", "话务员": "agent"},
    **{"customer": "customer", "客户": "customer", "来电人": "customer", "用户": "customer", "市民": "customer"},
    **{"system": "system", "系统": "system", "语音导航": "system", "IVR": "system", "ivr": "system"},
    **{"unknown": "unknown", "未知": "unknown"},
}


def _in_utf8(text: str) -> str:
    if not _is_plain(text):
        raise ValueError("holds half a character (a lone surrogate); type it again")
    return text


def _role(value: object) -> object:
    return _ROLES.get(value.strip().lower(), value) if isinstance(value, str) else value


Time = Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Level = Annotated[float, Field(le=0, allow_inf_nan=False)]
Text = Annotated[str, AfterValidator(_in_utf8)]
Channel = Annotated[int, Field(ge=0, lt=_MOST_CHANNELS)]
RoleName = Annotated[Literal["agent", "customer", "system", "unknown"], BeforeValidator(_role)]


def _in_time_order(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    bounds = [time for span in spans for time in span]
    if bounds != sorted(bounds):
        raise ValueError("spans must be sorted and must not overlap: [[start, end], ...]")
    return spans


class _Timed(BaseModel):
    model_config = ConfigDict(extra="ignore")

    start: Time
    end: Time

    @model_validator(mode="after")
    def _in_order(self) -> _Timed:
        if self.end < self.start:
            raise ValueError(f"end {self.end} lies before start {self.start}")
        return self


class StoredWord(_Timed):
    """A word, timed."""

    text: Text
    probability: Probability = 1.0


class StoredUtterance(_Timed):
    """One stretch of speech as a file holds it."""

    role: RoleName = "unknown"
    text: Text
    channel: Channel | None = None
    confidence: Probability | None = None
    loudness_db: Level | None = None
    words: list[StoredWord] | None = None
    speaker: Annotated[int, Field(ge=0)] | None = None
    emotion: Text | None = None
    sounds: list[Text] = Field(default_factory=list)


class StoredEvent(_Timed):
    """A sound that is nobody's speech."""

    kind: SoundKind
    channel: Channel = 0
    detail: Text = ""


class StoredSound(BaseModel):
    """How one channel sounds."""

    speech_db: Level | None = None
    noise_db: Level
    snr_db: Annotated[float, Field(allow_inf_nan=False)] | None = None
    clipped: Probability = 0.0


class StoredDropped(_Timed):
    """A stretch whose words are not trusted."""

    channel: Channel
    text: Text = ""
    reason: Text
    confidence: Probability | None = None
    lost: bool = True


class StoredRecognition(BaseModel):
    """What the recognition took."""

    windows: int = 0
    gated: int = 0
    redecoded: int = 0
    dropped: int = 0


class StoredTranscript(BaseModel):
    """A stored transcript as a file holds it; plain extras become metadata."""

    model_config = ConfigDict(extra="allow")

    id: Annotated[Text, BeforeValidator(lambda value: str(value) if type(value) is int else value)] | None = None
    duration: Time | None = None
    channels: object = None
    language: Text = "zh"
    asr_model: Text | None = None
    speech: list[Annotated[list[tuple[Time, Time]], AfterValidator(_in_time_order)]] | None = None
    sound: list[StoredSound] | None = None
    events: list[StoredEvent] = Field(default_factory=list)
    channel_roles: dict[Channel, RoleName] = Field(default_factory=dict)
    warnings: list[Text] = Field(default_factory=list)
    dropped: list[StoredDropped] = Field(default_factory=list)
    recognition: StoredRecognition | None = None
    utterances: list[StoredUtterance]


class StoredTranscriber:
    """A ``Transcriber`` that replays stored transcripts."""

    @property
    def name(self) -> str:
        """What ``run.json`` calls this."""
        return "stored"

    def transcribe(self, recording: Recording) -> Transcript:
        """The transcript stored at ``recording.path``, under the recording's own id."""
        return read_stored(recording.path, recording_id=recording.recording_id)

    def transcribe_many(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, Transcribed]]:
        """One after another, in order."""
        return one_by_one(self, recordings)


def read_stored(path: str | Path, recording_id: str | None = None) -> Transcript:
    """The transcript stored at ``path``. ``recording_id`` goes over the file's ``id``; without either, its name serves.

    Raises ``RecordingError`` (``READ``) that names every faulty utterance by its index, counted from 0.
    """
    return transcript_of(_json(path), Path(path), recording_id)


def transcript_of(data: object, path: Path, recording_id: str | None = None) -> Transcript:
    """The transcript that ``data``, read from ``path``, describes; see ``read_stored``."""
    if not isinstance(data, dict):
        raise _unreadable(path, 'is not a transcript: its top level must be an object {"utterances": [...]}')
    try:
        stored = StoredTranscript.model_validate(data)
    except ValidationError as error:
        raise _unreadable(path, "is no valid transcript:\n" + "\n".join(_faults(error))) from error
    return _transcript(stored, recording_id or stored.id or path.stem)


def write_stored(transcript: Transcript, path: str | Path) -> None:
    """Write ``transcript`` to ``path`` as JSON for people and programs: whole or not at all. Raises ``OSError``."""
    write_whole(Path(path), stored_text(transcript).encode())


def stored_text(transcript: Transcript) -> str:
    """``transcript`` as the text of a stored transcript."""
    return json.dumps(as_json(transcript), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def as_json(transcript: Transcript) -> dict[str, Any]:
    """The stored form, keys in the order that a person reads them. Metadata never hides a transcript's own keys."""
    own: dict[str, Any] = {
        "id": transcript.recording_id,
        "duration": transcript.duration,
        "channels": transcript.channels,
        "channel_roles": {str(channel): role.value for channel, role in transcript.channel_roles.items()},
        "language": transcript.language,
        "asr_model": transcript.asr_model,
        "warnings": list(transcript.warnings),
        "speech": None
        if transcript.speech is None
        else [[[span.start, span.end] for span in channel] for channel in transcript.speech],
        "sound": None if transcript.sound is None else [asdict(channel) for channel in transcript.sound],
        "events": [asdict(event) for event in transcript.events],
        "utterances": [_utterance_json(utterance) for utterance in transcript.utterances],
        "dropped": [asdict(dropped) for dropped in transcript.dropped],
        "recognition": _recognition_json(transcript.effort),
    }
    metadata = {key: value for key, value in _metadata(transcript.metadata).items() if key not in own}
    own = {key: value for key, value in own.items() if value not in (None, [], {}) or key == "utterances"}
    last: dict[str, Any] = {key: own.pop(key) for key in _LAST if key in own}
    return {**own, **metadata, **last}


def _recognition_json(effort: RecognitionEffort | None) -> dict[str, int] | None:
    """The counts; how long it took and beside whom is no part of what was said."""
    return None if effort is None else {name: getattr(effort, name) for name in StoredRecognition.model_fields}


def _utterance_json(utterance: Utterance) -> dict[str, Any]:
    stored: dict[str, Any] = {
        "role": utterance.role.value,
        "channel": utterance.channel,
        "start": utterance.start,
        "end": utterance.end,
        "text": utterance.text,
    }
    if utterance.confidence is not None:
        stored["confidence"] = utterance.confidence
    if utterance.loudness_db is not None:
        stored["loudness_db"] = utterance.loudness_db
    if utterance.speaker is not None:
        stored["speaker"] = utterance.speaker
    if utterance.emotion is not None:
        stored["emotion"] = utterance.emotion
    if utterance.sounds:
        stored["sounds"] = list(utterance.sounds)
    if utterance.words:
        stored["words"] = [
            {"start": word.start, "end": word.end, "text": word.text, "probability": word.probability}
            for word in utterance.words
        ]
    return stored


def _json(source: str | Path) -> Any:
    path = Path(source)
    try:
        with open_binary(source) as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise _unreadable(path, f"is larger than {MAX_BYTES // 1_000_000} MB; a transcript has no need to be")
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except FileNotFoundError as error:
        raise _unreadable(path, "no such file; was it moved or renamed?") from error
    except OSError as error:
        raise _unreadable(path, f"cannot be read ({error.strerror or error}); check the file's permissions") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, "is not UTF-8 (GBK, perhaps?); save it as UTF-8") from error
    except json.JSONDecodeError as error:
        raise _unreadable(path, f"line {error.lineno}, column {error.colno}: not valid JSON ({error.msg})") from error
    except RecursionError as error:
        raise _unreadable(path, "is nested too deeply to be a transcript") from error
    except ValueError as error:  # NaN and Infinity, numbers of thousands of digits
        raise _unreadable(path, f"not valid JSON ({error})") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number; leave the field out")


def _unreadable(path: Path, message: str) -> RecordingError:
    return RecordingError(Stage.READ, f"{path.name}: {message}")


def _faults(error: ValidationError) -> Iterator[str]:
    """One line for each fault: which utterance, which field, what to do."""
    faults = error.errors(include_url=False)
    for fault in faults[:_MOST_FAULTS]:
        where = ".".join(str(part) for part in fault["loc"]) or "the file"
        match fault["loc"]:
            case ("utterances", int(index), *rest):
                where = f"utterance {index}" + "".join(f", {part}" for part in rest)
        yield f"  {where}: {_in_words(str(fault['type']), fault['msg'])}"
    if len(faults) > _MOST_FAULTS:
        yield f"  and {len(faults) - _MOST_FAULTS} more"


def _in_words(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing; add it"
    if kind == "literal_error":
        return "must be agent, customer, system or unknown (客服, 客户, 系统, 未知)"
    return message.removeprefix("Value error, ")


def _transcript(stored: StoredTranscript, recording_id: str) -> Transcript:
    utterances = tuple(sorted(map(_utterance, stored.utterances), key=lambda u: (u.start, u.channel)))
    last_end = max((utterance.end for utterance in utterances), default=0.0)
    return Transcript(
        recording_id=recording_id,
        duration=stored.duration if stored.duration is not None else last_end,
        channels=_channels(stored, utterances),
        utterances=utterances,
        speech=_speech(stored),
        channel_roles={channel: Role(role) for channel, role in stored.channel_roles.items()},
        sound=None if stored.sound is None else tuple(ChannelSound(**channel.model_dump()) for channel in stored.sound),
        events=tuple(SoundEvent(e.kind, e.channel, e.start, e.end, e.detail) for e in stored.events),
        asr_model=stored.asr_model,
        language=stored.language,
        warnings=tuple(stored.warnings),
        dropped=tuple(
            Dropped(d.channel, d.start, d.end, d.text, d.reason, d.confidence, d.lost) for d in stored.dropped
        ),
        effort=None if stored.recognition is None else RecognitionEffort(**stored.recognition.model_dump()),
        metadata=_metadata(stored.model_extra or {}),
    )


def _utterance(stored: StoredUtterance) -> Utterance:
    role = Role(stored.role)
    channel = stored.channel if stored.channel is not None else int(role is Role.CUSTOMER)
    words = tuple(Word(word.start, word.end, word.text, word.probability) for word in stored.words or ())
    return Utterance(
        role,
        channel,
        stored.start,
        stored.end,
        stored.text,
        stored.confidence,
        words,
        stored.loudness_db,
        stored.speaker,
        stored.emotion,
        tuple(stored.sounds),
    )


def _channels(stored: StoredTranscript, utterances: tuple[Utterance, ...]) -> int:
    """What the file says; else two where roles are told (by hand: each on a channel of its own), else one."""
    used = 1 + max((utterance.channel for utterance in utterances), default=0)
    if type(stored.channels) is int and 1 <= stored.channels <= _MOST_CHANNELS:
        return max(stored.channels, used)
    told = any(utterance.role in (Role.AGENT, Role.CUSTOMER) for utterance in utterances)
    return max(used, 2 if told else 1)


def _speech(stored: StoredTranscript) -> tuple[tuple[Span, ...], ...] | None:
    if stored.speech is None:
        return None
    return tuple(tuple(Span(start, end) for start, end in channel) for channel in stored.speech)


def _metadata(extras: Mapping[str, object]) -> dict[str, MetadataValue]:
    """The plain values among what else there is; no number that JSON cannot hold, no text that UTF-8 cannot."""
    return {key: value for key, value in extras.items() if _is_plain(value) and _is_plain(key)}


def _is_plain(value: object) -> TypeGuard[str | int | float | bool]:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return isinstance(value, int)
