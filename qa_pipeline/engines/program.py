"""The program as far as it decides what stands in a scorecard, as one digest.

Outcomes that were found by another program are not told again but found again. So the digest is over the sources and
the data of everything between a stored transcript and a row, and over the versions of the libraries that do the work:
what a release number promises, and what a change under development would break.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import qa_pipeline

ROOT = Path(qa_pipeline.__file__).parent
FOLDERS = ("features", "rules", "text")
FILES = (
    "pipeline.py",
    "records.py",
    "outputs/parquet.py",
    "outputs/rows.py",
    "outputs/schema.py",
    "transcribe/codec.py",
    "transcribe/store.py",
)
ASIDE = ("rules/diff", "rules/formats", "rules/lints", "rules/starter")
"""What lies in those folders and judges no call."""

LIBRARIES = ("ahocorasick-rs", "google-re2", "jieba", "numpy", "opencc", "pyarrow", "pydantic", "rapidfuzz", "snownlp")


@cache
def program() -> str:
    """The digest; equal on machines with equal programs."""
    whole = hashlib.sha256("\n".join((qa_pipeline.__version__, platform.python_version(), *_libraries())).encode())
    for path in sorted(files()):
        whole.update(f"\n{path.relative_to(ROOT).as_posix()}\n".encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()[:32]


def files() -> Iterator[Path]:
    """The files that it is over."""
    yield from (ROOT / name for name in FILES)
    aside = tuple(ROOT / name for name in ASIDE)
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            kept = "__pycache__" in path.parts or any(path.is_relative_to(other) for other in aside)
            if path.is_file() and not kept:
                yield path


def _libraries() -> Iterator[str]:
    for name in LIBRARIES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} -"
