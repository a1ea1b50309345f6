"""A folder that recordings land in: which of them are whole by now.

Nothing says that a file is finished, so its size and time are watched: what has not changed for a while has settled.
A file that was written elsewhere and renamed into place is whole at once; its content is older than its name. An
object in a store appears whole. Names of files in the making (``.part``, ``.tmp``, hidden) are not looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from qa_pipeline.errors import RequestError
from qa_pipeline.records import Seconds
from qa_pipeline.sources.find import candidates
from qa_pipeline.storage import file_system, is_url

IN_THE_MAKING = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".inprogress", ".writing", "~")

_EMPTY_S = 60.0  # a recorder may open its file when the call begins, and write when it ends


@dataclass(frozen=True, slots=True)
class _Look:
    """A file as it was seen: what changes while it is written, and since when (monotonic) it has looked so."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    since: Seconds


@dataclass
class Spool:
    """What lands in ``sources`` (folders and prefixes); ``settle_s``: unchanged for so long is whole.

    Each path is given once. ``changed`` holds those that were written to after they had been given: their row may not
    hold all of the call.
    """

    sources: Sequence[str]
    settle_s: Seconds
    clock: Callable[[], Seconds] = monotonic
    changed: set[str] = field(default_factory=set)
    _seen: dict[str, _Look] = field(default_factory=dict)
    _given: dict[str, _Look | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for source in self.sources:
            if not is_url(source) and not Path(source).is_dir():
                raise RequestError(f"--follow watches folders and prefixes; {source} is none. Make it first.")

    @property
    def waiting(self) -> int:
        """How many recordings have landed and not settled yet."""
        return len(self._seen)

    def look(self) -> list[str]:
        """Look once: the paths and URLs that have settled since the last look, sorted."""
        now, before, self._seen = self.clock(), self._seen, {}
        settled = []
        for path in self._landed():
            look = None if is_url(path) else _look(path, now)
            if path in self._given:
                self._compare(path, look)
            elif is_url(path) or (look is not None and self._is_whole(look, before.get(path))):
                settled.append(path)
                self._given[path] = look
            elif look is not None:
                last = before.get(path)
                self._seen[path] = last if last is not None and _alike(look, last) else look
        return sorted(settled)

    def _landed(self) -> Iterator[str]:
        for source in self.sources:
            if is_url(source):
                file_system(source)[0].invalidate_cache()
            yield from (path for path in candidates(source) if not path.lower().endswith(IN_THE_MAKING))

    def _is_whole(self, look: _Look, last: _Look | None) -> bool:
        """Unchanged before our eyes for long enough, or renamed into place; either takes two looks."""
        if last is None or not _alike(look, last):
            return False
        patience = self.settle_s if look.size else max(_EMPTY_S, 10 * self.settle_s)
        return look.since - last.since >= patience or _renamed(look, self.settle_s)

    def _compare(self, path: str, look: _Look | None) -> None:
        given = self._given[path]
        if look is not None and given is not None and (look.size, look.mtime_ns) != (given.size, given.mtime_ns):
            self.changed.add(path)
            self._given[path] = look


def _look(path: str, now: Seconds) -> _Look | None:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return _Look(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, now)


def _alike(look: _Look, last: _Look) -> bool:
    return (look.size, look.mtime_ns, look.inode) == (last.size, last.mtime_ns, last.inode)


def _renamed(look: _Look, settle_s: Seconds) -> bool:
    """Whether the name is younger than the last byte by ``settle_s``. Both times are the file server's, whatever ours.

    On Windows the one time is of the file's making and tells nothing.
    """
    return os.name == "posix" and look.size > 0 and look.ctime_ns - look.mtime_ns >= settle_s * 1e9
