"""Recognises sound with faster-whisper's batched pipeline, one channel per window, times exact.

faster-whisper cuts nothing here: speech activity is found once per channel, the cuts are packed into windows (see
``windows``), and the windows of both channels fill the same batches. Decoding is deterministic: the batched pipeline
uses one temperature, and that is 0. It also ignores faster-whisper's own thresholds (no speech, log-probability,
repetition), so what it heard, ``Heard``, keeps those figures and nothing is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from qa_pipeline.audio.activity import ActivityOptions, speech_spans
from qa_pipeline.audio.decode import SAMPLE_RATE, Sound, decode
from qa_pipeline.audio.loudness import channel_sound, utterance_levels
from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.records import Recording, Role, Seconds, Span, Transcript, Utterance, Word
from qa_pipeline.transcribe.models import DeviceChoice, ModelChoice
from qa_pipeline.transcribe.windows import Piece, Window, pack

_WINDOW_S, _DEMO_WINDOW_S = 28.0, 12.0
_HALF_SAMPLE = 0.5 / SAMPLE_RATE  # faster-whisper truncates clip times to samples; so they arrive where they were


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """How to recognise.

    ``window_s``: how much speech is packed into one pass (None: 28, the recogniser hears 30; 12 for the demo model,
    which loses its way in longer ones). ``pad_s`` of room on either side of speech, ``gap_s`` of silence between packed
    pieces. ``cpu_threads`` 0 leaves it to CTranslate2. ``initial_prompt`` and ``hotwords`` are given to every window.
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
                self._loaded = load_whisper(self.model, self.device, self.options.cpu_threads)

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
        # Windows of like length together: a batch takes as long as its longest.
        windows = sorted(self.windows(speech, sound.duration), key=lambda window: -window.duration)
        language = self.options.language if self._loaded.model.is_multilingual else "en"
        heard: list[Heard] = []
        try:
            for first in range(0, len(windows), self.options.batch_size):
                heard += self._hear(windows[first : first + self.options.batch_size], sound, language)
        except (RuntimeError, MemoryError) as error:  # CTranslate2's own, out of memory among them
            why = str(error).strip().splitlines() or [type(error).__name__]
            raise RecordingError(
                Stage.TRANSCRIBE,
                f"{Path(recording.path).name}: the recogniser {self.name} failed on it ({why[0][:200]}); "
                "if memory ran out, use a smaller --batch-size or model",
            ) from error
        return language, heard

    def _hear(self, windows: Sequence[Window], sound: Sound, language: str) -> Iterator[Heard]:
        """One batch. The windows' sounds are laid end to end, and each is one clip of that."""
        from faster_whisper import BatchedInferencePipeline

        sounds = [window.sound(sound.channels[window.channel]) for window in windows]
        ends = np.cumsum([len(samples) for samples in sounds]) / SAMPLE_RATE
        starts = [0.0, *ends[:-1].tolist()]
        clips = [
            {"start": start + _HALF_SAMPLE, "end": end + _HALF_SAMPLE}
            for start, end in zip(starts, ends.tolist(), strict=True)
        ]
        # A pipeline of its own: it carries the last speech time from call to call, and from thread to thread.
        segments, _ = BatchedInferencePipeline(self._loaded).transcribe(
            np.concatenate(sounds),
            language=language,
            beam_size=self.options.beam_size,
            batch_size=self.options.batch_size,
            temperature=0.0,
            word_timestamps=True,
            clip_timestamps=clips,
            vad_filter=False,
            initial_prompt=self.options.initial_prompt,
            hotwords=self.options.hotwords,
        )
        seeks = {int(start * self._loaded.frames_per_second): n for n, start in enumerate(starts)}
        for segment in segments:
            yield _heard(windows[seeks[segment.seek]], segment, segment.seek / self._loaded.frames_per_second)


def _heard(window: Window, segment: Any, began: Seconds) -> Heard:
    """faster-whisper's segment, its words timed from the window's start."""
    words = tuple(
        Word(word.start - began, word.end - began, word.word, float(word.probability)) for word in segment.words or ()
    )
    return Heard(
        window, segment.text, words, segment.avg_logprob, segment.no_speech_prob, float(segment.compression_ratio)
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
