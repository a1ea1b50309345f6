"""Worker processes that may die without taking anything with them.

Each worker holds one task at a time, so when one is killed it is known which task was in its hands. That task is tried
once more, alone, after all others are done (the machine may only have run out of memory); if it kills again, it is
answered with ``Died``. The pool knows nothing of recordings.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Generic, TypeAlias, TypeVar

from qa_pipeline.errors import QaPipelineError, RequestError

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Prepare: TypeAlias = Callable[[], Callable[[Task], Answer]]

# A worker that waits for nothing this long is told to end by force.
_PATIENCE_S = 5.0
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Died:
    """The answer to a task that killed its worker process each time it was tried."""

    exit_code: int | None

    def __str__(self) -> str:
        if self.exit_code is not None and self.exit_code < 0:
            try:
                name = signal.Signals(-self.exit_code).name
            except ValueError:
                name = f"signal {-self.exit_code}"
            hint = ", perhaps for want of memory" if name == "SIGKILL" else ""
            return f"the process that worked on it was ended by {name}{hint}"
        return f"the process that worked on it ended by itself with code {self.exit_code}"


def run_here(prepare: Prepare[Task, Answer], tasks: Sequence[Task]) -> Iterator[tuple[int, Answer]]:
    """Answer all tasks in this process, in order."""
    work = prepare()
    for index, task in enumerate(tasks):
        yield index, work(task)


def run_in_workers(
    prepare: Prepare[Task, Answer], tasks: Sequence[Task], jobs: int, *, tick_s: float = 1.0
) -> Iterator[tuple[int, Answer | Died] | None]:
    """Answer all tasks in ``jobs`` processes, as they come; None about every ``tick_s`` seconds in which none came.

    Each process calls ``prepare`` once and what it returns for every task; ``prepare``, tasks and answers are pickled.
    Raises RequestError where ``prepare`` fails, or where workers die before their first task. Closing the iterator
    ends the processes.
    """
    with _Pool(prepare, tasks, jobs) as pool:
        while pool.unanswered:
            pool.staff()
            yield from pool.answers(tick_s)


class _Worker(Generic[Task, Answer]):
    """One process and our end of its pipe. ``task`` is the index in its hands, None before and between tasks."""

    def __init__(self, prepare: Prepare[Task, Answer]) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_serve, args=(theirs, prepare), daemon=True)
        self.ready = False
        self.task: int | None = None
        with _interrupts_held():
            self.process.start()
        theirs.close()

    def close(self, *, at_once: bool) -> int | None:
        """End the process and return its exit code."""
        if at_once:
            self.process.terminate()
        self.pipe.close()
        self.process.join(_PATIENCE_S)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        return self.process.exitcode


class _Pool(Generic[Task, Answer]):
    """The workers, and which task is where: ``waiting``, in a worker's hands, or ``suspect`` of having killed one."""

    def __init__(self, prepare: Prepare[Task, Answer], tasks: Sequence[Task], jobs: int) -> None:
        self.prepare, self.tasks, self.jobs = prepare, tasks, jobs
        self.unanswered = len(tasks)
        self.waiting = deque(range(len(tasks)))
        self.suspects: deque[int] = deque()
        self.tries = dict.fromkeys(range(len(tasks)), 0)
        self.workers: list[_Worker[Task, Answer]] = []
        self.stillborn = 0

    def __enter__(self) -> _Pool[Task, Answer]:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        for worker in self.workers:
            worker.close(at_once=kind is not None or worker.task is not None)

    def staff(self) -> None:
        """Start the processes that are missing: as many as there is work for, and one alone for the suspects."""
        if not self.waiting and not self._busy():
            for spare in self.workers[1:]:
                spare.close(at_once=False)
            self.workers = self.workers[:1]
            for worker in self.workers:
                self._employ(worker)
        while len(self.workers) < max(1, min(self.jobs, len(self.waiting) + self._busy())):
            self.workers.append(_Worker(self.prepare))

    def answers(self, tick_s: float) -> Iterator[tuple[int, Answer | Died] | None]:
        """What the workers say next; None after ``tick_s`` seconds of silence."""
        by_pipe: dict[Any, _Worker[Task, Answer]] = {worker.pipe: worker for worker in self.workers}
        heard = wait(list(by_pipe), tick_s)
        if not heard:
            yield None
        for pipe in heard:
            worker = by_pipe[pipe]
            try:
                kind, content = worker.pipe.recv()
            except (EOFError, OSError):
                yield from self._bury(worker)
                continue
            if kind == "broken":
                raise content
            if kind == "answer" and worker.task is not None:
                index, worker.task = worker.task, None
                self.unanswered -= 1
                yield index, content
            worker.ready = True
            self._employ(worker)

    def _busy(self) -> int:
        return sum(worker.task is not None for worker in self.workers)

    def _employ(self, worker: _Worker[Task, Answer]) -> None:
        """Hand ``worker`` its next task, if it is ready; suspects come last, when no other process is left."""
        if not worker.ready or worker.task is not None:
            return
        if self.waiting:
            index = self.waiting.popleft()
        elif self.suspects and len(self.workers) == 1:
            index = self.suspects.popleft()
        else:
            return
        worker.task = index
        self.tries[index] += 1
        with suppress(OSError):  # it died while idle: the end of its pipe is seen at the next wait
            worker.pipe.send(self.tasks[index])

    def _bury(self, worker: _Worker[Task, Answer]) -> Iterator[tuple[int, Died]]:
        """A worker died: its task becomes a suspect, or is answered with ``Died`` at its second death."""
        self.workers.remove(worker)
        exit_code = worker.close(at_once=False)
        if not worker.ready:
            self._stillbirth(exit_code)
        if worker.task is None:
            return
        if self.tries[worker.task] < _TRIES:
            self.suspects.append(worker.task)
        else:
            self.unanswered -= 1
            yield worker.task, Died(exit_code)

    def _stillbirth(self, exit_code: int | None) -> None:
        """A worker died before it could work: go on with fewer, and give up where none is left."""
        self.stillborn += 1
        self.jobs = max(1, self.jobs - 1)
        if not self.workers or self.stillborn > len(self.workers) + 2:
            raise RequestError(
                f"A worker process could not start: {Died(exit_code)}. With too little memory, try --jobs 1 or a "
                'smaller model; in a script of your own, call score() below `if __name__ == "__main__":`.'
            )


def _serve(pipe: Connection, prepare: Prepare[Any, Any]) -> None:
    """A worker's life: prepare, say so, answer tasks until the pipe closes. Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        work = prepare()
    except QaPipelineError as error:
        pipe.send(("broken", error))
        return
    except Exception as error:
        pipe.send(("broken", RequestError(f"The recogniser could not be started: {type(error).__name__}: {error}")))
        return
    try:
        pipe.send(("ready", None))
        while True:
            pipe.send(("answer", work(pipe.recv())))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while a process starts: it inherits that, and is not killed before it can look away."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
