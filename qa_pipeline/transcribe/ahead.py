"""Recordings made ready while the recogniser is busy with others: in order, a few ahead, never more than may be held.

Threads suffice: decoding, resampling, the speech network and the Fourier transforms all work outside Python's lock.
With ``threads`` 0 a recording is made ready when it is asked for, which is best where the recogniser needs every core.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from qa_pipeline.errors import RecordingError, Stage
from qa_pipeline.records import Recording
from qa_pipeline.transcribe.prepare import Prepared

Prepare = Callable[[Recording], Prepared]


class Ahead:
    """An iterator-like source of ``(position, Prepared or why not)``. Use it in a ``with`` block."""

    def __init__(self, recordings: Iterable[Recording], prepare: Prepare, threads: int = 0) -> None:
        self.recordings: Iterator[tuple[int, Recording]] = enumerate(recordings)
        self.prepare = prepare
        self.threads = threads
        self.exhausted = False
        self._pool = ThreadPoolExecutor(threads, "qa-prepare") if threads else None
        self._coming: deque[tuple[int, Future[Prepared]]] = deque()

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def take(self) -> tuple[int, Prepared | Exception] | None:
        """The next recording, waited for; None where there are no more."""
        if self._pool is None:
            item = self._pull()
            return item and (item[0], _attempt(self.prepare, item[1]))
        self.look_ahead()
        if not self._coming:
            return None
        position, future = self._coming.popleft()
        self.look_ahead()
        try:
            return position, future.result()
        except Exception as error:
            return position, error

    def look_ahead(self) -> None:
        """Let the threads begin with the next recordings; one more than there are threads, so that none waits."""
        while self._pool is not None and len(self._coming) <= self.threads and (item := self._pull()) is not None:
            self._coming.append((item[0], self._pool.submit(_checked, self.prepare, item[1])))

    def _pull(self) -> tuple[int, Recording] | None:
        if self.exhausted:
            return None
        item = next(self.recordings, None)
        self.exhausted = item is None
        return item


def _checked(prepare: Prepare, recording: Recording) -> Prepared:
    if recording.problem is not None:
        raise RecordingError(Stage.FIND, recording.problem)
    return prepare(recording)


def _attempt(prepare: Prepare, recording: Recording) -> Prepared | Exception:
    try:
        return _checked(prepare, recording)
    except Exception as error:
        return error
