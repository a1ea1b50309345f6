"""What a recording is called: ids that are stable, unique, and never hold a digit of a telephone number."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from qa_pipeline.storage import is_url, local_path

# Consonants only: twenty letters spell no words, and no run of digits can be a number. 20**16 is about 2**69.
_ALPHABET = "bcdfghjklmnpqrstvwxz"


def letters(digest: bytes, count: int) -> str:
    """``count`` letters that stand for ``digest``; equal digests give equal letters."""
    number = int.from_bytes(digest, "big")
    spelled = []
    for _ in range(count):
        number, rest = divmod(number, len(_ALPHABET))
        spelled.append(_ALPHABET[rest])
    return "".join(spelled)


def absolute(path: str | os.PathLike[str]) -> str:
    """``path`` from the root, without ``.`` and ``..``, symbolic links kept as they are named; a URL as it is."""
    if is_url(path):
        return os.fspath(path)
    return os.path.abspath(local_path(path))  # noqa: PTH100 - Path.resolve() would follow links, Path.absolute() keeps ``..``


def derived_id(path: str, content: bytes) -> str:
    """The id of a recording that nobody named: from its absolute ``path`` (links kept) and its content's sha256.

    Of an object behind a URL, its store's version mark stands for the content, which is not fetched for a name.

    So two equal files in two places are two recordings, and a file that was replaced is a new one.
    """
    digest = hashlib.sha256(os.fsencode(absolute(path)) + b"\0" + content).digest()
    return "rec-" + letters(digest, 16)


def path_letters(path: str, count: int = 8) -> str:
    """Letters that tell ``path`` from every other path."""
    return letters(hashlib.sha256(os.fsencode(absolute(path))).digest(), count)


def content_sha256(path: str) -> bytes:
    """The sha256 of the file's bytes. Raises OSError where it cannot be read."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def file_name_for(recording_id: str) -> str:
    """A file name, without extension, for ``recording_id``: itself where every file system takes it, else made safe.

    An id that had to be changed gets letters from its own digest, so two ids never share a name.
    """
    safe = "".join(char if char.isalnum() or char in "-_." else "_" for char in recording_id)[:100]
    safe = safe.lstrip(".-") or "recording"
    if safe == recording_id:
        return safe
    return f"{safe}-{letters(hashlib.sha256(recording_id.encode('utf-8', 'replace')).digest(), 8)}"


def printable(path: str) -> str:
    """``path`` as text that every encoding takes: bytes of a name that are no UTF-8 are shown as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
