"""The folder that a run writes into: may we, what lies there already, and who else is at work in it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from qa_pipeline.durable import TEMPORARY, leftovers
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.journal import JOURNAL, read_journal
from qa_pipeline.outputs.parts import transcript_name
from qa_pipeline.records import Recording
from qa_pipeline.sources.identity import absolute

RUN_INFO = "run.json"
METRICS = "metrics.prom"
TABLE_FOLDERS = ("calls", "outcomes", "findings", "utterances")
TRANSCRIPTS = "transcripts"
"""The store that a run keeps in its own folder unless told otherwise."""

_LOCK = ".lock"


def check_out(out: Path) -> None:
    """See that ``out`` can be written and holds nothing that is not ours. Changes nothing; raises RequestError."""
    if out.exists() and not out.is_dir():
        raise RequestError(f"{out} is a file. Give --out a folder.")
    foreign = [path for path in _part_files(out) if not _is_ours(path)]
    if foreign:
        raise RequestError(f"{foreign[0]} was not written by qa-pipeline. Choose another --out.")
    _try_writing(out)


def unknown_run(out: Path) -> str | None:
    """What lies in ``out`` that no journal explains, in words; None where nothing does, and a run may go on there."""
    if (out / JOURNAL).is_dir():
        return None
    try:
        info = json.loads((out / RUN_INFO).read_bytes())
    except FileNotFoundError:
        return "the parts of an earlier run" if any(_part_files(out)) else None
    except (OSError, ValueError):
        return f"a {RUN_INFO} that is not ours"
    if not isinstance(info, dict):
        return f"a {RUN_INFO} that is not ours"
    begun = "request" in info and info.get("status") != "finished"  # stopped before its first part
    return None if begun else "a run of another kind or version"


def clear_out(out: Path, recordings: Sequence[Recording]) -> None:
    """Delete what an earlier run wrote into ``out``, and nothing else; then make the folder.

    The store of transcripts stays: what is equal need not be recognised again, and the rest goes when the new run ends.
    Raises RequestError, and deletes nothing, where one of ``recordings`` would go with it.
    """
    doomed = {absolute(path) for path in _stored_transcripts(out)} & {recording.path for recording in recordings}
    if doomed:
        raise RequestError(f"--overwrite would delete {min(doomed)}, which is among the sources. Choose another --out.")
    # The journal goes last: until then the folder says what it held.
    for path in [*_stored_transcripts(out), *_part_files(out), out / METRICS, out / RUN_INFO]:
        path.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)


def sweep_out(out: Path) -> None:
    """Delete what a killed run left: half-written files, and parts of tables that no journal names."""
    parts = {f"part-{part:05d}" for part in read_journal(out).parts}
    for path in [*leftovers(out), *_part_files(out)]:
        if path.name.endswith(TEMPORARY) or path.stem not in parts:
            path.unlink(missing_ok=True)


@contextmanager
def only_us(out: Path) -> Iterator[None]:
    """Hold ``out`` for this run. Raises RequestError where another run that is alive holds it.

    The system lets go of it when this process ends, however it ends. Where it has no such locks nothing is held.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    out.mkdir(parents=True, exist_ok=True)
    with (out / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RequestError(f"Another run is writing into {out}. Wait for it, or choose another --out.") from None
        except OSError:  # a file system without locks
            yield
            return
        yield


def _part_files(out: Path) -> Iterator[Path]:
    """Whatever lies in the folders of the tables, then of the journal."""
    for name in (*TABLE_FOLDERS, JOURNAL):
        if (out / name).is_dir():
            yield from sorted((out / name).iterdir())


def _is_ours(path: Path) -> bool:
    return path.is_file() and path.name.lstrip(".").startswith("part-")


def _stored_transcripts(out: Path) -> list[Path]:
    """The stored transcripts that ``transcribe`` wrote into ``out``, as its journal says."""
    journal = read_journal(out)
    if not any(request.get("command") == "transcribe" for request in journal.requests):
        return []
    names = [transcript_name(entry.recording.recording_id) for entry in journal.entries]
    return [out / name for name in names if (out / name).is_file()]


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
