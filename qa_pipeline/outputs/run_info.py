"""``run.json``: what was run, with which versions, options and digests, and what came of it.

It is there from the first second (``status`` running), so a folder always says whether it is whole.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from qa_pipeline.outputs.folder import RUN_INFO
from qa_pipeline.outputs.whole import whole_file

_PACKAGES = ("faster-whisper", "ctranslate2", "pyarrow", "av", "jieba")


def versions() -> dict[str, str | None]:
    """Versions of Python and of the packages that shape the result; None where one is not installed."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def model_sha256(model: str, weights_file: str = "model.bin") -> str | None:
    """The sha256 of ``weights_file`` in a model's directory; None where it does not lie there."""
    weights = Path(model) / weights_file
    if not weights.is_file():
        return None
    status = weights.stat()
    return _file_sha256(weights, status.st_size, status.st_mtime_ns)


@cache
def _file_sha256(path: Path, size: int, mtime_ns: int) -> str:
    """Of a file of gigabytes, once for each of its versions."""
    del size, mtime_ns
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_run_info(out: Path, info: Mapping[str, Any]) -> None:
    """Write ``run.json`` whole or not at all. Raises RequestError where the disk does not take it."""
    with whole_file(out / RUN_INFO, out) as path:
        path.write_text(json.dumps(info, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def earlier_runs(out: Path) -> list[dict[str, Any]]:
    """What ``run.json`` says of the run that lies in ``out`` and of those before it, oldest first; few words each."""
    try:
        info = json.loads((out / RUN_INFO).read_bytes())
        summary = info["summary"]
        told = {name: info.get(name) for name in ("started_at", "ended_at", "status", "error")}
        return [
            *info.get("earlier_runs", []),
            told | {name: summary.get(name) for name in ("calls", "failed", "wall_s")},
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
