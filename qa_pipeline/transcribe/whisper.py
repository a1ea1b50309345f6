"""Recognises sound with faster-whisper's batched pipeline, one channel per window, times exact.

faster-whisper cuts nothing here: speech activity is found once per channel, the cuts are packed into windows (see
``windows``), and the windows of both channels fill the same batches. Decoding is deterministic: the batched pipeline
uses one temperature, and that is 0. It also ignores faster-whisper's own thresholds (no speech, log-probability,
repetition), so what it heard, ``Heard``, keeps those figures and nothing is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from qa_pipeline.audio.activity import ActivityOptions, speech_spans
from qa_pipeline.audio.decode import SAMPLE_RATE, Sound, decode
from qa_pipeline.audio.loudness import channel_sound, utterance_levels
from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.records import Recording, Role, Seconds, Span, Transcript, Utterance, Word
from qa_pipeline.transcribe import Transcribed, one_by_one
from qa_pipeline.transcribe.models import DeviceChoice, ModelChoice
from qa_pipeline.transcribe.windows import Piece, Window, pack

_WINDOW_S, _DEMO_WINDOW_S = 28.0, 5.0
_DEMO_STEP = 500  # frames: 5 s


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """How to recognise.

    ``window_s``: how much speech is packed into one pass. None is 28, since the recogniser hears 30; 5 for the demo
    model, which loses its way in long ones. ``pad_s`` of room on either side of speech, ``gap_s`` of silence between
    packed pieces. ``cpu_threads`` 0 leaves it to CTranslate2. ``initial_prompt`` and ``hotwords`` go to every window.
    """

    language: str = "zh"
    beam_size: int = 5
    batch_size: int = 8
    cpu_threads: int = 0
    initial_prompt: str | None = None
    hotwords: str | None = None
    window_s: Seconds | None = None
    pad_s: Seconds = 0.2
    gap_s: Seconds = 0.3
    activity: ActivityOptions = field(default_factory=ActivityOptions)


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


class WhisperTranscriber:
    """A ``Transcriber`` over one faster-whisper model, which is loaded when it is first needed.

    May be used from several threads and pickled to other processes (each loads the model for itself).
    """

    def __init__(self, model: ModelChoice, device: DeviceChoice, options: WhisperOptions | None = None) -> None:
        self.model = model
        self.device = device
        self.options = options or WhisperOptions()
        self._lock = Lock()
        self._loaded: Any = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    def __getstate__(self) -> dict[str, Any]:
        return {"model": self.model, "device": self.device, "options": self.options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def load(self) -> None:
        """Load the model now rather than at the first recording; ``RequestError`` where it cannot be loaded."""
        with self._lock:
            if self._loaded is None:
                loaded = load_whisper(self.model, self.device, self.options.cpu_threads)
                _refuse_unknown_language(loaded, self.options.language)
                self._loaded = loaded

    def transcribe(self, recording: Recording) -> Transcript:
        """The transcript of a sound file; roles are left ``unknown``.

        Raises ``RecordingError``: ``READ`` or ``DECODE`` for the file, ``TRANSCRIBE`` where the recogniser fails on it.
        """
        self.load()
        sound = decode(recording.path)
        speech = tuple(speech_spans(channel, self.options.activity) for channel in sound.channels)
        language, heard = self._recognise(recording, sound, speech)
        utterances = [utterance for one in heard for utterance in utterances_from(one)]
        return Transcript(
            recording_id=recording.recording_id,
            duration=sound.duration,
            channels=len(sound.channels),
            utterances=tuple(sorted(_with_levels(utterances, sound, speech), key=lambda u: (u.start, u.channel))),
            speech=speech,
            sound=tuple(channel_sound(samples, spans) for samples, spans in zip(sound.channels, speech, strict=True)),
            asr_model=self.name,
            language=language,
            warnings=sound.warnings,
            metadata=recording.metadata,
        )

    def transcribe_many(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, Transcribed]]:
        """Each recording's transcript as it is ready."""
        return one_by_one(self, recordings)

    def windows(self, speech: Sequence[Sequence[Span]], duration: Seconds) -> list[Window]:
        """What the recogniser is to hear of each channel, in channel and time order."""
        o = self.options
        longest_s = o.window_s or (_DEMO_WINDOW_S if self.model.is_demo else _WINDOW_S)
        return [
            window
            for channel, spans in enumerate(speech)
            for window in pack(channel, spans, duration, longest_s=longest_s, pad_s=o.pad_s, gap_s=o.gap_s)
        ]

    def _recognise(
        self, recording: Recording, sound: Sound, speech: Sequence[Sequence[Span]]
    ) -> tuple[str, list[Heard]]:
        language = self.options.language if self._loaded.model.is_multilingual else "en"
        heard: list[Heard] = []
        windows = self.windows(speech, sound.duration)
        try:
            settings = self._settings(language) if windows else None
            for batch in self._batches(windows):
                heard += self._hear(batch, sound, settings)
        except (RuntimeError, MemoryError) as error:  # CTranslate2's own, out of memory among them
            why = str(error).strip().splitlines() or [type(error).__name__]
            raise RecordingError(
                Stage.TRANSCRIBE,
                f"{Path(recording.path).name}: the recogniser {self.name} failed on it ({why[0][:200]}); "
                "if memory ran out, use a smaller --batch-size or model",
            ) from error
        return language, heard

    def _batches(self, windows: Sequence[Window]) -> Iterator[list[Window]]:
        """Full batches of windows that are heard at one length, the longer ones first."""
        for _, alike in groupby(sorted(windows, key=lambda window: -window.duration), key=self._frames):
            group = list(alike)
            for first in range(0, len(group), self.options.batch_size):
                yield group[first : first + self.options.batch_size]

    def _frames(self, window: Window) -> int:
        """How many frames of 10 ms the recogniser is given, padding included; never a matter of the batch's company.

        Whisper has learnt from 30 s and nothing else. The demo model has learnt from all lengths, so it is spared most
        of the padding.
        """
        longest = int(self._loaded.feature_extractor.nb_max_frames)
        if not self.model.is_demo:
            return longest
        return min(longest, math.ceil(window.duration * 100 / _DEMO_STEP) * _DEMO_STEP)

    def _hear(self, windows: Sequence[Window], sound: Sound, settings: Any) -> Iterator[Heard]:
        """One batch, through faster-whisper's own forward pass; window by window, times from each one's start."""
        from faster_whisper import BatchedInferencePipeline
        from faster_whisper.audio import pad_or_trim

        loaded, (options, tokenizer) = self._loaded, settings
        features = [
            loaded.feature_extractor(window.sound(sound.channels[window.channel]))[..., :-1] for window in windows
        ]
        frames = self._frames(windows[0])
        # A pipeline of its own: it carries the last speech time from call to call, and from thread to thread.
        results = BatchedInferencePipeline(loaded).forward(
            np.stack([pad_or_trim(f, frames) for f in features]),
            tokenizer,
            [{"offset": 0.0, "duration": window.duration, "segments": []} for window in windows],
            options,
        )
        yield from map(_heard, windows, results)

    def _settings(self, language: str) -> tuple[Any, Any]:
        """faster-whisper's options, as it resolves ours by itself for a moment of silence, and its tokenizer."""
        from faster_whisper import BatchedInferencePipeline
        from faster_whisper.tokenizer import Tokenizer

        _, info = BatchedInferencePipeline(self._loaded).transcribe(
            np.zeros(SAMPLE_RATE // 10, np.float32),
            language=language,
            beam_size=self.options.beam_size,
            temperature=0.0,
            word_timestamps=True,
            vad_filter=False,
            initial_prompt=self.options.initial_prompt,
            hotwords=self.options.hotwords,
        )
        multilingual = self._loaded.model.is_multilingual
        return info.transcription_options, Tokenizer(
            self._loaded.hf_tokenizer, multilingual, task="transcribe", language=info.language
        )


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


def utterances_from(heard: Heard) -> Iterator[Utterance]:
    """One utterance for each piece of the window in which words were heard, in time order.

    Words go to the piece that sounds at their middle. Their times drift in Chinese, so an utterance begins and ends
    with the speech of its piece, and its words are clamped into it.
    """
    for piece, words in _by_piece(heard):
        text = "".join(word.text for word in words).strip()
        if text:
            timed = tuple(_in_recording(word, piece) for word in words)
            spoken = piece.spoken
            yield Utterance(Role.UNKNOWN, heard.window.channel, spoken.start, spoken.end, text, heard.confidence, timed)


def _by_piece(heard: Heard) -> Iterator[tuple[Piece, list[Word]]]:
    """The window's words by piece, in time order. Where no word was timed, all goes to the first: nothing is lost."""
    pieces = heard.window.pieces
    if not heard.words:
        yield pieces[0], [Word(0.0, heard.window.duration, heard.text, heard.confidence)]
        return
    found: list[list[Word]] = [[] for _ in pieces]
    for word in heard.words:
        found[heard.window.piece_at((word.start + word.end) / 2)].append(word)
    yield from zip(pieces, found, strict=True)


def _with_levels(
    utterances: Sequence[Utterance], sound: Sound, speech: Sequence[Sequence[Span]]
) -> Iterator[Utterance]:
    """The utterances, channel by channel, each with how loud it is."""
    for channel, (samples, spans) in enumerate(zip(sound.channels, speech, strict=True)):
        own = [utterance for utterance in utterances if utterance.channel == channel]
        for utterance, level in zip(own, utterance_levels(samples, own, spans), strict=True):
            yield replace(utterance, loudness_db=level)


def _in_recording(word: Word, piece: Piece) -> Word:
    start = piece.time(word.start)
    return Word(start, max(start, piece.time(word.end)), word.text.strip(), min(1.0, max(0.0, word.probability)))


def _refuse_unknown_language(loaded: Any, language: str) -> None:
    """English-only models are asked in English whatever the language; others must know it."""
    if loaded.model.is_multilingual and language not in loaded.supported_languages:
        raise RequestError(f"--language {language}: this model does not know it; use a code such as zh, yue or en")


def load_whisper(model: ModelChoice, device: DeviceChoice, cpu_threads: int = 0) -> Any:
    """faster-whisper's ``WhisperModel`` from a local folder; ``RequestError`` where it cannot be loaded."""
    from faster_whisper import WhisperModel

    try:
        loaded = WhisperModel(
            model.folder,
            device=device.device,
            compute_type=device.compute_type,
            cpu_threads=cpu_threads,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError, MemoryError) as error:
        raise RequestError(
            f"--model {model.folder}: cannot be loaded on {device.device} as {device.compute_type} ({error}); "
            "is the folder complete, and is there enough memory? `qa-pipeline doctor` checks this machine"
        ) from error
    mels = loaded.feature_extractor.mel_filters.shape[0]
    if loaded.model.n_mels != mels:
        raise RequestError(
            f"--model {model.folder}: needs {loaded.model.n_mels} mel bands and its preprocessor_config.json gives "
            f"{mels}; copy that file from the original model into the folder"
        )
    return loaded
