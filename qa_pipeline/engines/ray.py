"""The Ray engine: each worker is an actor somewhere on a cluster, over the same shards and the same function.

Workers read the recordings by themselves, so every node must see them (and the model's folder) under the same path;
only this process writes the output. A transcript store is read where a node sees it too. An actor or a node that dies
is replaced where there is room.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from threading import current_thread, main_thread
from typing import Any

from qa_pipeline.engines.supervise import Answered, Broken, Event, Finished, Gone, Prepare, Ready
from qa_pipeline.errors import QaPipelineError, RequestError
from qa_pipeline.records import Seconds

_QUIET = {"include_dashboard": False, "log_to_driver": False, "configure_logging": False}


class Cluster:
    """A Ray cluster: the one at ``address`` (``auto``, ``host:port``, ``ray://...``), else one of this machine alone.

    Raises RequestError where ray is not installed or the cluster does not answer. ``close`` leaves it.
    """

    def __init__(self, address: str | None, *, on_gpu: bool) -> None:
        self.ray = _import_ray()
        self.on_gpu = on_gpu
        self._ours = not self.ray.is_initialized()
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        before = signal.getsignal(signal.SIGTERM)
        try:
            if self._ours and address is None:
                self.ray.init(address="local", **_QUIET)
            elif self._ours:
                self.ray.init(address=address, log_to_driver=False, configure_logging=False)
        except Exception as error:  # ray raises ConnectionError, RuntimeError, ValueError and its own
            where = f"The Ray cluster at {address}" if address else "Ray on this machine"
            raise RequestError(f"{where} does not answer: {_first_line(error)}. See --ray-address.") from error
        if current_thread() is main_thread():  # Ray would end a run at once where ours is told to stop in order
            signal.signal(signal.SIGTERM, before)

    def room(self) -> int:
        """How many workers have room: one to a GPU where the model is on one, else one to a core; at least 1."""
        resources = self.ray.cluster_resources()
        return max(1, int(resources.get("GPU" if self.on_gpu else "CPU", 1)))

    def close(self) -> None:
        """Leave the cluster, if this run joined it."""
        if self._ours:
            self.ray.shutdown()


class Actors:
    """Starts workers as actors. ``prepare``, tasks and answers are pickled."""

    def __init__(self, cluster: Cluster, prepare: Prepare[Any, Any]) -> None:
        self.cluster, self.ray = cluster, cluster.ray
        self.prepare = self.ray.put(prepare)
        self.kind = self.ray.remote(_Shards).options(
            num_cpus=1, num_gpus=1 if cluster.on_gpu else 0, max_restarts=0, scheduling_strategy="SPREAD"
        )

    def start(self, seat: int) -> Actor:
        """A new actor, which prepares as soon as the cluster has room for it."""
        return Actor(self.ray, self.kind.remote(), self.prepare, seat)

    def wait(self, workers: Sequence[Actor], timeout_s: Seconds) -> list[Actor]:
        """Those whose answer is there, or who are dead."""
        by_ref = {worker.awaited: worker for worker in workers if worker.awaited is not None}
        if not by_ref:
            return []
        ready, _ = self.ray.wait(list(by_ref), num_returns=1, timeout=timeout_s, fetch_local=False)
        return [by_ref[ref] for ref in ready]


class Actor:
    """One actor, and what is awaited of it: that it prepares, or the stream of answers to its shard."""

    def __init__(self, ray: Any, handle: Any, prepare: Any, seat: int) -> None:
        self.ray, self.handle = ray, handle
        self.ready = False
        self.awaited: Any = handle.prepare.remote(prepare, seat)

    def give(self, shard: Sequence[Any]) -> None:
        """Hand it a shard."""
        self.awaited = self.handle.answer.options(num_returns="streaming").remote(list(shard))

    def hear(self) -> Event:
        """The next thing that it said; ``Gone`` where it, its node or its answer is lost."""
        try:
            if not self.ready:
                self.ray.get(self.awaited)
                self.ready, self.awaited = True, None
                return Ready()
            return Answered(*self.ray.get(next(self.awaited)))
        except StopIteration:
            self.awaited = None
            return Finished()
        except self.ray.exceptions.RayTaskError as error:
            return self._raised(error.cause)
        except self.ray.exceptions.RayError as error:
            return Gone(f"the worker that worked on it was lost: {_first_line(error)}")

    def end(self, *, at_once: bool) -> int | None:
        """End the actor; nobody tells its exit code."""
        del at_once
        self.ray.kill(self.handle, no_restart=True)
        return None

    def memory_bytes(self) -> int | None:
        """Ray watches its nodes' memory by itself."""
        return None

    def _raised(self, cause: BaseException) -> Event:
        if isinstance(cause, QaPipelineError):
            return Broken(cause)
        message = f"{type(cause).__name__}: {cause}"
        if not self.ready:
            return Broken(RequestError(f"The recogniser could not be started: {message}"))
        return Gone(f"the worker that worked on it could not go on: {message}")


class _Shards:
    """The actor itself."""

    def prepare(self, prepare: Prepare[Any, Any], seat: int) -> None:
        """Load what is needed for every shard."""
        self.work = prepare(seat)

    def answer(self, tasks: Sequence[Any]) -> Any:
        """The answers of one shard, one by one."""
        yield from self.work(tasks)


def _import_ray() -> Any:
    try:
        import ray
        import ray.exceptions
    except ImportError:
        message = "--engine ray needs Ray, which is not installed: pip install 'qa-pipeline[ray]'"
        raise RequestError(message) from None
    return ray


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
