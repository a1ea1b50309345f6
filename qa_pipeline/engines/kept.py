"""Workers that outlive a run: where one run follows on another, the next finds them with their model loaded."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

from qa_pipeline.engines.supervise import Answered, Engine, Event, Finished, Gone, Prepare, Ready, Worker
from qa_pipeline.records import Seconds


class Keeper:
    """Makes engines whose workers stay when a run ends, for the next engine with an equal ``prepare``."""

    def __init__(self, make: Callable[[Prepare[Any, Any]], Engine]) -> None:
        self.make = make
        self.idle: dict[int, _Kept] = {}
        self._for = b""

    def __call__(self, prepare: Prepare[Any, Any]) -> Engine:
        """An engine as ``make`` makes it; workers that prepared otherwise are ended."""
        told = pickle.dumps(prepare)
        if told != self._for:
            self.close()
            self._for = told
        return _KeepingEngine(self.make(prepare), self.idle)

    def close(self) -> None:
        """End the workers that wait."""
        while self.idle:
            self.idle.popitem()[1].inner.end(at_once=True)


class _KeepingEngine:
    """Starts a worker only where none waits in that seat."""

    def __init__(self, inner: Engine, idle: dict[int, _Kept]) -> None:
        self.inner, self.idle = inner, idle

    def start(self, seat: int) -> Worker:
        """The worker that waits there, or a new one."""
        kept = self.idle.pop(seat, None)
        if kept is None:
            return _Kept(self.inner.start(seat), seat, self.idle)
        kept.late, kept.woken = kept.finishing, not kept.finishing
        return kept

    def wait(self, workers: Sequence[Any], timeout_s: Seconds) -> Sequence[Any]:
        """Those that have something to say; one that was waiting says that it is ready."""
        if woken := [worker for worker in workers if worker.woken]:
            return woken
        outer = {id(worker.inner): worker for worker in workers}
        return [outer[id(inner)] for inner in self.inner.wait([worker.inner for worker in workers], timeout_s)]


class _Kept:
    """A worker that waits when it is ended with nothing in its hands.

    A run ends with the last answer; what its worker says after that (``finishing``) is heard by the next run.
    """

    def __init__(self, inner: Worker, seat: int, idle: dict[int, _Kept]) -> None:
        self.inner, self.seat, self.idle = inner, seat, idle
        self.woken = self.late = self.prepared = self.finishing = self.gone = False
        self.open = 0

    def give(self, shard: Sequence[Any]) -> None:
        """Hand it a shard."""
        self.open, self.finishing = len(shard), True
        self.inner.give(shard)

    def hear(self) -> Event:
        """What it has to say."""
        if self.woken:
            self.woken = False
            return Ready()
        event = self.inner.hear()
        match event:
            case Ready():
                self.prepared = True
            case Answered():
                self.open -= 1
            case Finished():
                self.finishing = False
            case Gone():  # while it waited: the next shard will show it, and is tried again elsewhere
                self.gone = True
        late, self.late = self.late, False
        return Ready() if late else event

    def end(self, *, at_once: bool) -> int | None:
        """Let it wait, unless it is of no use any more."""
        if self.gone or not self.prepared or self.open:
            return self.inner.end(at_once=at_once)
        self.idle[self.seat] = self
        return None

    def memory_bytes(self) -> int | None:
        """What it holds."""
        return self.inner.memory_bytes()
