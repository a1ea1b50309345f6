"""What a person may ask of the recogniser, and what it comes to on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from qa_pipeline.audio.activity import ActivityOptions
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.run_info import model_sha256
from qa_pipeline.records import Seconds
from qa_pipeline.text.segment import keep_whole
from qa_pipeline.text.vocabulary import Vocabulary
from qa_pipeline.transcribe import Transcriber
from qa_pipeline.transcribe.diarization import ENVIRONMENT as DIARIZATION_FOLDER
from qa_pipeline.transcribe.diarization import DiarizationModels, find_diarization
from qa_pipeline.transcribe.dispatch import MixedTranscriber
from qa_pipeline.transcribe.models import DeviceChoice, ModelChoice, resolve_device, resolve_model
from qa_pipeline.transcribe.sherpa import SherpaOptions, SherpaTranscriber, find_sherpa
from qa_pipeline.transcribe.stored import StoredTranscriber
from qa_pipeline.transcribe.whisper import WhisperOptions, WhisperTranscriber

# Makes a recogniser; pickled into each worker, so a function of a module, a ``partial`` of one, or a frozen record.
MakeTranscriber: TypeAlias = Callable[[], Transcriber]

_LONGEST_VAD_S = 10.0


@dataclass(frozen=True, slots=True)
class VadOptions:
    """What counts as speech, as a person asked for it; see ``ActivityOptions``.

    ``pad_s``: how much around speech the recogniser is given to hear.
    """

    threshold: float = 0.5
    min_speech_s: Seconds = 0.1
    min_silence_s: Seconds = 0.3
    pad_s: Seconds = 0.2

    def check(self) -> None:
        """Raise RequestError for what cannot be meant."""
        if not 0 < self.threshold < 1:
            raise RequestError(f"--vad-threshold {self.threshold}: a probability between 0 and 1.")
        for name in ("min_speech_s", "min_silence_s", "pad_s"):
            value = getattr(self, name)
            if not 0 <= value <= _LONGEST_VAD_S:
                option = f"--vad-{name.replace('_', '-')}"
                raise RequestError(f"{option} {value}: seconds, from 0 to {_LONGEST_VAD_S:.0f}.")

    def activity(self) -> ActivityOptions:
        """The same for the detector; speech lasts while it is as likely as 0.15 less, which is Silero's own rule."""
        keep = max(self.threshold - 0.15, 0.01)
        return ActivityOptions(self.threshold, keep, self.min_silence_s, self.min_speech_s)


@dataclass(frozen=True, slots=True)
class RecogniserOptions:
    """How speech is to be recognised, as a person asked for it. ``model`` None: one that suits the machine."""

    model: str | None = None
    device: str = "auto"
    compute_type: str | None = None
    batch_size: int = 8
    beam_size: int = 5
    language: str = "zh"
    vad: VadOptions = field(default_factory=VadOptions)
    diarization: str | None = None
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    def check(self) -> None:
        """Raise RequestError for what no recogniser can do, and for diarization models that are not there."""
        self.vad.check()
        self.diarization_models()
        for name, value in (("batch size", self.batch_size), ("beam size", self.beam_size)):
            if value < 1:
                raise RequestError(f"The {name} is {value}; it must be at least 1.")

    def diarization_models(self, threads: int = 1) -> DiarizationModels | None:
        """The models that tell the voices of mono calls apart: by option, else by environment; None where none are."""
        folder = self.diarization or os.environ.get(DIARIZATION_FOLDER)
        return find_diarization(folder, threads) if folder else None

    def as_json(self) -> dict[str, Any]:
        """The options for ``run.json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The model and the device that were chosen, both there and checked."""

    model: ModelChoice
    device: DeviceChoice

    @property
    def on_gpu(self) -> bool:
        """Whether it runs on a GPU."""
        return self.device.device == "cuda"

    @property
    def weights_bytes(self) -> int:
        """Size of the weights on the disk."""
        return (Path(self.model.folder) / self.model.weights).stat().st_size

    def facts(self) -> dict[str, Any]:
        """What ``run.json`` says of it."""
        return {
            "name": self.model.name,
            "folder": self.model.folder,
            "sha256": model_sha256(self.model.folder, self.model.weights),
            "why": self.model.why,
            "device": self.device.device,
            "compute_type": self.device.compute_type,
        }


def choose_model(asked: RecogniserOptions) -> ChosenModel:
    """Find the model, downloading it if need be. Raises RequestError with what to do where it cannot be had."""
    device = resolve_device(asked.device, asked.compute_type)
    model = resolve_model(asked.model, device.device)
    # sherpa-onnx's own wheels compute on the CPU; whoever has others says --device cuda.
    return ChosenModel(model, DeviceChoice("cpu", "auto") if model.sherpa and asked.device != "cuda" else device)


def make_recogniser(chosen: ChosenModel, asked: RecogniserOptions, cpu_threads: int) -> Transcriber:
    """The recogniser that ``chosen`` is for, its model loaded; stored transcripts are replayed."""
    keep_whole(asked.vocabulary.words)
    return make_sherpa(chosen, asked, cpu_threads) if chosen.model.sherpa else make_whisper(chosen, asked, cpu_threads)


def make_replay(vocabulary: Vocabulary) -> Transcriber:
    """What replays stored transcripts, in a process that knows the site's words."""
    keep_whole(vocabulary.words)
    return StoredTranscriber()


def make_sherpa(chosen: ChosenModel, asked: RecogniserOptions, cpu_threads: int) -> Transcriber:
    """SenseVoice or Paraformer, ready for the first recording."""
    found = find_sherpa(chosen.model.folder)
    if found is None:
        raise RequestError(f"--model {chosen.model.folder}: the model is no longer there")
    options = SherpaOptions(
        asked.language,
        asked.batch_size,
        cpu_threads,
        provider="cuda" if asked.device == "cuda" else "cpu",
        pad_s=asked.vad.pad_s,
        activity=asked.vad.activity(),
        diarization=asked.diarization_models(cpu_threads),
    )
    sherpa = SherpaTranscriber(found, options)
    sherpa.load()
    return MixedTranscriber(sherpa)


def make_whisper(chosen: ChosenModel, asked: RecogniserOptions, cpu_threads: int) -> Transcriber:
    """faster-whisper with its model loaded, ready for the first recording; stored transcripts are replayed."""
    options = WhisperOptions(
        asked.language,
        asked.beam_size,
        asked.batch_size,
        cpu_threads,
        asked.vocabulary.prompt,
        asked.vocabulary.words,
        pad_s=asked.vad.pad_s,
        activity=asked.vad.activity(),
        diarization=asked.diarization_models(cpu_threads),
    )
    whisper = WhisperTranscriber(chosen.model, chosen.device, options)
    whisper.load()
    return MixedTranscriber(whisper)
