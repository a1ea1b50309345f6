"""Worker processes of this machine, which may die without taking anything with them: the local engine.

Each is a process with a pipe, supervised as ``supervise`` says.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias, TypeVar

from qa_pipeline.engines.supervise import (
    Answered,
    Broken,
    Died,
    Event,
    Finished,
    Gone,
    Prepare,
    Ready,
    Work,
    run_shards,
)
from qa_pipeline.errors import QaPipelineError, RequestError
from qa_pipeline.records import Seconds

# A worker that waits for nothing this long is told to end by force.
_PATIENCE_S = 5.0
_OOM_SCORE = "700"


__all__ = ["Died", "Process", "Processes", "run_here", "run_in_workers"]

Task = TypeVar("Task")
Answer = TypeVar("Answer")
PrepareOne: TypeAlias = Callable[[], Callable[[Task], Answer]]
"""What a process does first, for work that knows single tasks only."""


def run_here(prepare: PrepareOne[Task, Answer], tasks: Sequence[Task]) -> Iterator[tuple[int, Answer]]:
    """Answer all tasks in this process, in order."""
    work = prepare()
    for index, task in enumerate(tasks):
        yield index, work(task)


def run_in_workers(
    prepare: PrepareOne[Task, Answer], tasks: Sequence[Task], jobs: int, *, tick_s: Seconds = 1.0
) -> Iterator[tuple[int, Answer | Died] | None]:
    """Answer each of ``tasks`` by itself, in ``jobs`` processes: (index, answer) as they come, None about every tick.

    Each process calls ``prepare`` once and what it returns for every task; ``prepare``, tasks and answers are pickled.
    Nobody is hurried. Raises RequestError where ``prepare`` fails, or where workers die before their first task.
    Closing the iterator ends the processes.
    """
    shards = [(index,) for index in range(len(tasks))]
    return run_shards(Processes(_OneByOne(prepare)), tasks, shards, jobs, tick_s=tick_s)


class _OneByOne:
    """A ``Prepare`` for work that knows single tasks only."""

    def __init__(self, prepare: PrepareOne[Any, Any]) -> None:
        self.prepare = prepare

    def __call__(self, seat: int) -> Work[Any, Any]:
        work = self.prepare()
        return lambda tasks: ((position, work(task)) for position, task in enumerate(tasks))


class Processes:
    """Starts workers as processes. ``prepare``, tasks and answers are pickled."""

    def __init__(self, prepare: Prepare[Any, Any]) -> None:
        self.prepare = prepare

    def start(self, seat: int) -> Process:
        """A new process, which prepares by itself."""
        return Process(self.prepare, seat)

    def wait(self, workers: Sequence[Process], timeout_s: Seconds) -> list[Process]:
        """Those whose pipes hold something, or are closed."""
        by_pipe: dict[Any, Process] = {worker.pipe: worker for worker in workers}
        return [by_pipe[pipe] for pipe in wait(list(by_pipe), timeout_s)]


class Process:
    """One process and our end of its pipe."""

    def __init__(self, prepare: Prepare[Any, Any], seat: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_serve, args=(theirs, prepare, seat), daemon=True)
        with _interrupts_held():
            self.process.start()
        theirs.close()

    def give(self, shard: Sequence[Any]) -> None:
        """Hand it a shard."""
        with suppress(OSError):  # it died while idle: the end of its pipe is seen at the next wait
            self.pipe.send(shard)

    def hear(self) -> Event:
        """The next thing that it said; ``Gone`` where its pipe ends."""
        try:
            event: Event = self.pipe.recv()
        except (EOFError, OSError):
            return Gone()
        return event

    def end(self, *, at_once: bool) -> int | None:
        """End the process: it looks away from SIGTERM when it hangs in a library, never from SIGKILL."""
        if at_once:
            self.process.kill()
        self.pipe.close()
        self.process.join(_PATIENCE_S)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        return self.process.exitcode

    def memory_bytes(self) -> int | None:
        """What it holds in memory."""
        import psutil

        try:
            return int(psutil.Process(self.process.pid).memory_info().rss)
        except psutil.Error:
            return None


def _serve(pipe: Connection, prepare: Prepare[Any, Any], seat: int) -> None:
    """A worker's life: prepare, say so, answer shards until the pipe closes. Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _be_first_to_go()
    try:
        work = prepare(seat)
    except QaPipelineError as error:
        pipe.send(Broken(error))
        return
    except Exception as error:
        pipe.send(Broken(RequestError(f"The recogniser could not be started: {type(error).__name__}: {error}")))
        return
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        pipe.send(Ready())
        while True:
            _answer(pipe, work, pipe.recv())


def _answer(pipe: Connection, work: Work[Any, Any], shard: Sequence[Any]) -> None:
    """Answer one shard. What goes wrong beyond single recordings is the end of this worker, not of the others."""
    try:
        for position, answer in work(shard):
            pipe.send(Answered(position, answer))
    except QaPipelineError as error:
        pipe.send(Broken(error))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:
        pipe.send(Gone(f"the process that worked on it could not go on: {type(error).__name__}: {error}"))
    else:
        pipe.send(Finished())


def _end_with_parent() -> None:
    """A parent that is killed closes nothing in an orderly way: its workers must not go on for a night."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _be_first_to_go() -> None:
    """Where memory runs out, the system is to end a worker, whose task is tried again, and not the parent."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)


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
