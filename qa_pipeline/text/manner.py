"""How an agent deals with a caller: feeling with him, praising him, venting, holding to his own view, or none of these.

Softmax regression on words and pairs of characters, as plain weights (``scripts/manner`` trains it). A turn says
several things, so it is read in short overlapping stretches, and each kind has the share of the stretch that shows it
best. It is deterministic, and ``Shown.words`` are those that weighed. How far to trust it stands in the manual of the
operator ``manner``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from qa_pipeline.text.attitude import features
from qa_pipeline.text.softmax import Model, Weighed, load_model

MODEL = Path(__file__).with_name("manner.json")

STRETCH = 22
STEP = 7
FEWEST = 6
"""Known features of which a stretch needs so many: one or two would decide alone."""


class Manner(StrEnum):
    """The kinds that are told apart."""

    EMPATHY = "empathy"
    PRAISE = "praise"
    VENTING = "venting"
    OWN_VIEW = "own_view"
    NONE = "none"


KINDS = tuple(Manner)


@dataclass(frozen=True, slots=True)
class Shown:
    """The stretch ``text[start:end]`` that shows a kind best, how surely (0 to 1), and by which words."""

    share: float
    start: int
    end: int
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def shown(text: str, kind: Manner) -> Shown:
    """Where normalised ``text`` shows ``kind`` best."""
    starts = range(0, max(1, len(text) - STRETCH // 2 + 1), STEP)
    share, start = max(((manner(text[at : at + STRETCH])[kind], at) for at in starts), key=lambda s: (s[0], -s[1]))
    end = min(len(text), start + STRETCH)
    return Shown(share, start, end, _telling(text[start:end], kind))


@lru_cache(maxsize=16384)
def manner(text: str) -> Mapping[Manner, float]:
    """How likely each kind is for one stretch; the shares add up to 1."""
    return dict(zip(KINDS, _model().shares(_weighed(text)), strict=True))


def _telling(text: str, kind: Manner, most: int = 3) -> tuple[str, ...]:
    at, none = KINDS.index(kind), KINDS.index(Manner.NONE)
    pulls = {feature: weights[at] - weights[none] for feature, weights in _weighed(text)}
    towards = [f for f, pull in pulls.items() if pull > 0 and len(f) > 1 and not set(f) & set("^$_")]
    return tuple(sorted(towards, key=lambda f: (-pulls[f], f))[:most])


def _weighed(text: str) -> Weighed:
    return _model().weigh(features(text), FEWEST)


@cache
def _model() -> Model:
    return load_model(MODEL, KINDS)
