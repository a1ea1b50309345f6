"""Recognises sound with faster-whisper: speech of many recordings packed into windows, windows into full batches.

faster-whisper cuts nothing here: speech activity is found once per channel, the cuts are packed into windows of one
channel (``windows``), and the windows of all recordings given share the batches (``together``). The first pass is
deterministic, at temperature 0; what the gate doubts is heard again (``ladder``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any

from qa_pipeline.audio.activity import ActivityOptions
from qa_pipeline.errors import RequestError
from qa_pipeline.records import Recording, Seconds, Transcript
from qa_pipeline.transcribe import Transcribed, as_recording_error
from qa_pipeline.transcribe.diarization import DiarizationModels, Diarizer
from qa_pipeline.transcribe.gate import GateLimits, gate_limits
from qa_pipeline.transcribe.hearing import Ear, HearingOptions
from qa_pipeline.transcribe.models import DeviceChoice, ModelChoice
from qa_pipeline.transcribe.prepare import Cutting, prepare
from qa_pipeline.transcribe.together import TogetherOptions, recognise_together

_WINDOW_S, _DEMO_WINDOW_S = 29.0, 5.0
_HOLD_BATCHES = 4  # enough windows to choose batches of one length from
_GPU_THREADS = 4  # 400x realtime of two channels is what four cores' speech activity can feed


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """How to recognise.

    ``window_s``: how much speech is packed into one pass. None is 29, since the recogniser hears 30; 5 for the demo
    model, which loses its way in long ones. ``pad_s`` of room on either side of speech, ``gap_s`` of silence between
    packed pieces. ``cpu_threads`` 0 leaves it to CTranslate2. ``initial_prompt`` and ``hotwords`` go to every window.
    ``limits`` None: the gate's for this model. ``hold_s``: seconds of speech that may wait at once; None is four
    batches. ``ahead``: threads that make the next recordings ready meanwhile; None is four for a GPU, and none on a
    CPU, whose cores the recogniser needs. ``diarization``: the models that tell the voices of mono recordings apart.
    """

    language: str = "zh"
    beam_size: int = 5
    batch_size: int = 8
    cpu_threads: int = 0
    initial_prompt: str | None = None
    hotwords: tuple[str, ...] = ()
    window_s: Seconds | None = None
    pad_s: Seconds = 0.2
    gap_s: Seconds = 0.3
    activity: ActivityOptions = field(default_factory=ActivityOptions)
    limits: GateLimits | None = None
    hold_s: Seconds | None = None
    ahead: int | None = None
    diarization: DiarizationModels | None = None


class WhisperTranscriber:
    """A ``Transcriber`` over one faster-whisper model, which is loaded when it is first needed.

    May be used from several threads and pickled to other processes (each loads the model for itself).
    """

    def __init__(self, model: ModelChoice, device: DeviceChoice, options: WhisperOptions | None = None) -> None:
        self.model = model
        self.device = device
        self.options = options or WhisperOptions()
        self._lock = Lock()
        self._ear: Ear | None = None
        self._diarizer = None if self.options.diarization is None else Diarizer(self.options.diarization)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    def __getstate__(self) -> dict[str, Any]:
        return {"model": self.model, "device": self.device, "options": self.options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def load(self) -> None:
        """Load the models now rather than at the first recording; ``RequestError`` where one cannot be loaded."""
        self.ear()
        if self._diarizer is not None:
            self._diarizer.load()

    def ear(self) -> Ear:
        """The loaded model, asked as ``options`` say."""
        with self._lock:
            if self._ear is None:
                o = self.options
                loaded = load_whisper(self.model, self.device, o.cpu_threads)
                _refuse_unknown_language(loaded, o.language)
                asked = HearingOptions(o.language, o.beam_size, o.initial_prompt, o.hotwords)
                self._ear = Ear(loaded, asked, any_length=self.model.is_demo)
            return self._ear

    def transcribe(self, recording: Recording) -> Transcript:
        """The transcript of a sound file; roles are left ``unknown``.

        Raises ``RecordingError``: ``READ`` or ``DECODE`` for the file, ``TRANSCRIBE`` where the recogniser fails on it.
        """
        for _, result in self._together([recording], threads=0):
            if isinstance(result, Exception):
                raise result
            return result
        raise AssertionError("one recording has one result")

    def transcribe_many(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, Transcribed]]:
        """Each recording's transcript as it is ready; a window's words do not depend on the windows beside it.

        With few threads of computation the texts of one recording are equal whatever company it has; times and
        probabilities agree to the rounding of float32 (see docs/recognition.md).
        """
        threads = self.options.ahead
        if threads is None:
            threads = _GPU_THREADS if self.device.device == "cuda" else 0
        for position, result in self._together(recordings, threads):
            yield position, as_recording_error(result) if isinstance(result, Exception) else result

    def cutting(self) -> Cutting:
        """How speech is cut for this model."""
        o = self.options
        longest_s = o.window_s or (_DEMO_WINDOW_S if self.model.is_demo else _WINDOW_S)
        return Cutting(longest_s, o.pad_s, o.gap_s, o.activity)

    def _together(self, recordings: Iterable[Recording], threads: int) -> Iterator[tuple[int, Transcript | Exception]]:
        ear, o, cutting = self.ear(), self.options, self.cutting()
        options = TogetherOptions(
            batch_size=o.batch_size,
            hold_s=o.hold_s or _HOLD_BATCHES * o.batch_size * cutting.longest_s,
            gap_s=o.gap_s,
            limits=o.limits or gate_limits("demo" if self.model.is_demo else "stock"),
            threads=threads,
            prompts=tuple(filter(None, (o.initial_prompt, "，".join(o.hotwords)))),
        )
        made_ready = partial(prepare, cutting=cutting, mel=ear.mel, diarizer=self._diarizer)
        return recognise_together(recordings, made_ready, ear, self.name, options)


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
