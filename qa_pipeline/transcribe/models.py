"""Which model and which device: what was asked for, what suits this machine, and what to do where neither is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_pipeline.errors import RequestError
from qa_pipeline.shipped import demo_model_folder

DEMO = "demo"
DEVICES = ("auto", "cpu", "cuda")
NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""What a CTranslate2 Whisper folder must hold, besides ``vocabulary.json`` or ``vocabulary.txt``."""

CONNECT_TIMEOUT_S = 10
"""How long a dead network may keep anyone waiting for an answer from the hub."""

_GB = 1 << 30


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model ready to load: ``name`` as scorecards call it, ``folder`` where it lies, ``why`` in one sentence.

    ``weights`` is its largest file there. ``sherpa``: it is one of sherpa-onnx's (SenseVoice, Paraformer), no Whisper.
    """

    name: str
    folder: str
    why: str
    weights: str = "model.bin"
    sherpa: bool = False

    @property
    def is_demo(self) -> bool:
        """Whether this is the bundled model, which knows the sample voices only."""
        return self.name == DEMO


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """``device`` is ``cpu`` or ``cuda``, ``compute_type`` one that it supports."""

    device: str
    compute_type: str


def resolve_device(device: str = "auto", compute_type: str | None = None) -> DeviceChoice:
    """Where to compute, and how: float16 on a GPU and int8 on a CPU unless ``compute_type`` says otherwise.

    Raises ``RequestError`` where a GPU is asked for and there is none, or the type is not supported there.
    """
    if device not in DEVICES:
        raise RequestError(f"--device {device}: unknown; use one of {', '.join(DEVICES)}")
    gpus = cuda_devices()
    if device == "cuda" and gpus == 0:
        raise RequestError(
            "--device cuda: CTranslate2 sees no NVIDIA GPU here; check the driver with nvidia-smi, "
            "or use --device cpu. `qa-pipeline doctor` says what is missing"
        )
    device = "cuda" if device == "cuda" or (device == "auto" and gpus) else "cpu"
    return DeviceChoice(device, _compute_type(device, compute_type))


def _compute_type(device: str, wanted: str | None) -> str:
    if wanted in (None, "auto", "default"):
        supported = compute_types(device)
        preferred = ("float16", "int8_float16", "float32") if device == "cuda" else ("int8", "float32")
        return next((kind for kind in preferred if kind in supported), "default")
    supported = compute_types(device)
    if wanted not in supported:
        raise RequestError(
            f"--compute-type {wanted}: not supported on {device} here; use one of {', '.join(supported)}"
        )
    return str(wanted)


def cuda_devices() -> int:
    """How many GPUs CTranslate2 can use; 0 where there is no driver."""
    import ctranslate2

    try:
        return int(ctranslate2.get_cuda_device_count())
    except RuntimeError:
        return 0


def compute_types(device: str) -> tuple[str, ...]:
    """The compute types that CTranslate2 supports on ``device`` here, sorted."""
    import ctranslate2

    try:
        return tuple(sorted(ctranslate2.get_supported_compute_types(device)))
    except (RuntimeError, ValueError):
        return ()


def resolve_model(name: str | None, device: str) -> ModelChoice:
    """The model to load on ``device`` (``cpu`` or ``cuda``), downloaded if need be.

    ``name``: None for one that suits the machine, ``demo``, a CTranslate2 folder, a folder with SenseVoice or
    Paraformer for sherpa-onnx, a size that faster-whisper knows, or a hub id ``owner/name``. Raises ``RequestError``,
    with what to do, where it is neither here nor to be had.
    """
    sherpa = _sherpa_model(name) if name is not None else None
    if sherpa is not None:
        return sherpa
    name, why = (name, "as asked for") if name is not None else suited_model(device)
    folder = find_model(name)
    if name == DEMO:
        why = "the bundled model; it knows the sample voices only"
    elif Path(name).expanduser().is_dir():
        name = Path(name).expanduser().resolve().name
    return ModelChoice(name, folder or _from_hub(name, why), why)


def _sherpa_model(name: str) -> ModelChoice | None:
    """A model for sherpa-onnx, where ``name`` is a folder that holds one."""
    from qa_pipeline.transcribe.sherpa import find_sherpa

    folder = Path(name).expanduser()
    found = find_sherpa(folder) if folder.is_dir() else None
    if found is None:
        return None
    return ModelChoice(found.name, str(folder), f"as asked for: {found.kind}", Path(found.weights).name, sherpa=True)


def find_model(name: str) -> str | None:
    """The folder of the model ``name`` on this machine; None where the hub would have to be asked.

    Raises ``RequestError`` for a folder that holds no model, and for a name that no hub can know.
    """
    if name == DEMO:
        return _checked_folder(demo_model_folder())
    folder = Path(name).expanduser()
    if folder.is_dir():
        return str(folder) if _sherpa_model(name) is not None else _checked_folder(folder)
    _refuse_what_no_hub_has(name)
    return cached_folder(name)


def suited_model(device: str, cores: int | None = None, memory_bytes: int | None = None) -> tuple[str, str]:
    """The model that suits a machine, and why, in one sentence. Chinese needs all the size it can get."""
    if device == "cuda":
        return "large-v3-turbo", "chosen for the GPU: nearly large-v3's accuracy in Chinese at several times its speed"
    cores = cores or usable_cores()
    memory = memory_bytes or physical_memory() or 4 * _GB
    described = f"{cores} CPU cores and {memory / _GB:.0f} GB of memory"
    if cores >= 16 and memory >= 16 * _GB:
        return "large-v3-turbo", f"chosen for {described}: enough for the most accurate one in a night"
    if cores >= 4 and memory >= 4 * _GB:
        return "small", f"chosen for {described}: a larger one would not finish a night's recordings"
    return "base", f"chosen for {described}; expect many wrong characters, a GPU or more cores allow a better one"


def usable_cores() -> int:
    """The CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def physical_memory() -> int | None:
    """Bytes of RAM; None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def missing_files(folder: Path) -> tuple[str, ...]:
    """What a folder lacks to be a CTranslate2 Whisper model."""
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if not any(folder.glob("vocabulary.*")):
        missing.append("vocabulary.json")
    return tuple(missing)


def cached_folder(name: str) -> str | None:
    """Where the hub model ``name`` lies in this machine's cache; None where it does not."""
    from faster_whisper.utils import download_model

    try:
        folder = str(download_model(name, local_files_only=True))
    except Exception:  # huggingface_hub raises many kinds, which differ between its versions: none of them means here
        return None
    return None if missing_files(Path(folder)) else folder


def _checked_folder(folder: Path) -> str:
    missing = missing_files(folder)
    if missing:
        raise RequestError(
            f"--model {folder}: not a CTranslate2 Whisper model, it lacks {', '.join(missing)} "
            "(nor SenseVoice or Paraformer for sherpa-onnx: tokens.txt and a .onnx file). "
            "A model from Hugging Face in PyTorch form is converted with: ct2-transformers-converter "
            "--model openai/whisper-small --output_dir DIR --copy_files tokenizer.json preprocessor_config.json"
        )
    return str(folder)


def _refuse_what_no_hub_has(name: str) -> None:
    """Paths and misspelt sizes are answered at once rather than by a hub."""
    from difflib import get_close_matches

    from faster_whisper.utils import available_models

    if name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        raise RequestError(f"--model {name}: no such folder; name a folder with {', '.join(NEEDED)} in it")
    known = [*available_models(), DEMO]
    if "/" not in name and name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise RequestError(f"--model {name}: neither a folder nor a known size ({', '.join(known)}){hint}")


def _from_hub(name: str, why: str) -> str:
    try:
        folder = _download(name)
    except Exception as error:  # as above: HTTP, TLS, DNS, disk, a repository that is not there
        raise RequestError(
            f"the model {name} ({why}) is neither in this machine's cache nor can it be downloaded ({_cause(error)}).\n"
            + how_to_get(name)
        ) from error
    return _checked_folder(Path(folder))


def _download(name: str) -> str:
    """Through faster-whisper as usual, but only after one quick look whether the hub answers at all."""
    from faster_whisper.utils import download_model

    _hub_answers()
    return str(download_model(name))


def _hub_answers() -> None:
    """Raises ``OSError`` within ``CONNECT_TIMEOUT_S`` where no hub answers; huggingface_hub would retry for minutes."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE

    if HF_HUB_OFFLINE:
        raise OSError("HF_HUB_OFFLINE is set")
    try:
        with urlopen(Request(ENDPOINT, method="HEAD"), timeout=CONNECT_TIMEOUT_S):  # goes through the proxy settings
            pass
    except HTTPError:
        return  # an answer, whatever it says


def _cause(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:200]}" if text else type(error).__name__


def how_to_get(name: str) -> str:
    """What a person can do to have the model ``name`` here, one way a line."""
    return (
        f"  - With a network, run again: {name} is downloaded once. Behind a mirror, set HF_ENDPOINT first.\n"
        f"  - Or fetch it elsewhere (`hf download {_hub_id(name)} --local-dir whisper-model`), "
        "copy that folder here and use `--model whisper-model`.\n"
        "  - Any folder with a CTranslate2 Whisper model works: `--model FOLDER`.\n"
        "  - To try the bundled samples only: `--model demo` (it knows no other voices)."
    )


def _hub_id(name: str) -> str:
    from faster_whisper import utils

    known: Mapping[str, Any] = getattr(utils, "_MODELS", {})
    return str(known.get(name, name))
