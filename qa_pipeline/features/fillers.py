"""Fillers (口头禅): telling 那个…… that fills a pause from 那个窗口 that means something.

A recogniser's text alone cannot always show it. What is used: pauses around the word (punctuation, a gap between word
times, the end of an utterance), the words beside it, and 先 before 然后. In doubt the word means something: a filler
that is missed costs little, an agent blamed for 那个窗口 stops trusting the tool.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa_pipeline.features.passages import Passage
from qa_pipeline.features.turns import is_nod
from qa_pipeline.text.segment import Token, segment

_POINTING = frozenset({"那个", "这个", "内个", "那"})
_COPULA = frozenset({"就是", "就是说"})
_THEN = "然后"
_FIRST = frozenset({"先", "首先", "第一", "第一步", "头一步", "一是"})
_STARTS_ANEW = frozenset(
    ["我", "你", "您", "他", "她", "我们", "你们", "您们", "他们", "咱", "咱们", "怎么", "因为", "所以", "如果", "反正"]
)
"""Words that 那个 cannot point at: before them it fills a pause."""

HABIT = 3
"""So many 然后 in one turn, with no 先 before them, are a habit whatever they mean."""


@dataclass(frozen=True, slots=True)
class Filler:
    """``word`` stands at ``[start, end)`` of the passage's text."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Place:
    """A word among its neighbours; ``before`` and ``after`` are empty across a pause."""

    word: str
    before: str
    after: str
    anew: bool
    breaks_off: bool


def fillers_in(passage: Passage, words: Collection[str], count_meant: bool = False) -> list[Filler]:
    """The fillers among ``words`` (normalised) that ``passage`` holds, in order.

    Utterances that are wholly nods (嗯。好的。) are answers and hold none. ``count_meant`` takes every occurrence of a
    word at word boundaries.
    """
    text = passage.text
    if not any(word in text for word in words):
        return []
    tokens = _tokens(passage, sorted(words, key=len, reverse=True))
    answers = [span for span in passage.extents if is_nod(text[span[0] : span[1]])]
    found = [
        Filler(token.text, token.start, token.end)
        for position, token in enumerate(tokens)
        if token.text in words
        and not any(start <= token.start < end for start, end in answers)
        and (count_meant or _fills(position, tokens, passage, words))
    ]
    if count_meant:
        return found
    return sorted([*found, *_habits(tokens, words, found)], key=lambda filler: filler.start)


def _tokens(passage: Passage, words: Sequence[str]) -> list[Token]:
    """Words by jieba between pauses, with each of ``words`` (longest first) that spans whole tokens joined to one."""
    text, joined = passage.text, []
    cuts = sorted({0, len(text), *passage.pauses})
    for low, high in pairwise(cuts):
        tokens = segment(text[low:high])
        ends = {token.end + low for token in tokens}
        at = low
        while at < high:
            word = next((w for w in words if text.startswith(w, at) and at + len(w) in ends), None)
            end = at + len(word) if word else min(e for e in ends if e > at)
            joined.append(Token(text[at:end], at, end))
            at = end
    return joined


def _fills(position: int, tokens: Sequence[Token], passage: Passage, words: Collection[str]) -> bool:
    """Whether the word at ``position`` only fills a pause."""
    token = tokens[position]
    anew = token.start == 0 or token.start in passage.pauses
    breaks_off = token.end == len(passage.text) or token.end in passage.pauses
    before = "" if anew else tokens[position - 1].text
    after = "" if breaks_off else tokens[position + 1].text
    place = _Place(token.text, before, after, anew, breaks_off)
    if token.text in _POINTING:
        return _pointing_fills(place, words)
    if token.text in _COPULA:
        return (anew or before in words) and (breaks_off or after in words)
    if token.text == _THEN:
        earlier = any(t.text in _FIRST for t in tokens[:position])
        return not earlier and (breaks_off or after in words or before in words)
    return True


def _pointing_fills(place: _Place, words: Collection[str]) -> bool:
    if place.breaks_off:
        # 要那个, 到达的那个, 刷卡那个: said in one breath with what comes before, it points at something.
        return place.anew or place.before in words
    return place.after in words or place.after in _STARTS_ANEW


def _habits(tokens: Sequence[Token], words: Collection[str], found: Sequence[Filler]) -> Iterator[Filler]:
    """The 然后 that are fillers by their number alone."""
    then = [t for t in tokens if t.text == _THEN and _THEN in words]
    if len(then) < HABIT or any(t.text in _FIRST for t in tokens if t.start < then[0].start):
        return
    already = {filler.start for filler in found}
    yield from (Filler(t.text, t.start, t.end) for t in then if t.start not in already)
