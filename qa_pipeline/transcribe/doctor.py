"""What this machine can do, and what to install: the checks behind ``qa-pipeline doctor``.

Nothing is downloaded and no check raises: what fails is a finding. Names and advice are in Chinese and English.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from qa_pipeline.errors import RequestError
from qa_pipeline.shipped import demo_model_folder
from qa_pipeline.transcribe import models

DECODERS = ("pcm_alaw", "pcm_mulaw", "gsm", "gsm_ms", "mp3", "amrnb", "amrwb", "opus", "flac", "aac", "g722", "g729")
"""What telephony really produces."""

_CUDA_LIBRARIES = {"libcublas.so.12": "nvidia-cublas-cu12", "libcudnn.so.9": "nvidia-cudnn-cu12"}
_CACHE_NEEDS_GB = 4.0
_GB = 1 << 30


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``ok``: True good, False wrong, None neither (worth knowing, not an error)."""

    name: str
    ok: bool | None
    found: str
    advice: str = ""


def examine(model: str | None = None) -> list[Check]:
    """Look at everything a run needs, for ``model`` as ``--model`` takes it (None: the one that suits the machine)."""
    looks: dict[str, Callable[[], Iterator[Check]]] = {
        "本机 machine": _machine,
        "计算设备 device": _device,
        "CUDA": _cuda_libraries,
        "识别引擎 recogniser": _recogniser,
        "语音检测 speech activity": _speech_activity,
        "音频解码 decoders": _decoders,
        "识别模型 model": partial(_model, model),
        "模型缓存 model cache": _disk,
    }
    return [check for name, look in looks.items() for check in _safely(name, look)]


def _safely(name: str, look: Callable[[], Iterator[Check]]) -> list[Check]:
    """A doctor who faints helps nobody: what a look itself trips over is its finding."""
    try:
        return list(look())
    except Exception as error:  # a broken installation fails in any way it likes
        return [Check(name, False, f"{type(error).__name__}: {error}", "重新安装依赖 / reinstall the dependencies")]


def _machine() -> Iterator[Check]:
    recent = sys.version_info >= (3, 11)
    yield Check("Python", recent, f"{platform.python_version()} ({platform.platform()})", "" if recent else "3.11+")
    memory = models.physical_memory()
    enough = memory is None or memory >= 2 * _GB
    yield Check(
        "处理器与内存 CPU and memory",
        enough,
        f"{models.usable_cores()} 核 cores, {'?' if memory is None else round(memory / _GB, 1)} GB",
        "" if enough else "内存不足 2 GB，请减小 --jobs / less than 2 GB of memory: use fewer --jobs",
    )


def _device() -> Iterator[Check]:
    gpus = models.cuda_devices()
    yield Check(
        "显卡 GPU",
        True if gpus else None,
        f"{gpus} 块 NVIDIA GPU" if gpus else "无，使用 CPU / none, the CPU is used",
        "" if gpus else "有显卡时请先装驱动（nvidia-smi 可见）/ with a GPU, install its driver first",
    )
    for device in ("cpu", "cuda") if gpus else ("cpu",):
        types = models.compute_types(device)
        yield Check(f"计算类型 compute types ({device})", bool(types), ", ".join(types) or "无 none")


def _cuda_libraries() -> Iterator[Check]:
    if not models.cuda_devices():
        return
    for library, package in _CUDA_LIBRARIES.items():
        loads = _loads(library)
        advice = "" if loads else f"pip install {package}，并加入 LD_LIBRARY_PATH / and add it to LD_LIBRARY_PATH"
        yield Check(f"CUDA {library}", loads, "可加载 loads" if loads else "缺失 missing", advice)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _recogniser() -> Iterator[Check]:
    for package in ("faster-whisper", "ctranslate2", "av", "onnxruntime"):
        try:
            yield Check(package, True, version(package))
        except PackageNotFoundError:
            yield Check(package, False, "未安装 not installed", f"pip install {package}")


def _speech_activity() -> Iterator[Check]:
    import numpy as np

    from qa_pipeline.audio.silero import FRAME, speech_probabilities

    silence = speech_probabilities([np.zeros(FRAME * 4, np.float32)])
    good = silence.shape == (1, 4) and bool((silence < 0.1).all())
    yield Check("语音检测 speech activity (Silero)", good, "可用 works" if good else "结果异常 odd result")


def _decoders() -> Iterator[Check]:
    import av

    missing = [codec for codec in DECODERS if codec not in av.codec.codecs_available]
    yield Check(
        "音频解码 decoders (FFmpeg)",
        not missing,
        "缺少 missing: " + ", ".join(missing) if missing else ", ".join(DECODERS),
        "请用 PyPI 的 av 轮子：pip install --force-reinstall av / use PyPI's wheel of av" if missing else "",
    )


def _model(model: str | None) -> Iterator[Check]:
    demo_missing = models.missing_files(demo_model_folder())
    yield Check(
        "演示模型 demo model",
        not demo_missing,
        "在 present" if not demo_missing else "缺少 missing: " + ", ".join(demo_missing),
        "" if not demo_missing else "重新安装本软件 / reinstall this package",
    )
    name, why = (model, "按指定 as asked for") if model else models.suited_model(models.resolve_device().device)
    yield _model_check(name, why)


def _model_check(name: str, why: str) -> Check:
    title = f"识别模型 model {name}"
    try:
        folder = models.find_model(name)
    except RequestError as error:
        return Check(title, False, why, str(error))
    if folder is not None:
        return Check(title, True, f"{folder} ({why})")
    return Check(title, None, f"本机没有 not on this machine ({why})", models.how_to_get(name))


def _disk() -> Iterator[Check]:
    from huggingface_hub.constants import HF_HUB_CACHE

    folder = Path(HF_HUB_CACHE)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free / _GB
    roomy, writable = free >= _CACHE_NEEDS_GB, os.access(folder, os.W_OK)
    advice = "模型需约 1-3 GB，可用 HF_HOME 换到别的盘 / models take 1-3 GB: set HF_HOME to another disk"
    found = f"{HF_HUB_CACHE}: {free:.1f} GB 可用 free" + ("" if writable else "，不可写 not writable")
    yield Check(
        "模型缓存 model cache", True if roomy and writable else None, found, "" if roomy and writable else advice
    )
