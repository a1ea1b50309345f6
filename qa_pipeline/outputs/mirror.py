"""An output folder behind a URL: a folder of this machine that the run writes into, and its copy in the store.

The folder gives the guarantees (whole files, a journal, resuming); the copy follows it. A file is put whole, and what
says that something is done is put after what it speaks of: the journal is read first and put last. So whatever is
there at any moment is a run that can be read and resumed, from another machine too.

Whose word counts when a run begins again: the store's, unless what lies there came from this folder; then the folder
may know more, and goes on. What was not yet put when a machine died for good is done again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from qa_pipeline.durable import TEMPORARY, write_whole
from qa_pipeline.outputs.folder import METRICS, RUN_INFO, TABLE_FOLDERS
from qa_pipeline.storage import Entry, as_os_error, delete, entries, entry, file_system, put_bytes

_REPORTS = (METRICS, RUN_INFO)
"""They say how things stand, are written again and again, and decide nothing."""
_AT_TOP = (".json", ".prom")
_AT_ONCE = 8
_STATE, _HOPES = "mirror.json", "puts.jsonl"
_CALLS, _JOURNAL, _STORE = "calls/", "journal/", "transcripts/"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Put:
    """A file as it was when it was put: its size and time here, and the mark of its version there."""

    size: int
    mtime_ns: int
    version: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file that is to be put: its content is of that size and time, or newer."""

    name: str
    size: int
    mtime_ns: int
    content: bytes


@dataclass
class Mirror:
    """``url`` and the working folder that belongs to it below ``work``. One run at a time may use it."""

    url: str
    work: Path
    _put: dict[str, _Put] = field(default_factory=dict)
    _hoped: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        self.home = self.work / hashlib.sha256(self.url.encode()).hexdigest()[:20]
        self.folder = self.home / "out"
        self._system, self._at = file_system(self.url)

    def open(self) -> Path:
        """The folder, made to agree with what lies in the store. Raises OSError where the store does not answer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._read_state()
        there = self._listing()
        if not self._agrees(there):
            shutil.rmtree(self.folder)
            self.folder.mkdir()
        self._put = {name: put for name, put in self._put.items() if name in there}
        self._each(lambda name: self._pull(name, there[name]), (n for n in there if not (self.folder / n).exists()))
        self._write_state()
        return self.folder

    def push(self) -> int:
        """Put what has changed since, and delete there what is no more; how many files. Raises OSError.

        Whatever was put before an error stays, and is not put again.
        """
        try:
            journal = [self._seen(name) for name in self._names() if _is_journal(name) and self._changed(name)]
            changed = [name for name in self._names() if not _is_journal(name) and self._changed(name)]
            count = self._each(self._put_file, [name for name in changed if not _comes_late(name)])
            count += self._each(self._put_file, [name for name in changed if name.startswith(_CALLS)])
            count += self._each(self._put_seen, [seen for seen in journal if seen])
            count += self._each(self._put_file, [name for name in changed if name in _REPORTS])
            count += self._each(self._delete, self._put.keys() - set(self._names()))
        except OSError:
            self._write_state()
            raise
        if count:
            self._write_state()
        return count

    def _names(self) -> list[str]:
        """The whole files of the folder, as names below it, sorted."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        names = (path.relative_to(self.folder).as_posix() for path in found)
        return sorted(name for name in names if not name.endswith(TEMPORARY) and _is_output(name))

    def _listing(self) -> dict[str, Entry]:
        """What lies in the store, of what a run may have written, by name below the URL."""
        self._system.invalidate_cache()
        try:
            found = entries(self.url)
        except FileNotFoundError:
            return {}
        names = {one.url.removeprefix(self.url).lstrip("/"): one for one in found}
        return {name: one for name, one in names.items() if _is_output(name)}

    def _agrees(self, there: Mapping[str, Entry]) -> bool:
        """Whether all that lies in the store came from here, and all that was put lies there still."""
        deleted = (name for name in self._put.keys() - there.keys() if (self.folder / name).exists())
        return not set(deleted).difference(_REPORTS) and all(
            self._came_from_here(name, found) for name, found in there.items() if name not in _REPORTS
        )

    def _came_from_here(self, name: str, found: Entry) -> bool:
        """Whether the object is what this folder put, or the beginning of what it has grown to since."""
        path, put = self.folder / name, self._put.get(name)
        if put is not None and put.version == _mark(found):
            return True
        try:
            theirs = _sha256(self._read(name))
            return theirs in self._hoped.get(name, ()) or theirs == _sha256(path.read_bytes())
        except OSError:
            return False

    def _changed(self, name: str) -> bool:
        with suppress(FileNotFoundError):
            status, put = (self.folder / name).stat(), self._put.get(name)
            return put is None or (put.size, put.mtime_ns) != (status.st_size, status.st_mtime_ns)
        return False

    def _seen(self, name: str) -> _Seen | None:
        """A file as it is now, or a moment later where it grows; None where it went meanwhile."""
        try:
            status = (self.folder / name).stat()
            return _Seen(name, status.st_size, status.st_mtime_ns, (self.folder / name).read_bytes())
        except FileNotFoundError:
            return None

    def _put_file(self, name: str) -> None:
        if seen := self._seen(name):
            self._put_seen(seen)

    def _put_seen(self, seen: _Seen) -> None:
        self._hope(seen)
        self._write(seen.name, seen.content)
        if there := entry(f"{self.url}/{seen.name}"):
            self._put[seen.name] = _Put(seen.size, seen.mtime_ns, _mark(there))

    def _write(self, name: str, content: bytes) -> None:
        put_bytes(content, f"{self.url}/{name}")

    def _read(self, name: str) -> bytes:
        with as_os_error():
            return bytes(self._system.cat_file(self._there(name)))

    def _delete(self, name: str) -> None:
        delete(f"{self.url}/{name}")
        self._put.pop(name, None)

    def _pull(self, name: str, found: Entry) -> None:
        path = self.folder / name
        write_whole(path, self._read(name))
        status = path.stat()
        self._put[name] = _Put(status.st_size, status.st_mtime_ns, _mark(found))

    def _there(self, name: str) -> str:
        return f"{self._at.rstrip('/')}/{name}"

    def _each(self, work: Callable[[_T], None], items: Iterable[_T]) -> int:
        """``work`` on every item, several at once; how many there were. The first error is raised after all ended."""
        listed = list(items)
        with ThreadPoolExecutor(_AT_ONCE, "qa-mirror") as threads:
            for future in [threads.submit(work, item) for item in listed]:
                future.result()
        return len(listed)

    def _hope(self, seen: _Seen) -> None:
        """Note what is about to be put: a process that is killed right after knows it again as its own."""
        line = json.dumps([seen.name, _sha256(seen.content)]) + "\n"
        with (self.home / _HOPES).open("a", encoding="ascii") as file:
            file.write(line)

    def _read_state(self) -> None:
        self._put, self._hoped = {}, {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            found: Mapping[str, Any] = json.loads((self.home / _STATE).read_bytes())
            self._put = {name: _Put(**put) for name, put in found.items()}
        with suppress(OSError, ValueError):  # the last line may be torn
            for line in (self.home / _HOPES).read_text(encoding="ascii").splitlines():
                name, sha256 = json.loads(line)
                self._hoped.setdefault(name, set()).add(sha256)

    def _write_state(self) -> None:
        state = {name: asdict(put) for name, put in sorted(self._put.items())}
        write_whole(self.home / _STATE, json.dumps(state, ensure_ascii=False).encode())
        (self.home / _HOPES).unlink(missing_ok=True)


def _is_output(name: str) -> bool:
    """Whether a run writes files of this name: nothing else in the store is touched."""
    path = PurePosixPath(name)
    if len(path.parts) == 1:
        return path.suffix in _AT_TOP
    if name.startswith(_STORE):
        return len(path.parts) == 3 and path.name.endswith(".json.zst")
    return len(path.parts) == 2 and path.name.startswith("part-") and path.parts[0] in (*TABLE_FOLDERS, "journal")


def _is_journal(name: str) -> bool:
    return name.startswith(_JOURNAL)


def _comes_late(name: str) -> bool:
    return name.startswith(_CALLS) or name in _REPORTS


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mark(found: Entry) -> str:
    return found.version.decode()
