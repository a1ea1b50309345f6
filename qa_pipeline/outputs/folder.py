"""The folder that a run writes into: may we, and what lies there already."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from qa_pipeline.errors import RequestError
from qa_pipeline.records import Recording
from qa_pipeline.sources.identity import absolute

RUN_INFO = "run.json"
METRICS = "metrics.prom"
TABLE_FOLDERS = ("calls", "outcomes", "findings", "utterances")


def check_out(out: Path, *, overwrite: bool) -> None:
    """See that ``out`` can be written and holds no other run. Changes nothing; raises RequestError."""
    if out.exists() and not out.is_dir():
        raise RequestError(f"{out} is a file. Give --out a folder.")
    if not overwrite and (status := _earlier_run(out)):
        raise RequestError(f"{out} holds {status}. Choose another --out, or replace it with --overwrite.")
    foreign = [path for path in _table_files(out) if not _is_ours(path)]
    if foreign:
        raise RequestError(f"{foreign[0]} was not written by qa-pipeline. Choose another --out.")
    _try_writing(out)


def clear_out(out: Path, recordings: Sequence[Recording]) -> None:
    """Delete what an earlier run wrote into ``out``, and nothing else; then make the folder.

    Raises RequestError, and deletes nothing, where one of ``recordings`` would go with it.
    """
    doomed = {absolute(path) for path in _stored_transcripts(out)} & {recording.path for recording in recordings}
    if doomed:
        raise RequestError(f"--overwrite would delete {min(doomed)}, which is among the sources. Choose another --out.")
    for path in (out / RUN_INFO, out / METRICS, *_table_files(out), *_stored_transcripts(out)):
        path.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)


def _earlier_run(out: Path) -> str | None:
    """What an earlier run left in ``out``, in words; None where nothing lies there."""
    try:
        status = json.loads((out / RUN_INFO).read_bytes()).get("status")
    except FileNotFoundError:
        return "the parts of an earlier run" if any(_table_files(out)) else None
    except (OSError, ValueError, AttributeError):
        return f"a {RUN_INFO} that is not ours"
    return "a finished run" if status == "finished" else "a run that was not finished"


def _table_files(out: Path) -> Iterator[Path]:
    """Whatever lies in the tables' folders."""
    for name in TABLE_FOLDERS:
        if (out / name).is_dir():
            yield from sorted((out / name).iterdir())


def _is_ours(path: Path) -> bool:
    return path.is_file() and path.name.lstrip(".").startswith("part-")


def _stored_transcripts(out: Path) -> Iterator[Path]:
    """The stored transcripts that the run in ``out`` says it wrote."""
    try:
        written = json.loads((out / RUN_INFO).read_bytes()).get("written", [])
    except (OSError, ValueError, AttributeError):
        return
    for name in written:
        if isinstance(name, str) and Path(name).name == name and name.endswith(".json"):
            yield out / name


def _try_writing(out: Path) -> None:
    """Write an empty file where the output will lie, or in the nearest folder above that exists."""
    folder = out
    while not folder.exists():
        folder = folder.parent
    try:
        if not folder.is_dir():
            raise NotADirectoryError(20, f"{folder} is a file")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror or error}. Choose another --out.") from error
    if out.exists() and not os.access(out, os.W_OK | os.X_OK):
        raise RequestError(f"{out} cannot be written: permission denied. Choose another --out.")
