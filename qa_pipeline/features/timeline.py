"""When the turns of a call are spoken, so that a stretch of time is turned into turns without looking at each.

A set of turns is a number: bit ``i`` stands for turn ``i``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from qa_pipeline.features.passages import Passage
from qa_pipeline.records import Seconds

Turns: TypeAlias = int
"""A set of turns: bit ``i`` for turn ``i``."""


def bits_of(passages: Iterable[Passage]) -> Turns:
    """The turns as bits."""
    return sum(1 << passage.index for passage in passages)


def members(bits: int) -> Sequence[int]:
    """The numbers whose bits are set, ascending."""
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found


@dataclass(frozen=True, slots=True)
class Timeline:
    """``starts`` and ``ends`` of all turns, each sorted; which turns have begun after so many of the starts, and which
    have not ended after so many of the ends.
    """

    starts: Sequence[Seconds]
    begun: Sequence[Turns]
    ends: Sequence[Seconds]
    unended: Sequence[Turns]

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> Timeline:
        """The timeline of these turns."""
        by_start = sorted(passages, key=lambda passage: passage.start)
        by_end = sorted(passages, key=lambda passage: passage.end)
        begun, unended = [0], [bits_of(passages)]
        for passage in by_start:
            begun.append(begun[-1] | 1 << passage.index)
        for passage in by_end:
            unended.append(unended[-1] & ~(1 << passage.index))
        return cls([p.start for p in by_start], begun, [p.end for p in by_end], unended)

    def touching(self, start: Seconds, end: Seconds) -> Turns:
        """The turns of which some part, or an edge, lies in ``[start, end]``."""
        return self.begun[bisect_right(self.starts, end)] & self.unended[bisect_left(self.ends, start)]
