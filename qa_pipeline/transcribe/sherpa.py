"""Recognises sound with sherpa-onnx: SenseVoice or Paraformer from a local folder.

Both hear Chinese telephone speech better than Whisper of their size and many times as fast on a CPU. SenseVoice also
tells the mood of each stretch of speech (angry, happy, sad ...) and sounds in it (laughter, crying, music ...), which
go into ``Utterance.emotion`` and ``Utterance.sounds``. The folder holds ``tokens.txt`` and a ``.onnx`` model, as the
releases of k2-fsa/sherpa-onnx on GitHub do; which of the two it is the model says itself.

Speech is cut as for Whisper, but every stretch goes by itself: these models hear any length, so nothing is packed.
They give no probabilities, so utterances have no ``confidence``; what a gate can tell without them (loops, impossible
speed, words on silence) is told.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any

import numpy as np

from qa_pipeline.audio.activity import ActivityOptions
from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.records import RecognitionEffort, Recording, Seconds, Transcript, Utterance, Word
from qa_pipeline.transcribe import Transcribed, one_by_one
from qa_pipeline.transcribe.call import OpenCall
from qa_pipeline.transcribe.diarization import DiarizationModels, Diarizer
from qa_pipeline.transcribe.gate import GateLimits, gate_limits
from qa_pipeline.transcribe.hearing import Heard, Mel
from qa_pipeline.transcribe.onnx_files import metadata
from qa_pipeline.transcribe.prepare import Cutting, WindowSound, prepare
from qa_pipeline.transcribe.windows import Window

TOKENS = "tokens.txt"
LANGUAGES = ("zh", "yue", "en", "ja", "ko")
"""What SenseVoice knows; Paraformer knows what it was trained on, and is not told."""

HOW_TO_GET = (
    "  - pip install 'qa-pipeline[diarization]' brings sherpa-onnx.\n"
    "  - Unpack sherpa-onnx-sense-voice-zh-en-ja-ko-yue or sherpa-onnx-paraformer-zh from the `asr-models` release of "
    "k2-fsa/sherpa-onnx on GitHub, and use `--model FOLDER`."
)
_SENSE_VOICE = (
    *("vocab_size", "lfr_window_size", "lfr_window_shift", "normalize_samples", "with_itn", "without_itn"),
    *("lang_auto", "lang_zh", "lang_en", "lang_ja", "lang_ko", "lang_yue", "neg_mean", "inv_stddev"),
)
_PARAFORMER = ("vocab_size", "lfr_window_size", "lfr_window_shift", "neg_mean", "inv_stddev")
_LAST_TOKEN_S: Seconds = 0.2
_SAYS_NOTHING = frozenset({"", "emo_unknown", "event_unk", "speech", "unk"})


class SherpaKind(StrEnum):
    """The models that are known, by sherpa-onnx's own names."""

    SENSE_VOICE = "sense_voice"
    PARAFORMER = "paraformer"


@dataclass(frozen=True, slots=True)
class SherpaModel:
    """A model ready to load: ``name`` as scorecards call it, ``weights`` and ``tokens`` by path."""

    name: str
    kind: SherpaKind
    weights: str
    tokens: str


@dataclass(frozen=True, slots=True)
class SherpaOptions:
    """How to recognise. ``written_numbers``: SenseVoice writes numbers in digits and sets punctuation.

    ``batch_size`` stretches of speech are decoded at once; ``threads`` compute. ``provider`` is ``cpu`` or ``cuda``
    (which wants a wheel of sherpa-onnx built for it).
    """

    language: str = "zh"
    batch_size: int = 8
    threads: int = 1
    provider: str = "cpu"
    written_numbers: bool = True
    pad_s: Seconds = 0.2
    activity: ActivityOptions = field(default_factory=ActivityOptions)
    limits: GateLimits | None = None
    diarization: DiarizationModels | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What the model says of one window, beside its words."""

    heard: Heard
    emotion: str | None
    sounds: tuple[str, ...]


def find_sherpa(folder: str | Path) -> SherpaModel | None:
    """The model in ``folder``, full precision before int8; None where it holds no ``tokens.txt`` and ``.onnx``.

    Raises ``RequestError`` where it does, but no model among them is one that is known here.
    """
    path = Path(folder).expanduser()
    files = sorted(path.glob("*.onnx"), key=lambda file: ("int8" in file.name, file.name))
    if not files or not (path / TOKENS).is_file():
        return None
    for file in files:
        kind = _kind(metadata(file) or {})
        if kind is not None:
            return SherpaModel(path.resolve().name, kind, str(file), str(path / TOKENS))
    raise RequestError(
        f"--model {folder}: {', '.join(file.name for file in files)}: neither SenseVoice nor Paraformer as sherpa-onnx "
        f"exports them (damaged, or another model).\n{HOW_TO_GET}"
    )


def _kind(told: dict[str, str]) -> SherpaKind | None:
    if all(key in told for key in _SENSE_VOICE):
        return SherpaKind.SENSE_VOICE
    return SherpaKind.PARAFORMER if all(key in told for key in _PARAFORMER) and "lang_zh" not in told else None


class SherpaTranscriber:
    """A ``Transcriber`` over one sherpa-onnx model, which is loaded when it is first needed.

    May be used from several threads and pickled to other processes (each loads the model for itself).
    """

    def __init__(self, model: SherpaModel, options: SherpaOptions | None = None) -> None:
        self.model = model
        self.options = options or SherpaOptions()
        self._lock = Lock()
        self._loaded: Any = None
        self._diarizer = None if self.options.diarization is None else Diarizer(self.options.diarization)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    def __getstate__(self) -> dict[str, Any]:
        return {"model": self.model, "options": self.options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def load(self) -> None:
        """Load the models now; ``RequestError`` where one cannot be loaded."""
        with self._lock:
            if self._loaded is None:
                self._loaded = load_sherpa(self.model, self.options)
        if self._diarizer is not None:
            self._diarizer.load()

    def transcribe(self, recording: Recording) -> Transcript:
        """The transcript of a sound file; roles are left ``unknown``.

        Raises ``RecordingError``: ``READ`` or ``DECODE`` for the file, ``TRANSCRIBE`` where the recogniser fails on it.
        """
        self.load()
        o = self.options
        prepared = prepare(recording, Cutting(0.0, o.pad_s, 0.0, o.activity), _no_mel, self._diarizer)
        call = OpenCall(0, prepared)
        call.effort += RecognitionEffort(windows=len(prepared.windows), slots=float(len(prepared.windows)))
        limits, told = o.limits or gate_limits(), dict[tuple[int, Seconds], _Said]()
        began = perf_counter()
        for part, said in self._hear(recording, prepared.windows):
            reason = call.doubt(part, said.heard, limits)
            if reason is None:
                call.accept(part, said.heard)
                told[part.window.channel, part.window.pieces[0].spoken.start] = said
            else:
                call.effort += RecognitionEffort(gated=1)
                call.give_up(said.heard, reason)
        call.effort += RecognitionEffort(seconds={"recognition": perf_counter() - began})
        transcript = call.transcript(self.name, o.language)
        return replace(transcript, utterances=tuple(_as_said(u, told) for u in transcript.utterances))

    def transcribe_many(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, Transcribed]]:
        """One after another: a stretch of speech pays for itself only, so company is no gain."""
        return one_by_one(self, recordings)

    def _hear(self, recording: Recording, parts: Sequence[WindowSound]) -> Iterator[tuple[WindowSound, _Said]]:
        """What is said in each window, in batches of like length: the shorter are padded to the longest."""
        ordered = sorted(parts, key=lambda part: len(part.sound))
        for first in range(0, len(ordered), self.options.batch_size):
            batch = ordered[first : first + self.options.batch_size]
            try:
                results = self._decode([part.sound for part in batch])
            except (RuntimeError, MemoryError) as error:
                why = str(error).strip().splitlines() or [type(error).__name__]
                raise RecordingError(
                    Stage.TRANSCRIBE,
                    f"{Path(recording.path).name}: the recogniser {self.name} failed on it ({why[0][:200]}); "
                    "if memory ran out, use a smaller --batch-size",
                ) from error
            yield from ((part, _said(part.window, result)) for part, result in zip(batch, results, strict=True))

    def _decode(self, sounds: Sequence[Samples]) -> list[Any]:
        streams = []
        for sound in sounds:
            stream = self._loaded.create_stream()
            stream.accept_waveform(SAMPLE_RATE, sound)
            streams.append(stream)
        self._loaded.decode_streams(streams)
        return [stream.result for stream in streams]


def load_sherpa(model: SherpaModel, options: SherpaOptions) -> Any:
    """sherpa-onnx's ``OfflineRecognizer``; ``RequestError`` where it cannot be had."""
    if model.kind is SherpaKind.SENSE_VOICE and options.language not in (*LANGUAGES, "auto"):
        raise RequestError(f"--language {options.language}: SenseVoice knows {', '.join(LANGUAGES)}")
    try:
        from sherpa_onnx import OfflineRecognizer
    except ImportError as error:
        raise RequestError(f"--model {model.name}: sherpa-onnx is not installed ({error}).\n{HOW_TO_GET}") from error
    common = {"tokens": model.tokens, "num_threads": max(1, options.threads), "provider": options.provider}
    try:
        if model.kind is SherpaKind.PARAFORMER:
            return OfflineRecognizer.from_paraformer(paraformer=model.weights, **common)
        return OfflineRecognizer.from_sense_voice(
            model=model.weights, language=options.language, use_itn=options.written_numbers, **common
        )
    except (RuntimeError, ValueError, OSError, MemoryError) as error:
        raise RequestError(
            f"--model {model.weights}: cannot be loaded ({error}); is the folder complete, and is there enough memory?"
        ) from error


def _said(window: Window, result: Any) -> _Said:
    """sherpa-onnx's result for one window as ours."""
    text = str(result.text).strip()
    mute = _tag(getattr(result, "lang", "")) == "nospeech"
    size = len(text.encode())
    repetition = size / len(zlib.compress(text.encode())) if size else 0.0
    # No probabilities here: sure of what it says, unless it says itself that nobody speaks.
    heard = Heard(
        window, text, tuple(_words(result, window)), -math.inf if mute else 0.0, 1.0 if mute else 0.0, repetition
    )
    emotion, sound = _tag(getattr(result, "emotion", "")), _tag(getattr(result, "event", ""))
    return _Said(heard, None if emotion in _SAYS_NOTHING else emotion, () if sound in _SAYS_NOTHING else (sound,))


def _tag(written: str) -> str:
    """``<|ANGRY|>`` as ``angry``."""
    return written.strip().removeprefix("<|").removesuffix("|>").lower()


def _words(result: Any, window: Window) -> Iterator[Word]:
    """The model's tokens as words: characters in Chinese, each from its own time to the next one's."""
    tokens, times = list(result.tokens), [float(time) for time in result.timestamps]
    if len(times) != len(tokens):  # Paraformer without time stamps
        step = window.duration / max(1, len(tokens))
        times = [step * at for at in range(len(tokens))]
    ends = [*times[1:], min(window.duration, times[-1] + _LAST_TOKEN_S)] if times else []
    for token, start, end in zip(tokens, times, ends, strict=True):
        text = token.replace("▁", " ").replace("@@", "")
        if text:
            yield Word(start, max(start, end), text, 1.0)


def _as_said(utterance: Utterance, told: dict[tuple[int, Seconds], _Said]) -> Utterance:
    """With its mood and sounds, and without the probability that nobody measured."""
    said = told.get((utterance.channel, utterance.start))
    if said is None:
        return replace(utterance, confidence=None)
    return replace(utterance, confidence=None, emotion=said.emotion, sounds=said.sounds)


def _no_mel(sound: Samples) -> Mel:
    """sherpa-onnx makes its features itself."""
    return np.zeros((0, 0), np.float32)
