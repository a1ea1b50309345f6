"""What a command makes of a scored folder, where it was asked for: on this machine, or behind a URL.

Behind a URL it is made in a temporary folder and put there when it is whole. A file is put whole or not at all; of a
folder the page that people open is put last, and what is left of an earlier one goes after that.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from qa_pipeline.errors import RequestError
from qa_pipeline.storage import WRITING, delete, each, entries, file_system, is_url, local_path, put, read_bytes, told

Place: TypeAlias = str | os.PathLike[str]
"""A file or folder of this machine, or an fsspec URL."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder of pages that a command writes and replaces as one.

    ``marker`` is the file that tells it from other folders, if ``is_ours`` says so of its content; ``page`` is what
    people open; ``own`` are the folders in which an earlier one may have left files. ``overwrite`` False: an earlier
    one stays.
    """

    marker: str
    page: str
    own: tuple[str, ...]
    is_ours: Callable[[bytes], bool] = lambda content: True
    overwrite: bool = True


@contextmanager
def delivered_file(out: Place) -> Iterator[Path]:
    """The file to write for ``out``: itself, or one that is put behind the URL. Raises RequestError if it cannot be."""
    if not is_url(out):
        yield Path(local_path(out))
        return
    url = os.fspath(out)
    with tempfile.TemporaryDirectory(prefix="qa-pipeline-") as temporary:
        path = Path(temporary) / url.rstrip("/").rsplit("/", 1)[-1]
        yield path
        with told(url, WRITING):
            put(path, url)


@contextmanager
def delivered_folder(out: Place, bundle: Bundle | None = None) -> Iterator[Path]:
    """The folder to write into for ``out``: itself, or one that is put behind the URL.

    Raises RequestError where the URL cannot be read or written, or holds what is no such ``bundle``; nothing there is
    changed then. Of a folder of this machine its writer says so. Without a ``bundle`` files are put beside what is
    there.
    """
    if not is_url(out):
        yield Path(local_path(out))
        return
    url = os.fspath(out).rstrip("/")
    with told(url, WRITING):
        before = _names(url)
        if bundle is not None:
            _check(url, before, bundle)
    with tempfile.TemporaryDirectory(prefix="qa-pipeline-") as temporary:
        folder = Path(temporary) / url.rsplit("/", 1)[-1]
        yield folder
        with told(url, WRITING):
            _put_all(folder, url, bundle)
            if bundle is not None:
                names = set(_files(folder))
                stale = [name for name in before if name.split("/")[0] in bundle.own and name not in names]
                each(lambda name: delete(f"{url}/{name}"), stale)


def _check(url: str, there: list[str], bundle: Bundle) -> None:
    """Raises RequestError where something else lies at ``url``, or an earlier bundle that is to stay."""
    if not there:
        return
    if bundle.marker not in there or not bundle.is_ours(read_bytes(f"{url}/{bundle.marker}")):
        raise RequestError(f"{url} 里有别的东西 holds something else: choose another --out")
    if not bundle.overwrite:
        raise RequestError(f"{url} 里已有一份 holds an earlier one: choose another --out, or --overwrite")


def _put_all(folder: Path, url: str, bundle: Bundle | None) -> None:
    """The marker first, so that a next try knows what it finds; the page last."""
    first, last = (bundle.marker, bundle.page) if bundle is not None else ("", "")
    names = _files(folder)
    for some in ([first], [name for name in names if name not in (first, last)], [last]):
        each(lambda name: put(folder / name, f"{url}/{name}"), [name for name in some if name in names])


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _names(url: str) -> list[str]:
    """What lies below ``url``, by name. Raises OSError, also where there is no such bucket."""
    file_system(url)[0].invalidate_cache()
    return [one.url.removeprefix(url).lstrip("/") for one in entries(url)]
