"""Files that are there whole or not at all, and stay, whatever ends the process or the machine in between."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TEMPORARY = ".tmp"
"""What the name of a half-written file ends with. It begins with a dot, and no reader's glob finds it."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary name beside ``path`` to write to; it takes the name once its bytes lie on the disk.

    Folders are made. Raises OSError, and leaves what had the name before, where the disk does not take it. Only a
    process that is killed leaves its temporary file behind.
    """
    temporary = path.with_name(f".{path.name[:200]}.{os.getpid()}{TEMPORARY}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``, whole or not at all. Raises OSError."""
    with whole(path) as temporary:
        temporary.write_bytes(content)


def leftovers(folder: Path) -> list[Path]:
    """The half-written files that killed processes left in ``folder`` itself, sorted."""
    return sorted(path for path in folder.glob(f".*{TEMPORARY}") if path.is_file())


def _sync_folder(folder: Path) -> None:
    """A new name is only safe once its folder is; systems that cannot open folders have no need to."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
