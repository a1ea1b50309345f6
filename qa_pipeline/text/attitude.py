"""What attitude an agent's words show: softmax regression on words and pairs of characters, as plain weights.

``scripts/attitude`` trains it on sentences written for this project, by kind: contempt, annoyance, refusal, doubt,
carelessness, sending people away, promising too much, and none of these. Phrases and patterns know the ways of
speaking that somebody thought of; this adds what only resembles them. It is deterministic, and says which words
weighed. How far to trust it stands in the manual of the operator ``attitude``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from qa_pipeline.text.segment import segment
from qa_pipeline.text.softmax import Model, Weighed, load_model

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


@lru_cache(maxsize=8192)
def attitude(text: str) -> Mapping[Attitude, float]:
    """How likely each kind is for normalised ``text``; the shares add up to 1."""
    return dict(zip(KINDS, _model().shares(_weighed(text)), strict=True))


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


def _weighed(text: str) -> Weighed:
    return _model().weigh(features(text))


@cache
def _model() -> Model:
    return load_model(MODEL, KINDS)
