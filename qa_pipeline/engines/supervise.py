"""Workers that may die without taking anything with them, whatever engine they run on.

A worker is given shards, one at a time, and answers their tasks one by one. When it dies, or says nothing for too long
and is ended, the tasks of its shard that are not answered yet are suspects: each is tried again alone, then, where
several workers share the machine, once more when no other is at work (memory may only have run out); the one that kills
again is answered with ``Died``. Nothing here knows of recordings.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from qa_pipeline.errors import QaPipelineError, RequestError
from qa_pipeline.records import Seconds

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Work: TypeAlias = Callable[[Sequence[Task]], Iterator[tuple[int, Answer]]]
"""Answers the tasks of a shard: (position in the shard, answer), in any order, each once."""

Prepare: TypeAlias = Callable[[int], Work[Task, Answer]]
"""What a worker does first. It is told its seat: a number from 0, unique among those that live at one time."""

Take: TypeAlias = Callable[[Sequence[int]], int]
"""How many of a shard's tasks, from its first on, may still be begun; fewer than all: no other shard is handed out."""

TICK_S = 1.0
_MEASURED_S: Seconds = 600.0
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class Died:
    """The answer to a task that killed its worker each time, or did not come to an end. ``why`` goes over the code."""

    exit_code: int | None
    why: str = ""

    def __str__(self) -> str:
        if self.why:
            return self.why
        if self.exit_code is not None and self.exit_code < 0:
            try:
                name = signal.Signals(-self.exit_code).name
            except ValueError:
                name = f"signal {-self.exit_code}"
            hint = ", perhaps for want of memory" if name == "SIGKILL" else ""
            return f"the process that worked on it was ended by {name}{hint}"
        return f"the process that worked on it ended by itself with code {self.exit_code}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a worker may be silent, and how large it may grow.

    It is given up when nothing came for ``floor_s``, and for ``patience`` times what its tasks should take by their
    weight (seconds of audio) at the pace of this run so far; until there is a pace, at one second a second.
    ``start_s`` is for what a worker does first. ``memory_bytes`` None: as much as the system lets it.
    """

    floor_s: Seconds = 300.0
    patience: float = 10.0
    start_s: Seconds = 900.0
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has prepared."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One task of the shard is answered."""

    position: int
    answer: Any


@dataclass(frozen=True, slots=True)
class Finished:
    """The shard is done; the worker waits for another."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Nothing can be done by any worker."""

    error: QaPipelineError


@dataclass(frozen=True, slots=True)
class Gone:
    """The worker is dead, or of no use any more. ``why`` where more is known than an exit code."""

    why: str = ""


Event: TypeAlias = Ready | Answered | Finished | Broken | Gone


class Worker(Protocol):
    """One worker, seen from outside."""

    def give(self, shard: Sequence[Any]) -> None:
        """Hand it a shard. It may be dead: that shows when it is next heard."""

    def hear(self) -> Event:
        """What it has to say; called when there is something, or it is dead."""

    def end(self, *, at_once: bool) -> int | None:
        """See it end, by force if it must be, and return its exit code, None where there is none."""

    def memory_bytes(self) -> int | None:
        """What it holds, None where nobody can tell."""


class Engine(Protocol):
    """Where workers run."""

    def start(self, seat: int) -> Worker:
        """A new worker, which prepares by itself. Raises RequestError where none can be had at all."""

    def wait(self, workers: Sequence[Any], timeout_s: Seconds) -> Sequence[Any]:
        """Those of ``workers`` that have something to say; none after ``timeout_s`` seconds of silence."""


def run_shards(
    engine: Engine,
    tasks: Sequence[Any],
    shards: Sequence[Sequence[int]],
    workers: int,
    *,
    weights: Sequence[Seconds] | None = None,
    limits: Limits = Limits(),
    tick_s: Seconds = TICK_S,
    take: Take | None = None,
) -> Iterator[tuple[int, Any] | None]:
    """Answer ``tasks`` by ``workers`` workers: (index, answer or ``Died``) as they come, each exactly once.

    ``shards`` are indices into ``tasks``, handed out in this order. None comes about every ``tick_s`` seconds in which
    nothing else did. Without ``weights`` nobody is hurried. ``take`` is asked before a shard is handed out, and may end
    the handing out; what is left then stays unanswered. Raises RequestError where workers cannot start. Closing the
    iterator ends the workers.
    """
    crew = _Crew(engine, tasks, shards, workers, weights=weights, limits=limits, take=take)
    try:
        while crew.unanswered:
            crew.staff()
            yield from crew.answers(tick_s)
    except BaseException:
        crew.close(at_once=True)
        raise
    crew.close(at_once=False)


@dataclass
class _Seat:
    """A worker and the tasks in its hands, by index: ``asked`` as its shard has them, ``open`` without an answer."""

    number: int
    worker: Worker
    since: float
    ready: bool = False
    busy: bool = False
    asked: tuple[int, ...] = ()
    open: set[int] = field(default_factory=set)


class _Crew(Generic[Task]):
    """The workers, and where each task is: in ``shards``, in a worker's hands, or a suspect."""

    def __init__(
        self,
        engine: Engine,
        tasks: Sequence[Task],
        shards: Sequence[Sequence[int]],
        workers: int,
        *,
        weights: Sequence[Seconds] | None,
        limits: Limits,
        take: Take | None = None,
    ) -> None:
        self.take = take
        self.engine, self.tasks, self.most, self.weights, self.limits = engine, tasks, workers, weights, limits
        self.shards = deque(tuple(shard) for shard in shards)
        self.unanswered = sum(len(shard) for shard in shards)
        self.again: deque[int] = deque()  # to be tried alone
        self.last: deque[int] = deque()  # to be tried alone, and with nobody else at work
        self.tries: dict[int, int] = {}
        self.tries_most = 3 if workers > 1 else 2
        self.seats: list[_Seat] = []
        self.stillborn = 0
        self.worked_s = self.answered_s = 0.0

    def close(self, *, at_once: bool) -> None:
        """End all workers."""
        for seat in self.seats:
            seat.worker.end(at_once=at_once or seat.busy or not seat.ready)
        self.seats = []

    def staff(self) -> None:
        """Start the workers that are missing, end those that must not disturb, and give everybody something to do."""
        if not self.shards and not self.again and not self._busy():
            for spare in self.seats[1:]:
                spare.worker.end(at_once=not spare.ready)
            self.seats = self.seats[:1]
        wanted = len(self.shards) + len(self.again) + self._busy()
        while len(self.seats) < max(1, min(self.most, wanted)):
            number = next(n for n in range(self.most) if n not in {seat.number for seat in self.seats})
            self.seats.append(_Seat(number, self.engine.start(number), monotonic()))
        for seat in self.seats:
            self._employ(seat)

    def answers(self, tick_s: Seconds) -> Iterator[tuple[int, Any] | None]:
        """What the workers say next; None after ``tick_s`` seconds of silence."""
        seat_of = {id(seat.worker): seat for seat in self.seats}
        heard = self.engine.wait([seat.worker for seat in self.seats], tick_s)
        if not heard:
            yield None
        for worker in heard:
            yield from self._take(seat_of[id(worker)], worker.hear())
        yield from self._hurry()

    def _take(self, seat: _Seat, event: Event) -> Iterator[tuple[int, Any]]:
        now = monotonic()
        match event:
            case Broken(error):
                raise error
            case Gone(why):
                yield from self._bury(seat, why)
            case Answered(position, answer):
                index = seat.asked[position]
                seat.open.discard(index)
                self.unanswered -= 1
                self.worked_s += now - seat.since
                self.answered_s += self.weights[index] if self.weights else 0.0
                seat.since = now
                yield index, answer
            case Ready():
                seat.ready, seat.since = True, now
            case Finished():
                seat.busy = False
                if seat.open:  # never, unless a recogniser breaks its word
                    yield from self._suspect(seat, Died(None, "the recogniser gave no answer for it"), told=True)

    def _hurry(self) -> Iterator[tuple[int, Any]]:
        """End the workers that have been silent for too long, or have grown too large."""
        for seat in list(self.seats):
            if why := self._trouble(seat):
                yield from self._bury(seat, why, told=True)

    def _trouble(self, seat: _Seat) -> str:
        silent = monotonic() - seat.since
        if not seat.ready and silent > self.limits.start_s:
            raise RequestError(f"A worker did not start within {silent:.0f} s. Is there room for it, and is the model?")
        if not seat.busy:
            return ""
        if self.weights is not None and silent > self._allowed_s(seat):
            return f"it did not come to an end: given up after {silent:.0f} s (--patience)"
        most = self.limits.memory_bytes
        if most is not None and (holds := seat.worker.memory_bytes() or 0) > most:
            grew = f"the process that worked on it grew to {holds / _GIB:.1f} GiB"
            return f"{grew}; {most / _GIB:.1f} are allowed (--worker-memory)"
        return ""

    def _allowed_s(self, seat: _Seat) -> Seconds:
        """A pace that was measured on little is not believed where it is quick."""
        pace = self.worked_s / self.answered_s if self.answered_s else 1.0
        if self.answered_s < _MEASURED_S:
            pace = max(1.0, pace)
        weight = sum(self.weights[index] for index in seat.open) if self.weights else 0.0
        return max(self.limits.floor_s, self.limits.patience * pace * weight)

    def _busy(self) -> int:
        return sum(seat.busy for seat in self.seats)

    def _employ(self, seat: _Seat) -> None:
        """Give a free worker its next shard: suspects come after all others, one at a time."""
        if not seat.ready or seat.busy:
            return
        if self.shards and (shard := self._next_shard()):
            seat.asked = shard
        elif self.again:
            seat.asked = (self.again.popleft(),)
        elif self.last and len(self.seats) == 1:
            seat.asked = (self.last.popleft(),)
        else:
            return
        seat.open, seat.busy, seat.since = set(seat.asked), True, monotonic()
        seat.worker.give([self.tasks[index] for index in seat.asked])

    def _next_shard(self) -> tuple[int, ...]:
        """The next shard, or as much of it as may still be begun; the rest is given up with all that follows."""
        shard = self.shards.popleft()
        count = len(shard) if self.take is None else self.take(shard)
        if count < len(shard):
            self.unanswered -= len(shard) - count + sum(len(later) for later in self.shards)
            self.shards.clear()
        return shard[:count]

    def _bury(self, seat: _Seat, why: str, *, told: bool = False) -> Iterator[tuple[int, Died]]:
        """A worker is of no use any more: what it has not answered is suspect."""
        self.seats.remove(seat)
        died = Died(seat.worker.end(at_once=bool(why)), why)
        if not seat.ready:
            self._stillbirth(died)
        yield from self._suspect(seat, died, told=told and len(seat.asked) == 1)

    def _suspect(self, seat: _Seat, died: Died, *, told: bool) -> Iterator[tuple[int, Died]]:
        """Try once more what ``seat`` left open, unless it was tried enough or another try would tell nothing new."""
        for index in sorted(seat.open):
            self.tries[index] = self.tries.get(index, 0) + 1
            if told or self.tries[index] >= self.tries_most:
                self.unanswered -= 1
                yield index, died
            else:
                (self.again if self.tries[index] == 1 else self.last).append(index)
        seat.open = set()

    def _stillbirth(self, died: Died) -> None:
        """A worker died before it could work: go on with fewer, and give up where none is left."""
        self.stillborn += 1
        self.most = max(1, self.most - 1)
        if not self.seats or self.stillborn > len(self.seats) + 2:
            raise RequestError(
                f"A worker process could not start: {died}. With too little memory, try --jobs 1 or a "
                'smaller model; in a script of your own, call score() below `if __name__ == "__main__":`.'
            )
