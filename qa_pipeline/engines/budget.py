"""A time budget: work is begun while it can be done in time, so that the morning finds workers at rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from qa_pipeline.records import Seconds


@dataclass
class Budget:
    """Until ``deadline`` (as ``clock`` counts) work may go on. ``used_up``: something had to be left for want of time.

    What is begun is finished: a worker that is slower than the others so far may end late by that much.
    """

    deadline: Seconds
    clock: Callable[[], Seconds] = monotonic
    used_up: bool = False

    def room(self, audio_s: Sequence[Seconds], speed: float | None, workers: int) -> int:
        """How many of the recordings of a shard, from the first on, one of ``workers`` can do in time.

        ``speed``: seconds of audio a second by all workers together; while nobody knows it, anything may be begun
        before the deadline.
        """
        left_s = self.deadline - self.clock()
        if left_s > 0 and not speed:
            return len(audio_s)
        room_s = left_s * (speed or 0.0) / max(1, workers)
        count, needed_s = 0, 0.0
        for seconds in audio_s:
            needed_s += seconds
            if needed_s > room_s or left_s <= 0:
                break
            count += 1
        self.used_up |= count < len(audio_s)
        return count
