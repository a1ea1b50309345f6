"""What workers of these tests do. It stands apart because each new process imports it: nothing else is needed there."""

import os
import signal
import time
from pathlib import Path

from qa_pipeline.errors import RequestError


def prepare(seat):
    return work


def work(tasks):
    """Answers each task in its shard with itself, the last first, unless it says something else."""
    for position in reversed(range(len(tasks))):
        match tasks[position]:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(60)
            case "raise":
                raise MemoryError("CUDA out of memory")
            case "grow":
                held = bytearray(300_000_000)
                held[::4096] = b"x" * len(held[::4096])
                time.sleep(60)
            case "skip":
                continue
        yield position, tasks[position]


def obey(task):
    """Does what one task says, and answers with its value."""
    what, value = task
    if what == "exit":
        os._exit(value)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "kill once" and not Path(value).exists():
        Path(value).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "sleep":
        time.sleep(value)
    return value


def prepare_to_obey():
    return obey


def prepare_badly():
    raise RequestError("no such model")


def prepare_worse():
    raise ZeroDivisionError("oops")


def die_at_once():
    os._exit(7)


def prepare_to_tell(word, seat):
    """A worker that answers with its process, and dies of 'die'."""

    def tell(tasks):
        for position, task in enumerate(tasks):
            if task == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            yield position, (word, os.getpid(), seat)

    return tell
