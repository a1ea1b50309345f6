"""How fast a run goes, and so how long the rest takes. Measured in audio: calls differ in length by a hundred times."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from qa_pipeline.records import Seconds

_LATELY_S = 600.0
_ENOUGH_S = 1.0


@dataclass
class Pace:
    """Fed with how much is done at what time; answers for the last ten minutes, or for all of a younger run.

    Counting begins with the first answer: until then models load, and that says nothing of the rest.
    """

    lately_s: Seconds = _LATELY_S
    _seen: deque[tuple[Seconds, Seconds]] = field(default_factory=deque)

    def at(self, wall_s: Seconds, audio_s: Seconds) -> None:
        """At ``wall_s`` since the run began, ``audio_s`` of audio were done in it."""
        if self._seen and self._seen[-1][1] == audio_s:
            return  # waiting for a result is not standing still: it counts when the result comes
        if len(self._seen) > 1 and wall_s - self._seen[-2][0] < 1.0:  # a point a second is enough
            self._seen.pop()
        self._seen.append((wall_s, audio_s))
        while len(self._seen) > 2 and self._seen[1][0] < wall_s - self.lately_s:
            self._seen.popleft()

    @property
    def speed(self) -> float | None:
        """Seconds of audio a second of waiting; None while too little is known."""
        if len(self._seen) < 2:
            return None
        (began, audio_began), (now, audio_now) = self._seen[0], self._seen[-1]
        return (audio_now - audio_began) / (now - began) if now - began >= _ENOUGH_S else None

    def left_s(self, audio_left_s: Seconds, wall_s: Seconds) -> Seconds | None:
        """Seconds until ``audio_left_s`` more are done, asked at ``wall_s``; None while nobody can say.

        What has passed since the last result is taken off, but never below nothing.
        """
        if audio_left_s <= 0:
            return 0.0
        if not (speed := self.speed):
            return None
        return max(0.0, audio_left_s / speed - (wall_s - self._seen[-1][0]))
