"""What attitude an agent's words show: softmax regression on words and pairs of characters, as plain weights.

``scripts/attitude`` trains it on sentences written for this project, by kind: contempt, annoyance, refusal, doubt,
carelessness, sending people away, promising too much, and none of these. Phrases and patterns know the ways of
speaking that somebody thought of; this adds what only resembles them. It is deterministic, and says which words
weighed. How far to trust it stands in the manual of the operator ``attitude``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from qa_pipeline.text.segment import segment

MODEL = Path(__file__).with_name("attitude.json")

_FILLERS = re.compile("呃|嗯|那个|就是说|就是|反正|然后")


class Attitude(StrEnum):
    """The kinds that are told apart."""

    CONTEMPT = "contempt"
    ANNOYED = "annoyed"
    REFUSAL = "refusal"
    DOUBT = "doubt"
    CASUAL = "casual"
    SHIRKING = "shirking"
    OVERPROMISE = "overpromise"
    NONE = "none"


KINDS = tuple(Attitude)
FAULTS = tuple(kind for kind in KINDS if kind is not Attitude.NONE)


@dataclass(frozen=True, slots=True)
class Model:
    """The weights: for each feature how rare it is, and how much it speaks for each of ``KINDS``."""

    bias: tuple[float, ...]
    features: Mapping[str, tuple[float, tuple[float, ...]]]


@lru_cache(maxsize=8192)
def attitude(text: str) -> Mapping[Attitude, float]:
    """How likely each kind is for normalised ``text``; the shares add up to 1."""
    found = _model()
    sums = list(found.bias)
    for _, weights in _weighed(text):
        sums = [total + weight for total, weight in zip(sums, weights, strict=True)]
    top = max(sums)
    shares = [math.exp(total - top) for total in sums]
    return {kind: share / sum(shares) for kind, share in zip(KINDS, shares, strict=True)}


def telling(text: str, kind: Attitude, most: int = 3) -> tuple[str, ...]:
    """The words of ``text`` that weighed most for ``kind`` against none; pairs of characters where words lack."""
    at, none = KINDS.index(kind), KINDS.index(Attitude.NONE)
    words = {token.text for token in segment(_without_fillers(text))}
    pulls = {feature: weights[at] - weights[none] for feature, weights in _weighed(text)}
    towards = [f for f, pull in pulls.items() if pull > 0 and not set(f) & set("^$_")]
    towards.sort(key=lambda f: (f not in words or len(f) == 1, -pulls[f], f))
    return tuple(towards[:most])


def features(text: str) -> list[str]:
    """What the model looks at, each once: words, pairs of words and of characters, how the sentence begins and ends."""
    text = _without_fillers(text)
    words = [token.text for token in segment(text)]
    pairs = ["".join(pair) for pair in pairwise(text)]
    ends = [f"^{text[:2]}", f"{text[-2:]}$", f"{text[-1:]}$"]
    return list(dict.fromkeys([*words, *pairs, *ends, *map("_".join, pairwise(words))]))


def _without_fillers(text: str) -> str:
    return _FILLERS.sub("", text)


def _weighed(text: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Each known feature of ``text`` with its weights, scaled so that long and short sentences compare."""
    known = [(f, *_model().features[f]) for f in features(text) if f in _model().features]
    length = math.sqrt(sum(rarity * rarity for _, rarity, _ in known)) or 1.0
    for feature, rarity, weights in known:
        yield feature, tuple(rarity / length * weight for weight in weights)


@cache
def _model() -> Model:
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    if stored["kinds"] != [kind.value for kind in KINDS]:
        raise ValueError(f"{MODEL.name} was trained for other kinds")
    return Model(
        bias=tuple(stored["bias"]),
        features={feature: (rarity, tuple(weights)) for feature, (rarity, *weights) in stored["features"].items()},
    )
