"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa_pipeline.errors import RequestError


@contextmanager
def whole_file(path: Path, out: Path) -> Iterator[Path]:
    """A temporary name beside ``path`` to write to; what was written lies on the disk before it takes the name.

    Folders are made. Raises RequestError, which names ``out``, where the disk does not take it; nothing half-written
    stays behind.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise cannot_write(out, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def cannot_write(out: Path, error: OSError) -> RequestError:
    """What to tell a person when the disk does not take the output."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RequestError(f"No space left for {out}. What is written there is readable; free some and run again.")
    return RequestError(f"{out} cannot be written: {error.strerror or error}. Choose another --out.")
