"""What an agent's words show: one logistic regression for each attitude, over words and short strings of characters.

``scripts/attitude`` trains it on sentences written for this project, by kind: the five red lines, sending people away,
promising too much, banned wordings, venting, holding to one's own view; and of the good, empathy, praise, a caring word
and the offer of more help. Phrases and patterns know the ways of speaking that somebody thought of; this adds what only
resembles them, and doubts what only looks like them. A text may show several kinds, or none. It is deterministic, and
says which words weighed. How far to trust it stands in the manual of the operator ``attitude``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from qa_pipeline.text.logistic import Model, Weighed, load_model
from qa_pipeline.text.segment import segment

MODEL = Path(__file__).with_name("attitude.tsv")

SKIPPED = 3
"""Words that may stand between the two of a pair: 说…不懂."""

_FILLERS = re.compile("呃|嗯|那个|就是说|就是|反正|然后")
_SAME = str.maketrans("你", "您")
"""Rude words in polite clothes are no less rude: the model is not told which 'you' was said."""


class Attitude(StrEnum):
    """The kinds that are told apart."""

    CONTEMPT = "contempt"
    ANNOYED = "annoyed"
    REFUSAL = "refusal"
    DOUBT = "doubt"
    CASUAL = "casual"
    SHIRKING = "shirking"
    OVERPROMISE = "overpromise"
    BANNED = "banned"
    VENTING = "venting"
    OWN_VIEW = "own_view"
    EMPATHY = "empathy"
    PRAISE = "praise"
    CARE = "care"
    MORE_HELP = "more_help"


KINDS = tuple(Attitude)
GOOD = (Attitude.EMPATHY, Attitude.PRAISE, Attitude.CARE, Attitude.MORE_HELP)
FAULTS = tuple(kind for kind in KINDS if kind not in GOOD)


@lru_cache(maxsize=8192)
def attitude(text: str) -> Mapping[Attitude, float]:
    """How likely each kind is for normalised ``text``, each by itself."""
    return dict(zip(KINDS, _model().shares(_weighed(text)), strict=True))


def telling(text: str, kind: Attitude, most: int = 3) -> tuple[str, ...]:
    """The words of ``text`` that weighed most for ``kind``; strings of characters where words lack."""
    weighed = _weighed(text)
    words = {token.text.translate(_SAME) for token in segment(_without_fillers(text))}
    pulls = dict(zip(weighed.features, weighed.weights[:, KINDS.index(kind)].tolist(), strict=True))
    towards = [f for f, pull in pulls.items() if pull > 0 and not set(f) & set("^$_~")]
    towards.sort(key=lambda f: (f not in words or len(f) == 1, -pulls[f], f))
    return tuple(_as_said(feature, text) for feature in towards[:most])


def features(text: str) -> list[str]:
    """What the model looks at, each once: words, pairs of them near each other, and up to three characters running."""
    text = _without_fillers(text).translate(_SAME)
    words = [token.text for token in segment(text)]
    edged = f"^{text}$"
    strings = [edged[at : at + size] for size in (1, 2, 3) for at in range(len(edged) - size + 1)]
    near = [f"{word}~{other}" for at, word in enumerate(words) for other in words[at + 2 : at + 2 + SKIPPED]]
    return list(dict.fromkeys([*strings, *words, *map("_".join, pairwise(words)), *near]))


def _as_said(feature: str, text: str) -> str:
    """The feature with the 'you' that was said."""
    plain = text.translate(_SAME)
    at = plain.find(feature)
    return text[at : at + len(feature)] if at >= 0 else feature


def _without_fillers(text: str) -> str:
    return _FILLERS.sub("", text)


@lru_cache(maxsize=256)
def _weighed(text: str) -> Weighed:
    return _model().weigh(features(text))


@cache
def _model() -> Model:
    return load_model(MODEL, KINDS)
