"""What a person may ask of the recogniser, and what it comes to on this machine."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypedDict

from qa_pipeline.audio.activity import ActivityOptions
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.run_info import model_sha256
from qa_pipeline.records import Seconds
from qa_pipeline.text.segment import keep_whole
from qa_pipeline.text.vocabulary import Vocabulary, read_vocabulary
from qa_pipeline.transcribe import Transcriber
from qa_pipeline.transcribe.diarization import ENVIRONMENT as DIARIZATION_FOLDER
from qa_pipeline.transcribe.diarization import DiarizationModels, find_diarization
from qa_pipeline.transcribe.dispatch import MixedTranscriber
from qa_pipeline.transcribe.models import DeviceChoice, ModelChoice, resolve_device, resolve_model
from qa_pipeline.transcribe.sherpa import SherpaOptions, SherpaTranscriber, find_sherpa
from qa_pipeline.transcribe.store import RECOGNISER_VERSION
from qa_pipeline.transcribe.stored import StoredTranscriber
from qa_pipeline.transcribe.whisper import WhisperOptions, WhisperTranscriber

# Makes a recogniser; pickled into each worker, so a function of a module, a ``partial`` of one, or a frozen record.
MakeTranscriber: TypeAlias = Callable[[], Transcriber]
Source: TypeAlias = str | os.PathLike[str]

ENGINES = ("local", "ray")
NO_STORE = "none"
_GIB = 2**30

_ONLY_SPEED = frozenset({"model", "device", "compute_type", "batch_size"})
"""Options of the recogniser that do not change what is heard, or that the chosen model tells more exactly."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How recordings are to be worked on, whatever is done with them.

    ``jobs`` None: as many workers as cores, GPUs and memory allow; recordings are recognised outside this process even
    with 1, since a broken file may bring a decoder down. ``engine`` is ``local`` or ``ray``, which joins the cluster at
    ``ray_address`` (None: Ray on this machine alone). ``store`` is a folder of transcripts that several runs share,
    None the output folder's own, ``none`` keeps none. ``patience``: a recording is given up that takes so many times
    longer than its length lets expect, and at least 5 minutes. ``worker_memory_gb``: one that makes its worker grow
    beyond this many GiB is given up as well.

    ``manifest`` is a table of what is known of each recording; ``agent_channel`` is ``auto``, ``left``, ``right`` or a
    number, for recordings of which it does not say it. ``overwrite`` replaces what an earlier run left in the output
    folder; else a run of the same request goes on where that one stopped. ``recogniser`` makes another recogniser than
    faster-whisper; it is pickled into each worker.

    ``priority`` names a column of the manifest: higher figures go first. After ``time_budget_s`` seconds nothing more
    is begun, nor what would not be done by then. ``work_dir``: where working folders lie for output behind a URL.

    ``follow``: recordings are worked on as they land in the sources, when they have not changed for ``settle_s``; until
    nothing has landed for ``idle_s``, or for ``follow_s`` in all (None: for ever).
    """

    manifest: Source | None = None
    agent_channel: str = "auto"
    jobs: int | None = None
    overwrite: bool = False
    engine: str = "local"
    ray_address: str | None = None
    store: Source | None = None
    patience: float = 10.0
    worker_memory_gb: float | None = None
    recogniser: MakeTranscriber | None = None
    priority: str | None = None
    time_budget_s: Seconds | None = None
    work_dir: Source | None = None
    follow: bool = False
    settle_s: Seconds = 5.0
    idle_s: Seconds | None = None
    follow_s: Seconds | None = None

    def check(self) -> None:
        """Raise RequestError for what cannot be done."""
        if self.jobs is not None and self.jobs < 1:
            raise RequestError(f"--jobs {self.jobs}: at least one process must work.")
        if self.engine not in ENGINES:
            raise RequestError(f"--engine {self.engine}: unknown; use one of {', '.join(ENGINES)}.")
        if self.ray_address is not None and self.engine != "ray":
            raise RequestError(f"--ray-address {self.ray_address}: only --engine ray knows clusters.")
        if self.patience <= 0:
            raise RequestError(f"--patience {self.patience}: give a number of times above 0.")
        if self.worker_memory_gb is not None and self.worker_memory_gb <= 0:
            raise RequestError(f"--worker-memory {self.worker_memory_gb}: give a number of GiB above 0.")
        if self.time_budget_s is not None and self.time_budget_s <= 0:
            raise RequestError(f"--time-budget {self.time_budget_s}: give a time above 0.")
        if self.follow and (self.engine == "ray" or self.overwrite):
            raise RequestError("--follow goes with the local engine, and adds to what is there: no --overwrite.")

    @property
    def worker_memory_bytes(self) -> int | None:
        """How large a worker may grow."""
        return None if self.worker_memory_gb is None else int(self.worker_memory_gb * _GIB)


class Options(TypedDict, total=False):
    """Keyword arguments of ``score`` and ``transcribe``: those of ``RecogniserOptions`` and of ``RunOptions``."""

    model: str | None
    device: str
    compute_type: str | None
    batch_size: int
    beam_size: int
    language: str
    vad: VadOptions
    diarization: str | None
    vocabulary: Source | None
    manifest: Source | None
    agent_channel: str
    jobs: int | None
    overwrite: bool
    engine: str
    ray_address: str | None
    store: Source | None
    patience: float
    worker_memory_gb: float | None
    recogniser: MakeTranscriber | None
    priority: str | None
    time_budget_s: Seconds | None
    work_dir: Source | None
    follow: bool
    settle_s: Seconds
    idle_s: Seconds | None
    follow_s: Seconds | None


def parted(options: Mapping[str, Any]) -> tuple[RecogniserOptions, RunOptions]:
    """Keyword arguments as the two records that check them; ``vocabulary`` is the path of a file.

    Raises TypeError for a name that neither knows, RequestError for a vocabulary that cannot be read.
    """
    of_recogniser = {field.name for field in fields(RecogniserOptions)}
    asked = {name: value for name, value in options.items() if name in of_recogniser}
    rest = {name: value for name, value in options.items() if name not in of_recogniser}
    if (words := asked.pop("vocabulary", None)) is not None:
        asked["vocabulary"] = read_vocabulary(os.fspath(words))
    return RecogniserOptions(**asked), RunOptions(**rest)


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


def recipe(asked: RecogniserOptions, facts: Mapping[str, Any]) -> dict[str, Any]:
    """All that decides what will be heard: the model by its bytes, options, versions; not where, or how fast."""
    options = {name: value for name, value in asked.as_json().items() if name not in _ONLY_SPEED}
    return {
        "recogniser": RECOGNISER_VERSION,
        "model": facts["name"],
        "sha256": facts["sha256"],
        "compute_type": facts["compute_type"],
        **options,
        "diarization": asked.diarization or os.environ.get(DIARIZATION_FOLDER),
        "faster-whisper": importlib.metadata.version("faster-whisper"),
        "ctranslate2": importlib.metadata.version("ctranslate2"),
    }


def recipe_of(make: MakeTranscriber) -> dict[str, Any]:
    """What tells another recogniser from others: its ``recipe`` if it has one, else its name and what it was given."""
    given: Sequence[Any] = ()
    told = getattr(make, "recipe", None)
    if told is not None:
        return {"recogniser": told() if callable(told) else told}
    while isinstance(make, partial):
        given, make = [*given, *make.args, *sorted(make.keywords.items())], make.func
    if is_dataclass(make) and not isinstance(make, type):
        given = [*given, make]
    named = f"{getattr(make, '__module__', '')}.{getattr(make, '__qualname__', type(make).__qualname__)}"
    return {"recogniser": named, **({"given": [repr(one) for one in given]} if given else {})}


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
