"""Writing into the output folder: files whole or not at all, and words for a disk that does not take them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa_pipeline.durable import whole
from qa_pipeline.errors import RequestError


@contextmanager
def whole_file(path: Path, out: Path) -> Iterator[Path]:
    """A temporary name beside ``path`` to write to; what was written lies on the disk before it takes the name.

    Folders are made. Raises RequestError, which names ``out``, where the disk does not take it; nothing half-written
    stays behind.
    """
    try:
        with whole(path) as temporary:
            yield temporary
    except OSError as error:
        raise cannot_write(out, error) from error


def cannot_write(out: Path, error: OSError) -> RequestError:
    """What to tell a person when the disk does not take the output."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RequestError(f"No space left for {out}. What is written there is readable; free some and run again.")
    if error.errno == errno.EFBIG:
        return RequestError(f"A file in {out} may not grow any more (ulimit -f). Raise the limit and run again.")
    return RequestError(f"{out} cannot be written: {error.strerror or error}. Choose another --out.")
