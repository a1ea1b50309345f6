"""``--follow``: recordings are worked on as they land in a folder, until somebody or the clock says stop.

Every round goes on where the last one ended, as a run of the same command would; so a round that is killed loses
nothing, and the next start takes up what had landed meanwhile. Workers stay between rounds, with their model loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event as Flag
from time import monotonic
from typing import TypeAlias

from qa_pipeline.engines.events import Landed, OnEvent, Trouble
from qa_pipeline.engines.kept import Keeper
from qa_pipeline.engines.plan import Asked, MakeEngine, run
from qa_pipeline.engines.pool import Processes
from qa_pipeline.engines.run import OnProgress
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.summary import RunSummary
from qa_pipeline.records import Seconds
from qa_pipeline.sources.spool import Spool

Ask: TypeAlias = Callable[[Sequence[str], MakeEngine], Asked]
"""Makes the request for some paths, to be worked on by workers of that make."""

_LOOK_EVERY_S = 1.0
_LOOK_SHARE = 10  # looking takes at most one part in so many of the time


@dataclass(frozen=True, slots=True)
class Watch:
    """How long to watch. ``settle_s``: a file that has not changed for so long is whole. ``idle_s``: stop when nothing
    has landed for so long; ``until`` (monotonic): begin no round after that. None: for ever.
    """

    settle_s: Seconds = 5.0
    idle_s: Seconds | None = None
    until: Seconds | None = None


def follow(
    ask: Ask, sources: Sequence[str], watch: Watch, on_progress: OnProgress | None, on_event: OnEvent
) -> RunSummary:
    """Watch ``sources`` and work on what has settled. Ctrl-C between rounds ends it like the clock.

    Returns the summary of the last round, which is over everything in the output folder. Raises RequestError where
    nothing could be worked on at all, RunInterrupted after Ctrl-C within a round.
    """
    spool, keeper = Spool(sources, watch.settle_s), Keeper(Processes)
    follower = _Follower(ask, spool, watch, keeper, on_progress=on_progress, on_event=on_event)
    try:
        return follower.work()
    finally:
        keeper.close()


class _Follower:
    """The state of one watch."""

    def __init__(
        self, ask: Ask, spool: Spool, watch: Watch, keeper: Keeper, *, on_progress: OnProgress | None, on_event: OnEvent
    ) -> None:
        self.ask, self.spool, self.watch, self.keeper = ask, spool, watch, keeper
        self.on_progress, self.say = on_progress, on_event
        self.summary: RunSummary | None = None
        self.told = (0, 0)
        self.changed: set[str] = set()

    def work(self) -> RunSummary:
        """Look, work, wait, until it is time to stop."""
        pause, last = Flag(), monotonic()
        while not self._over(last):
            began = monotonic()
            settled = self.spool.look()
            self._tell(len(settled))
            if settled or self.spool.waiting:
                last = monotonic()
            try:
                if settled:
                    self._round(settled)
                    last = monotonic()
                else:
                    pause.wait(max(min(_LOOK_EVERY_S, self.watch.settle_s / 2), _LOOK_SHARE * (monotonic() - began)))
            except KeyboardInterrupt as interrupt:
                if type(interrupt) is not KeyboardInterrupt:  # within a round: something is left
                    raise
                break
        if self.summary is None:
            raise RequestError("Nothing landed while it was watched.")
        return self.summary

    def _over(self, last: Seconds) -> bool:
        now, watch = monotonic(), self.watch
        if watch.until is not None and now >= watch.until:
            return True
        return watch.idle_s is not None and now - last >= watch.idle_s

    def _round(self, settled: Sequence[str]) -> None:
        self.summary = run(self.ask(settled, self.keeper), self.on_progress, self.say)

    def _tell(self, settled: int) -> None:
        """Say what has landed where that is news, and which files grew after they had been worked on."""
        told = (settled, self.spool.waiting)
        if told != self.told and any(told):
            self.say(Landed(*told))
        self.told = told
        for path in sorted(self.spool.changed - self.changed):
            self.changed.add(path)
            self.say(Trouble(f"{path} changed after it had settled: try a longer --settle, and start again for it"))
