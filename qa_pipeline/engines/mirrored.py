"""Runs whose output belongs behind a URL: they write into a folder of this machine, and a thread keeps the copy up.

A store that refuses for a while holds nothing up: the run goes on, and what is missing there is put when it answers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.mirror import Mirror
from qa_pipeline.storage import is_url, local_path

_EVERY_S = 5.0
_LONGEST_PAUSE_S = 60.0
_PATIENCE_S = 300.0
"""How long a store may refuse at the end of a run before the command gives up; half a minute after an interrupt."""
_PATIENCE_INTERRUPTED_S = 30.0

OnTrouble = Callable[[str], None]


def default_work_dir() -> Path:
    """Where working folders lie unless somebody says otherwise: this user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else None)
    return Path(base or Path.home() / ".cache") / "qa-pipeline" / "out"


@contextmanager
def mirrored(
    out: str | os.PathLike[str], work: str | os.PathLike[str] | None = None, on_trouble: OnTrouble | None = None
) -> Iterator[Path]:
    """The folder to write into for ``out``: itself, or a working folder whose copy is kept behind the URL.

    ``work``: where working folders lie (None: ``default_work_dir``). ``on_trouble`` hears in words when the store
    begins to refuse. Raises RequestError where the store cannot be read before the run or does not take the rest
    after it; nothing is lost then: the same command goes on from the working folder.
    """
    if not is_url(out):
        yield Path(local_path(out))
        return
    mirror = Mirror(os.fspath(out), Path(work or default_work_dir()))
    with _alone(mirror.home):
        try:
            folder = mirror.open()
        except OSError as error:
            raise RequestError(f"{out} cannot be read: {error.strerror or error}. Is it there, and the key?") from error
        keeper = _Keeper(mirror, on_trouble)
        patience = _PATIENCE_INTERRUPTED_S
        try:
            yield folder
            patience = _PATIENCE_S
        finally:
            keeper.finish(patience)


class _Keeper:
    """The thread that puts what has changed, every few seconds, and later and later while the store refuses."""

    def __init__(self, mirror: Mirror, on_trouble: OnTrouble | None) -> None:
        self.mirror, self.on_trouble = mirror, on_trouble
        self.trouble: OSError | None = None
        self._over = Event()
        self._thread = Thread(target=self._keep_up, name="qa-mirror", daemon=True)
        self._thread.start()

    def finish(self, patience_s: float) -> None:
        """Put the rest. Raises RequestError where the store has not taken it after ``patience_s`` seconds."""
        self._over.set()
        self._thread.join()
        until, pause = monotonic() + patience_s, 1.0
        again = Event()
        while not self._push() and monotonic() < until:
            again.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S / 4)
        if self.trouble is not None:
            raise RequestError(
                f"{self.mirror.url} does not take what is left: {self.trouble.strerror or self.trouble}. Everything "
                f"lies in {self.mirror.folder}; the same command puts it there once the store answers."
            ) from self.trouble

    def _keep_up(self) -> None:
        pause = _EVERY_S
        while not self._over.wait(pause):
            pause = _EVERY_S if self._push() else min(2 * pause, _LONGEST_PAUSE_S)

    def _push(self) -> bool:
        """Whether everything is there now; a first refusal is told."""
        try:
            self.mirror.push()
        except OSError as error:
            if self.trouble is None and self.on_trouble is not None:
                self.on_trouble(f"{self.mirror.url} refuses for now: {error.strerror or error}; the run goes on")
            self.trouble = error
            return False
        self.trouble = None
        return True


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold ``home`` for this process; RequestError where another run has it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("ab") as file:
        with suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise RequestError(f"Another run on this machine writes there already ({home}).") from None
        yield
