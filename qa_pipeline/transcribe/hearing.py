"""One pass of faster-whisper over a batch of windows, of any calls; each is heard as if it were alone.

The batch goes through faster-whisper's own ``BatchedInferencePipeline.forward``. Two of its habits would let windows
of a batch touch one another or waste a CPU, and are put right from outside:

- it carries the last speech time from one window to the next, and shortens a first word by it: here each begins at 0;
- it encodes a batch at once, which is the gain on a GPU and a loss on a CPU: there, windows are encoded one by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.records import Seconds, Word
from qa_pipeline.transcribe.windows import Window

Mel = NDArray[np.float32]

_DEMO_STEP = 500  # frames: 5 s
_ROOM_FOR_TEXT = 224
"""Tokens left for what is said, of the decoder's 448; OpenAI's whisper keeps the same half."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser made of one window; ``words`` are timed inside the window.

    ``avg_logprob`` (natural log, per token), ``no_speech_prob`` and ``compression_ratio`` tell how far to trust it.
    """

    window: Window
    text: str
    words: tuple[Word, ...]
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float

    @property
    def confidence(self) -> float:
        """The recogniser's probability per token, in [0, 1]."""
        return min(1.0, math.exp(self.avg_logprob)) if self.avg_logprob == self.avg_logprob else 0.0


class Search(BaseModel):
    """How the decoder looks for the words of a window; None leaves what the run asked for.

    ``beam_size`` hypotheses side by side until ``beam_size`` times ``patience`` of them have ended; tokens that were
    written before count ``repetition_penalty`` times less, and no run of ``no_repeat_ngram_size`` tokens comes twice.
    Given to CTranslate2 as they are. Nothing here is left to chance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    beam_size: Annotated[int, Field(ge=1)] | None = None
    patience: Annotated[float, Field(ge=1)] | None = None
    repetition_penalty: Annotated[float, Field(ge=1)] | None = None
    no_repeat_ngram_size: Annotated[int, Field(ge=2)] | None = None

    def over(self, settings: Any) -> Any:
        """faster-whisper's ``settings`` with what is said here in their place."""
        return replace(settings, **self.model_dump(exclude_none=True))


AS_ASKED = Search()
"""The search that the run was asked for: ``--beam-size`` and Whisper's own settings."""


@dataclass(frozen=True, slots=True)
class HearingOptions:
    """What every window is heard with: the same prompt, so that all prompts of a batch are of one length."""

    language: str = "zh"
    beam_size: int = 5
    initial_prompt: str | None = None
    hotwords: tuple[str, ...] = ()


class Ear:
    """A loaded faster-whisper model, asked in one language. May be used from several threads."""

    def __init__(self, loaded: Any, options: HearingOptions, *, any_length: bool = False) -> None:
        self.loaded = loaded
        self.any_length = any_length
        self.language = options.language if loaded.model.is_multilingual else "en"
        self._settings, self._tokenizer = _resolved(loaded, self.language, options)

    def frames(self, duration: Seconds) -> int:
        """How many frames of 10 ms the recogniser is given, padding included; never a matter of the batch's company.

        Whisper has learnt from 30 s and nothing else. The demo model (``any_length``) has learnt from all lengths, so
        it is spared most of the padding.
        """
        longest = int(self.loaded.feature_extractor.nb_max_frames)
        if not self.any_length:
            return longest
        return min(longest, math.ceil(duration * 100 / _DEMO_STEP) * _DEMO_STEP)

    def mel(self, sound: Samples) -> Mel:
        """(bands, frames) float32: what the recogniser hears of a window's ``sound``, padded to ``frames``."""
        from faster_whisper.audio import pad_or_trim

        features = self.loaded.feature_extractor(sound)[..., :-1]
        mel: Mel = pad_or_trim(features, self.frames(len(sound) / SAMPLE_RATE))
        return mel

    def hear(self, windows: Sequence[Window], mels: Sequence[Mel], search: Search = AS_ASKED) -> list[Heard]:
        """One batch of windows, all with the same number of frames, in their order."""
        from faster_whisper import BatchedInferencePipeline

        results = BatchedInferencePipeline(_Impartial(self.loaded)).forward(
            np.stack(mels),
            self._tokenizer,
            [{"offset": 0.0, "duration": window.duration, "segments": []} for window in windows],
            search.over(self._settings),
        )
        return [_heard(window, segments) for window, segments in zip(windows, results, strict=True)]


class _Impartial:
    """Stands in for the ``WhisperModel`` within ``forward``: see the module's text."""

    def __init__(self, whisper: Any) -> None:
        self.whisper = whisper

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whisper, name)

    def encode(self, features: Mel) -> Any:
        """The encoder's word on each window. A CPU's caches hold one at a time: eight together cost a fifth more."""
        if self.whisper.model.device != "cpu" or len(features) == 1:
            return self.whisper.encode(features)
        from ctranslate2 import StorageView

        encoded = [np.asarray(self.whisper.encode(features[i : i + 1])) for i in range(len(features))]
        return StorageView.from_array(np.concatenate(encoded))

    def add_word_timestamps(self, segments: list[Any], tokenizer: Any, encoded: Any, frames: Any, *rest: Any) -> float:
        """Times for the words of each window, aligned in one batch and finished one by one."""
        tokens = [[t for part in window for t in part["tokens"] if t < tokenizer.eot] for window in segments]
        aligned = self.whisper.find_alignment(tokenizer, tokens, encoded, frames)
        before, after, _last = rest
        finish = type(self.whisper).add_word_timestamps
        for window, alignment in zip(segments, aligned, strict=True):
            known = _Aligned(alignment, self.whisper.frames_per_second)
            finish(known, [window], tokenizer, None, None, before, after, 0.0)
        return 0.0


@dataclass(frozen=True, slots=True)
class _Aligned:
    """Stands in for the ``WhisperModel`` within ``add_word_timestamps``: the alignment is known already."""

    alignment: list[Any]
    frames_per_second: int

    def find_alignment(self, *_: Any) -> list[Any]:
        """That of the one window."""
        return [self.alignment]


def _resolved(loaded: Any, language: str, options: HearingOptions) -> tuple[Any, Any]:
    """faster-whisper's options, as it resolves ours by itself for a moment of silence, and its tokenizer."""
    from faster_whisper import BatchedInferencePipeline
    from faster_whisper.tokenizer import Tokenizer

    tokenizer = Tokenizer(loaded.hf_tokenizer, loaded.model.is_multilingual, task="transcribe", language=language)
    _, info = BatchedInferencePipeline(loaded).transcribe(
        np.zeros(SAMPLE_RATE // 10, np.float32),
        language=language,
        beam_size=options.beam_size,
        temperature=0.0,
        word_timestamps=True,
        vad_filter=False,
        initial_prompt=options.initial_prompt,
        hotwords=fitting_hotwords(tokenizer, options, loaded.max_length) or None,
    )
    return info.transcription_options, tokenizer


def fitting_hotwords(tokenizer: Any, options: HearingOptions, max_length: int) -> str:
    """As many of the hot words, in order, as leave the decoder ``_ROOM_FOR_TEXT`` tokens for what is said.

    faster-whisper would take 223 tokens of hot words and as many of prompt, and have nothing left to write with.
    """
    prompt = len(tokenizer.encode(options.initial_prompt)) if options.initial_prompt else 0
    room = max_length - _ROOM_FOR_TEXT - prompt - len(tokenizer.sot_sequence) - 2
    taken: list[str] = []
    for word in options.hotwords:
        if len(tokenizer.encode(" " + "，".join([*taken, word]))) > room:
            break
        taken.append(word)
    return "，".join(taken)


def _heard(window: Window, segments: Sequence[dict[str, Any]]) -> Heard:
    """faster-whisper's segments of one window (one, unless the model wrote time stamps) as one."""
    words = [word for segment in segments for word in segment["words"]]
    return Heard(
        window,
        "".join(segment["text"] for segment in segments),
        tuple(Word(float(w["start"]), float(w["end"]), w["word"], float(w["probability"])) for w in words),
        float(segments[0]["avg_logprob"]),
        float(segments[0]["no_speech_prob"]),
        max(float(segment["compression_ratio"]) for segment in segments),
    )
