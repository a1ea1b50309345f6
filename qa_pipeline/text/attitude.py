"""What an agent's words show: one logistic regression for each attitude, over words and short strings of characters.

``scripts/attitude`` trains it on sentences, pairs and calls written for this project, by kind: the five red lines,
sending people away, promising too much, banned wordings, venting, holding to one's own view; and of the good, empathy,
praise, a caring word, the offer of more help, a closing, saying back what the caller said. Phrases and patterns know
the ways of speaking that somebody thought of; this adds what only resembles them, and doubts what only looks like them.
What the caller said just before stands beside the agent's words with a third of their weight: 那您多穿点 answers thanks
otherwise than a complaint. A text may show several kinds, or none. It is deterministic, and says which words weighed.
How far to trust it stands in the manual of the operator ``attitude``.
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

HEARD = 40
"""How many characters of what the caller said last are looked at."""

BESIDE = 0.3
"""The length of what the caller said beside the agent's words, whose length is 1."""

_CALLER = {
    "asks": re.compile("吗|么|呢|怎么|咋|什么|啥|几|哪|多少|能不能|可不可以|行不行|是不是|有没有|谁|为何|为啥"),
    "thanks": re.compile("谢|辛苦|麻烦您|麻烦你"),
    "upset": re.compile("投诉|气|烦|骗|凭什么|什么态度|受不了|太过分|曝光|骂|急死|火|欺负|糊弄|推"),
    "hardship": re.compile(
        "老人|孩子|病|疼|冷|冻|一个人|腿|眼|着急|急|怕|难|累|没钱|等了|跑了|白跑|耽误|哭|住院|娃|妈|爸|老伴|残"
    ),
    "insists": re.compile("我(都|已经|也|没|不是|明明|亲眼|查|看|试|交|拍|录|有)|没有|确实|就是"),
}
"""What a caller may be doing, by his words."""

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
    CLOSING = "closing"
    CONFIRMS = "confirms"


KINDS = tuple(Attitude)
GOOD = (
    Attitude.EMPATHY, Attitude.PRAISE, Attitude.CARE, Attitude.MORE_HELP, Attitude.CLOSING, Attitude.CONFIRMS
)  # fmt: skip
FAULTS = tuple(kind for kind in KINDS if kind not in GOOD)


@lru_cache(maxsize=8192)
def attitude(text: str, before: str = "") -> Mapping[Attitude, float]:
    """How likely each kind is for normalised ``text``, said after the caller's ``before``; each by itself."""
    return dict(zip(KINDS, _model().shares(_weighed(text, before)), strict=True))


def telling(text: str, kind: Attitude, before: str = "", most: int = 3) -> tuple[str, ...]:
    """The words of ``text`` that weighed most for ``kind``; strings of characters where words lack."""
    pulls = _pulls(text, before, kind)
    words = {token.text.translate(_SAME) for token in segment(_without_fillers(text))}
    towards = [f for f, pull in pulls.items() if pull > 0 and not set(f) & set("^$_~:")]
    towards.sort(key=lambda f: (f not in words or len(f) == 1, -pulls[f], f))
    return tuple(_as_said(feature, text) for feature in towards[:most])


def telling_before(text: str, kind: Attitude, before: str, least: float = 0.15) -> str:
    """The word of the caller's ``before`` that weighed most for ``kind``; empty where none pulled at ``least``."""
    pulls = _pulls(text, before, kind)
    heard = [f for f in pulls if f.startswith("c:") and "_" not in f and len(f) > len("c:x") and pulls[f] >= least]
    return max(heard, key=lambda f: (pulls[f], f), default="c:").removeprefix("c:")


def _pulls(text: str, before: str, kind: Attitude) -> Mapping[str, float]:
    weighed = _weighed(text, before)
    return dict(zip(weighed.features, weighed.weights[:, KINDS.index(kind)].tolist(), strict=True))


def features(text: str) -> list[str]:
    """What the model looks at, each once: words, pairs of them near each other, and up to three characters running."""
    text = _without_fillers(text).translate(_SAME)
    words = [token.text for token in segment(text)]
    edged = f"^{text}$"
    strings = [edged[at : at + size] for size in (1, 2, 3) for at in range(len(edged) - size + 1)]
    near = [f"{word}~{other}" for at, word in enumerate(words) for other in words[at + 2 : at + 2 + SKIPPED]]
    return list(dict.fromkeys([*strings, *words, *map("_".join, pairwise(words)), *near]))


def beside(text: str, before: str) -> list[str]:
    """What the model looks at of what the caller said: his words, what he may be doing, which words came back."""
    heard = before[-HEARD:].translate(_SAME)
    words = list(dict.fromkeys(token.text for token in segment(heard))) if heard else []
    if not words:
        return []
    said = dict.fromkeys(token.text for token in segment(text.translate(_SAME)))
    returned = [word for word in said if len(word) > 1 and word in words]
    pairs = ["_".join(pair) for pair in pairwise(token.text for token in segment(heard))]
    doing = [f"does:{name}" for name, pattern in _CALLER.items() if pattern.search(heard)]
    heard_words = dict.fromkeys(f"c:{word}" for word in [*words, *pairs])
    return [*heard_words, *doing, *(f"again:{word}" for word in returned), f"again:{min(len(returned), 3)}"]


def _as_said(feature: str, text: str) -> str:
    """The feature with the 'you' that was said."""
    plain = text.translate(_SAME)
    at = plain.find(feature)
    return text[at : at + len(feature)] if at >= 0 else feature


def _without_fillers(text: str) -> str:
    return _FILLERS.sub("", text)


@lru_cache(maxsize=256)
def _weighed(text: str, before: str) -> Weighed:
    return _model().weigh(features(text), beside(text, before), BESIDE)


@cache
def _model() -> Model:
    return load_model(MODEL, KINDS)
