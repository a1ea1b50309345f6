"""What was talked about: words by role (词频), words that go together (词语关联), words that rise (趋势).

Words are jieba's, of two characters or more: nouns and verbs of its dictionary, without numbers and names, and without
what every text is full of, by its inverse document frequencies and a list of telephone manners. A word counts once a
call, so that one long call does not speak for a night.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from pathlib import Path

from qa_pipeline.text.segment import segment

COMMON_IDF = 5.0
"""A word below this inverse document frequency says nothing: 可以, 没有, 我们. (水费 has 8.9, 投诉 8.4.)"""

RISEN = 2.0
"""How many times as common a word must have become, at least, to have risen."""

_NUMBERISH = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿幺点号半第几]+[\w]?")
# What every call of every night is full of, so that it tells nothing about any: one word a line.
_MANNERS = Path(__file__).with_name("words_left_out.txt")
# Nouns, names of places and bodies, verbal nouns, verbs, abbreviations, as jieba's dictionary tags them; no persons.
_TELLING_TAGS = ("n", "ns", "nt", "nz", "ng", "vn", "v", "j", "an", "l")


@dataclass
class WordCount:
    """Words of one side: in how many of ``calls`` each came up. Two of them add up."""

    calls: int = 0
    words: Counter[str] = field(default_factory=Counter)

    def add(self, words: Iterable[str]) -> None:
        """Count one call's words, each once."""
        self.calls += 1
        self.words.update(set(words))

    def merge(self, other: WordCount) -> WordCount:
        """Add ``other`` to this, and return this."""
        self.calls += other.calls
        self.words.update(other.words)
        return self

    def top(self, count: int) -> list[tuple[str, int]]:
        """The most frequent words with their calls, two calls at least; ties in the order of the characters."""
        often = (item for item in self.words.items() if item[1] > 1)
        return sorted(often, key=lambda item: (-item[1], item[0]))[:count]


@dataclass(frozen=True, slots=True)
class Rising:
    """A word that more calls have than before: ``now`` and ``before`` are shares of calls in [0, 1]."""

    word: str
    calls: int
    now: float
    before: float

    @property
    def times(self) -> float | None:
        """How many times as common; None where it is new."""
        return self.now / self.before if self.before else None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words that come up in the same calls; ``lift`` is how many times as often as chance would have it."""

    one: str
    other: str
    calls: int
    lift: float


def content_words(text: str) -> list[str]:
    """The words of ``text`` that say what it is about, in order."""
    return [word for token in segment(text) if _says_something(word := token.text.lower())]


def rising(now: WordCount, before: WordCount, count: int, least: int = 3) -> list[Rising]:
    """Words in at least ``least`` calls whose share of calls rose ``RISEN`` times beyond chance, most telling first.

    Beyond chance: the log of the odds against before is above twice its standard error, half a call added to each
    side (Haldane's correction), so that new words have a figure too.
    """
    found = []
    for word, calls in now.words.items():
        if calls < least or not before.calls:
            continue
        was = before.words[word]
        share, share_was = calls / now.calls, was / before.calls
        telling = _log_odds_z(calls, now.calls, was, before.calls)
        if telling > 2 and share >= RISEN * share_was:
            found.append((telling, Rising(word, calls, share, share_was)))
    found.sort(key=lambda item: (-item[0], item[1].word))
    return [word for _, word in found[:count]]


def pairs(calls: Sequence[frozenset[str]], count: int, least: int = 3, among: int = 60) -> list[Pair]:
    """Pairs of the ``among`` most frequent words that come together in ``least`` calls or more, strongest first."""
    frequency = Counter(word for words in calls for word in words)
    kept = {word for word, _ in sorted(frequency.items(), key=lambda item: (-item[1], item[0]))[:among]}
    together: Counter[tuple[str, str]] = Counter()
    for words in calls:
        together.update(combinations(sorted(words & kept), 2))
    found = []
    for (one, other), both in together.items():
        lift = both * len(calls) / (frequency[one] * frequency[other])
        if both >= least and lift > 1.5 and one not in other and other not in one:
            found.append(Pair(one, other, both, lift))
    found.sort(key=lambda pair: (-pair.calls * math.log(pair.lift), pair.one, pair.other))
    return found[:count]


def _log_odds_z(now: int, n_now: int, before: int, n_before: int) -> float:
    cells = (now + 0.5, n_now - now + 0.5, before + 0.5, n_before - before + 0.5)
    odds = math.log(cells[0] / cells[1]) - math.log(cells[2] / cells[3])
    return odds / math.sqrt(sum(1 / cell for cell in cells))


@cache
def _says_something(word: str) -> bool:
    if len(word) < 2 or word in _left_out() or _NUMBERISH.fullmatch(word):
        return False
    return _tags().get(word) in _TELLING_TAGS and _idf().get(word, COMMON_IDF) >= COMMON_IDF


@cache
def _left_out() -> frozenset[str]:
    return frozenset(_MANNERS.read_text(encoding="utf-8").split())


@cache
def _tags() -> dict[str, str]:
    """Each word of jieba's dictionary and its part of speech."""
    from jieba import get_dict_file

    with get_dict_file() as file:
        return {word: tag for word, _, tag in (line.decode("utf-8").split() for line in file)}


@cache
def _idf() -> dict[str, float]:
    """The inverse document frequencies of jieba, from its file: importing ``jieba.analyse`` takes seconds."""
    import jieba

    file = Path(jieba.__file__).with_name("analyse") / "idf.txt"
    pairs_of = (line.split(" ") for line in file.read_text(encoding="utf-8").splitlines())
    return {word: float(value) for word, value in pairs_of}
