"""How content or angry words sound: snownlp's own Bayes class on jieba's words, trained on hotline sentences.

snownlp's ready model is trained on shopping reviews and finds a correct greeting hateful; this one is trained by
``scripts/sentiment`` on sentences of callers that were written for it. It tells anger and reproach from everything
else: a calm report of a fault (我家暖气不热) is not negative, nor is worry. Words that the model has never met say
nothing; where it knows none, nobody can tell.

How good it is: of 762 sentences, each judged by a model that was trained without it, 87.5 % fall on the right side
(three held-out thirds: 85.9, 87.4 and 89.3 %; ``python -m scripts.sentiment.train --check``). Those sentences are short
and clear. Real callers are neither: use it for the trend of a call, and read the quotes before anybody loses points.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from qa_pipeline.text.segment import segment

MODEL = Path(__file__).with_name("sentiment.json")
NEGATIVE, CALM = "negative", "calm"
TOO_SURE = 1.5
"""Bayes takes words for independent and is too sure of itself; its log-odds divided by this fit held-out sentences."""

MAX_WORDS = 3
"""Words that a judgement names as its grounds."""


@lru_cache(maxsize=8192)
def sentiment(text: str) -> float | None:
    """How normalised ``text`` sounds: 0 angry, 1 calm or content; None where the model knows none of its words."""
    prior, weights = _weights()
    known = [weights[feature] for feature in features(text) if feature in weights]
    if not known:
        return None
    return 1 / (1 + math.exp(max(-500.0, min(500.0, (prior + sum(known)) / TOO_SURE))))


def telling_words(text: str, angry: bool) -> tuple[str, ...]:
    """The words that weighed most towards anger (or calm); pairs that are no words only where words lack."""
    _, weights = _weights()
    towards = 1 if angry else -1
    words = {token.text for token in segment(text)}
    telling = [feature for feature in features(text) if towards * weights.get(feature, 0.0) > 0]
    telling.sort(key=lambda f: (f not in words or len(f) == 1, -towards * weights[f], f))
    return tuple(telling[:MAX_WORDS])


def features(text: str) -> list[str]:
    """What the model looks at: jieba's words and all pairs of characters, each once.

    Pairs carry what words of so small a corpus do not: 受够 and 受不了 share nothing, 受够 and 真受够 do.
    """
    return list(dict.fromkeys([*(token.text for token in segment(text)), *map("".join, pairwise(text))]))


def train(sentences: Iterable[tuple[str, str]]) -> Any:
    """A Bayes model of (side, normalised sentence) pairs; the same sentences give the same model."""
    model = bayes_class()()
    model.train([(features(text), side) for side, text in sentences])
    return model


def dump(model: Any) -> str:
    """A model as JSON, sorted, one word per line of a readable diff."""
    sides = {side: {"total": p.total, "words": dict(sorted(p.d.items()))} for side, p in sorted(model.d.items())}
    return json.dumps({"total": model.total, "sides": sides}, ensure_ascii=False, indent=0) + "\n"


def load(text: str) -> Any:
    """The model that ``dump`` wrote."""
    stored = json.loads(text)
    model = bayes_class()()
    # Training on nothing gives each side its own counter, without naming the counter's class here.
    model.train([([], side) for side in stored["sides"]])
    for side, counts in stored["sides"].items():
        model.d[side].total, model.d[side].d = counts["total"], counts["words"]
    model.total = stored["total"]
    return model


@cache
def bayes_class() -> Any:
    """``snownlp.classification.bayes.Bayes``, without the five seconds that importing ``snownlp`` takes.

    The package loads its own models when it is imported. Its modules are therefore imported under another name, of a
    package that has snownlp's folder and nothing of its ``__init__``.
    """
    name = "_snownlp_without_models"
    if name not in sys.modules:
        spec = find_spec("snownlp")
        package = ModuleType(name)
        package.__path__ = list(spec.submodule_search_locations or ()) if spec else []
        sys.modules[name] = package
    return import_module(f"{name}.classification.bayes").Bayes


@cache
def _model() -> Any:
    return load(MODEL.read_text(encoding="utf-8"))


@cache
def _weights() -> tuple[float, dict[str, float]]:
    """What ``Bayes.classify`` adds up for every text, worked out once."""
    return log_odds(_model())


def log_odds(model: Any) -> tuple[float, dict[str, float]]:
    """The odds of anger before any word, and what each word that ``model`` knows adds to them, as logarithms."""
    angry, calm = model.d[NEGATIVE], model.d[CALM]
    words = {*angry.samples(), *calm.samples()}
    prior = math.log(angry.getsum()) - math.log(calm.getsum())
    return prior, {word: math.log(angry.freq(word)) - math.log(calm.freq(word)) for word in sorted(words)}
