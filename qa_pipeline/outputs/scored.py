"""A scored folder, opened wherever it lies: every command that reads one opens it here.

A folder of this machine is read in place. Of one behind a URL what the command needs is fetched into a temporary folder
that goes when the command ends: what citizens said stays where it is kept. Recordings are never fetched here.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.folder import RUN_INFO, TABLE_FOLDERS, TRANSCRIPTS
from qa_pipeline.outputs.journal import JOURNAL
from qa_pipeline.outputs.journal import Entry as Judged
from qa_pipeline.storage import (
    READING,
    Entry,
    as_os_error,
    each,
    entries,
    fetch,
    file_system,
    folders,
    is_url,
    local_path,
    told,
)
from qa_pipeline.transcribe.store import file_of

Place: TypeAlias = str | os.PathLike[str]
"""A folder of this machine, or an fsspec URL."""

CALLS = "calls"
TABLES = (RUN_INFO, *TABLE_FOLDERS)
JUDGED = (RUN_INFO, JOURNAL, *TABLE_FOLDERS)
"""What tells which calls there are, what was said of them and by what, and where their transcripts lie."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored folder: ``folder`` is read, ``named`` is what people call it."""

    folder: Path
    named: str

    @property
    def url(self) -> str | None:
        """Where it lies, unless on this machine."""
        return self.named if is_url(self.named) else None

    def store(self, heard: Iterable[Judged], into: Path | None = None) -> Path:
        """The folder of the transcripts that ``heard`` names: in the scored folder, unless its run named another store.

        Behind a URL they are fetched ``into`` a folder first (None: beside the tables), save those that lie there
        already. Raises RequestError where they are not to be had.
        """
        if self.url is None:
            return store_of(self.folder)
        store = into or self.folder / TRANSCRIPTS
        wanted = {file_of(entry.key) for entry in heard if entry.key is not None}
        with told(f"{self.url}/{TRANSCRIPTS}", READING):
            there = {one.url.split(f"/{TRANSCRIPTS}/")[-1] for one in _listed(f"{self.url}/{TRANSCRIPTS}")}
            if not there and (elsewhere := _named_store(self.folder)):
                return elsewhere
            lacking = sorted(name for name in wanted & there if not (store / name).is_file())
            each(lambda name: fetch(f"{self.url}/{TRANSCRIPTS}/{name}", store / name), lacking)
        return store


@contextmanager
def opened(place: Place, parts: Sequence[str] = TABLES) -> Iterator[Scored]:
    """The scored folder at ``place``, with those ``parts`` of it that are there (files and folders of it, by name).

    Raises RequestError where a URL is not to be read, or holds no scorecards. Of a folder of this machine its reader
    says so.
    """
    if not is_url(place):
        yield Scored(Path(local_path(place)), os.fspath(place))
        return
    url = os.fspath(place).rstrip("/")
    with _copied(url) as folder:
        with told(url, READING):
            if not _fetch_parts(url, folder, parts):
                raise RequestError(_nothing(url))
        yield Scored(folder, url)


def store_of(folder: Path) -> Path:
    """Where the transcripts of a scored ``folder`` lie: in it, unless its run named another store."""
    own = folder / TRANSCRIPTS
    return own if own.is_dir() else _named_store(folder) or own


def _named_store(folder: Path) -> Path | None:
    """The store that the run says it used, where that is a folder of this machine."""
    try:
        named = json.loads((folder / RUN_INFO).read_bytes()).get("store")
    except (OSError, ValueError, AttributeError):
        return None
    return Path(named) if isinstance(named, str) and Path(named).is_dir() else None


@contextmanager
def opened_files(place: Place, names: Iterable[str]) -> Iterator[Path]:
    """The folder at ``place``; of one behind a URL, those of its files ``names`` that are there.

    Raises RequestError where there is no such folder.
    """
    if not is_url(place):
        folder = Path(local_path(place))
        if not folder.is_dir():
            raise RequestError(f"{folder}: 没有这个文件夹 no such folder")
        yield folder
        return
    url = os.fspath(place).rstrip("/")
    with _copied(url) as folder:
        with told(url, READING):
            there = {one.url.removeprefix(url).lstrip("/") for one in _listed(url)}
            if not there:
                raise RequestError(f"{url}: 没有这个文件夹 no such folder")
            each(lambda name: fetch(f"{url}/{name}", folder / name), sorted(there.intersection(names)))
        yield folder


@contextmanager
def opened_corpus(place: Place) -> Iterator[Scored]:
    """Calls to judge again: a scored folder, or stored transcripts (a folder of ``*.json``, or one of them)."""
    if not is_url(place):
        yield Scored(Path(local_path(place)), os.fspath(place))
        return
    url = os.fspath(place).rstrip("/")
    with _copied(url) as folder:
        with told(url, READING):
            if not _fetch_parts(url, folder, JUDGED):
                stored = [one.url for one in _listed(url) if one.url.endswith((".json", ".jsonl"))]
                each(lambda one: fetch(one, folder / (one.removeprefix(url).lstrip("/") or folder.name)), stored)
        yield Scored(folder / folder.name if (folder / folder.name).is_file() else folder, url)


def scored_folders(place: Place) -> list[Place]:
    """``place`` where it is a scored folder, else those that lie directly in it, sorted. Raises RequestError."""
    if not is_url(place):
        root = Path(local_path(place))
        below = [root] if _has_calls(root) else sorted(path for path in root.glob("*/") if _has_calls(path))
        if not below:
            raise RequestError(f"{root} 里没有评分表 holds no scorecards, nor do its folders")
        return list(below)
    url = os.fspath(place).rstrip("/")
    with told(url, READING):
        found = [url] if _lies_at(url) else [one for one in _folders(url) if _lies_at(one)]
        if not found:
            raise RequestError(_nothing(url))
    return list(found)


@contextmanager
def _copied(url: str) -> Iterator[Path]:
    """An empty folder that is called as ``url`` is. What is said of it is said of the URL."""
    file_system(url)  # a scheme that nobody knows is told as it was given
    with tempfile.TemporaryDirectory(prefix="qa-pipeline-") as temporary:
        folder = Path(temporary) / (url.rsplit("/", 1)[-1] or "scored")
        folder.mkdir()
        try:
            yield folder
        except RequestError as error:
            if str(folder) not in str(error):
                raise
            raise RequestError(str(error).replace(str(folder), url)) from error


def _fetch_parts(url: str, folder: Path, parts: Sequence[str]) -> bool:
    """Fetch ``parts`` of the scored folder at ``url``; whether it is one.

    ``calls`` are listed first: a run that is at work there puts their details before them.
    """
    calls = _listed(f"{url}/{CALLS}")
    if not calls:
        return False
    wanted = [*calls, *(one for part in parts if part != CALLS for one in _listed(f"{url}/{part}"))]
    each(lambda one: fetch(one.url, folder / one.url.removeprefix(url).lstrip("/")), wanted)
    return True


def _listed(url: str) -> list[Entry]:
    """What lies at ``url`` or below it, hidden things left out; none where there is no such place."""
    file_system(url)[0].invalidate_cache()
    try:
        found = entries(url)
    except FileNotFoundError:
        return []
    return [one for one in found if "/." not in one.url.removeprefix(url)]


def _folders(url: str) -> list[str]:
    try:
        return folders(url)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _nothing(url: str) -> str:
    """Why no calls were found at ``url``. Raises OSError."""
    system, at = file_system(url)
    with as_os_error():
        there = system.exists(at)
    if not there:
        return f"{url}: 没有这个文件夹 no such folder"
    return f"{url} 里没有评分表 holds no scorecards: give what `score --out` wrote"


def _lies_at(url: str) -> bool:
    return any(one.url.endswith(".parquet") for one in _listed(f"{url}/{CALLS}"))


def _has_calls(folder: Path) -> bool:
    return any((folder / CALLS).glob("*.parquet"))
