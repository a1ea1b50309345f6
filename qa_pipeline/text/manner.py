"""How an agent deals with a caller: feeling with him, praising him, venting, holding to his own view, or none of these.

Softmax regression on words and pairs of characters, as plain weights (``scripts/manner`` trains it). A turn says
several things, so it is read in short overlapping stretches, and each kind has the share of the stretch that shows it
best. It is deterministic, and ``Shown.words`` are those that weighed. How far to trust it stands in the manual of the
operator ``manner``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from qa_pipeline.text.attitude import features

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


@dataclass(frozen=True, slots=True)
class Model:
    """The weights: for each feature how rare it is, and how much it speaks for each of ``KINDS``."""

    bias: tuple[float, ...]
    features: Mapping[str, tuple[float, tuple[float, ...]]]


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
    sums = list(_model().bias)
    for _, weights in _weighed(text):
        sums = [total + weight for total, weight in zip(sums, weights, strict=True)]
    top = max(sums)
    powers = [math.exp(total - top) for total in sums]
    return {kind: power / sum(powers) for kind, power in zip(KINDS, powers, strict=True)}


def _telling(text: str, kind: Manner, most: int = 3) -> tuple[str, ...]:
    at, none = KINDS.index(kind), KINDS.index(Manner.NONE)
    pulls = {feature: weights[at] - weights[none] for feature, weights in _weighed(text)}
    towards = [f for f, pull in pulls.items() if pull > 0 and len(f) > 1 and not set(f) & set("^$_")]
    return tuple(sorted(towards, key=lambda f: (-pulls[f], f))[:most])


def _weighed(text: str) -> list[tuple[str, tuple[float, ...]]]:
    """Each known feature of ``text`` with its weights, scaled so that long and short stretches compare."""
    known = [(f, *_model().features[f]) for f in features(text) if f in _model().features]
    if len(known) < FEWEST:
        return []
    length = math.sqrt(sum(rarity * rarity for _, rarity, _ in known)) or 1.0
    return [(feature, tuple(rarity / length * weight for weight in weights)) for feature, rarity, weights in known]


@cache
def _model() -> Model:
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    if stored["kinds"] != [kind.value for kind in KINDS]:
        raise ValueError(f"{MODEL.name} was trained for other kinds")
    return Model(
        bias=tuple(stored["bias"]),
        features={feature: (rarity, tuple(weights)) for feature, (rarity, *weights) in stored["features"].items()},
    )
