"""How an agent deals with a caller: feeling with him, praising him, venting, holding to his own view.

The same model as ``attitude``, asked where in a turn it shows: a turn says several things, so the place of a kind is
the stretch of it that speaks for the kind most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from qa_pipeline.text.attitude import Attitude, attitude, telling

STRETCH = 22
STEP = 7


class Manner(StrEnum):
    """The kinds that are told apart."""

    EMPATHY = "empathy"
    PRAISE = "praise"
    VENTING = "venting"
    OWN_VIEW = "own_view"


KINDS = tuple(Manner)


@dataclass(frozen=True, slots=True)
class Shown:
    """The stretch ``text[start:end]`` that shows a kind best, how surely the turn does (0 to 1), and by which words."""

    share: float
    start: int
    end: int
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def shown(text: str, kind: Manner) -> Shown:
    """How surely normalised ``text`` shows ``kind``, and where."""
    starts = range(0, max(1, len(text) - STRETCH // 2 + 1), STEP)
    best = max(starts, key=lambda at: (manner(text[at : at + STRETCH])[kind], -at))
    end = min(len(text), best + STRETCH)
    return Shown(manner(text)[kind], best, end, telling(text[best:end], Attitude(kind.value)))


def manner(text: str) -> Mapping[Manner, float]:
    """How likely each kind is for normalised ``text``, each by itself."""
    shares = attitude(text)
    return {kind: shares[Attitude(kind.value)] for kind in KINDS}
