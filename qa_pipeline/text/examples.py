"""Sentences that say much the same as an example, found inside a turn of which nobody knows where sentences end.

Two pieces of text are compared by the cosine of their weighted characters and character pairs: the same words in
another order, or with something in between, stay near; the same particles do not make two sentences alike. A
negation weighs three times, so that 可以给您办 and 不可以给您办 are apart, and half of an example is less than the
whole (the cosine times the root of the ratio of lengths). No model, no randomness.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from qa_pipeline.text.segment import word_boundaries
from qa_pipeline.text.similarity import NEGATIONS

PARTICLES = frozenset("的了吗呢吧啊呀哦嗯呃我你您他她们这那是就也都还在有个一下")
"""Characters that say little of what a sentence is about."""

SHORTEST, LONGEST = 0.6, 1.6
"""A window is compared where its length is between these shares of the example's."""


@dataclass(frozen=True, slots=True)
class Alike:
    """``text[start:end]`` resembles ``example``; ``similarity`` in [0, 1], 1 for the very words in their order."""

    start: int
    end: int
    example: str
    similarity: float


class Examples:
    """Finds what resembles any of ``examples`` (normalised, none empty) by at least ``least``, which is over 0.5.

    Pieces of equal length without one character pair in common are never that near, so one automaton over the pairs
    of all examples shows where to look.
    """

    def __init__(self, examples: Sequence[str], least: float) -> None:
        from ahocorasick_rs import AhoCorasick

        self._least = least
        self._examples = [_Example.of(text) for text in dict.fromkeys(examples)]
        self._owners: dict[str, list[int]] = {}
        for number, example in enumerate(self._examples):
            for pair in example.telling_pairs:
                self._owners.setdefault(pair, []).append(number)
        self._pairs = sorted(self._owners)
        self._automaton: Any = AhoCorasick(self._pairs)

    def find(self, text: str) -> Iterator[Alike]:
        """The nearest windows in order of position, none overlapping another; they begin and end between words."""
        places: dict[int, list[int]] = {}
        for pair, start, _ in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for number in self._owners[self._pairs[pair]]:
                places.setdefault(number, []).append(start)
        found: list[Alike] = []
        for number, starts in places.items():
            example = self._examples[number]
            for area in example.areas(starts, len(text)):
                if example.at_best(text[slice(*area)]) < self._least:
                    continue
                found.extend(example.windows(text, area, self._least))
        yield from _apart(found)


def _apart(found: list[Alike]) -> list[Alike]:
    """Of the windows found, the best that do not overlap, in order of position."""
    kept: list[Alike] = []
    for alike in sorted(found, key=lambda a: (-a.similarity, a.start, a.end)):
        if all(alike.end <= other.start or other.end <= alike.start for other in kept):
            kept.append(alike)
    return sorted(kept, key=lambda a: a.start)


@dataclass(frozen=True, slots=True)
class _Example:
    """An example sentence, ready to be compared."""

    text: str
    features: Counter[str]
    norm: float
    telling_pairs: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Example:
        features = Counter(text) + Counter(_pairs(text))
        norm = math.sqrt(sum((_weight(f) * n) ** 2 for f, n in features.items()))
        return cls(text, features, norm, tuple(sorted(p for p in set(_pairs(text)) if not PARTICLES.issuperset(p))))

    @property
    def needed(self) -> int:
        """How many telling pairs must be near one another before a comparison is worth its time."""
        return max(1, min(2, len(self.telling_pairs) // 3))

    def areas(self, starts: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
        """Stretches of a text of ``length`` in which enough of the example's pairs (at ``starts``) lie together."""
        reach = int(len(self.text) * LONGEST) + 1
        opened: list[int] = []
        for start in [*sorted(set(starts)), length + 2 * reach]:
            if opened and start - opened[-1] > reach:
                if len(opened) >= self.needed:
                    yield max(0, opened[0] - reach), min(length, opened[-1] + 1 + reach)
                opened = []
            opened.append(start)

    def at_best(self, text: str) -> float:
        """What no window of ``text`` exceeds: the cosine of the example with the part of itself that ``text`` holds."""
        held = {*text, *_pairs(text)}.intersection(self.features)
        return math.sqrt(sum((_weight(f) * self.features[f]) ** 2 for f in held)) / self.norm

    def windows(self, text: str, area: tuple[int, int], least: float) -> Iterator[Alike]:
        """For each word that a window in ``area`` may begin with, the best window, where it is near enough."""
        bounds = sorted(b for b in word_boundaries(text) if area[0] <= b <= area[1])
        for number, start in enumerate(bounds):
            best = max(self._grow(text, start, bounds[number + 1 :]), key=lambda a: a.similarity, default=None)
            if best is not None and best.similarity >= least:
                yield best

    def _grow(self, text: str, start: int, ends: Sequence[int]) -> Iterator[Alike]:
        """The windows from ``start`` to each of ``ends``, compared as they grow."""
        seen: Counter[str] = Counter()
        dot = square = 0.0
        at = start
        for end in ends:
            if end - start > len(self.text) * LONGEST:
                return
            for position in range(at, end):
                pair = (text[position - 1 : position + 1],) if position > start else ()
                for feature in (text[position], *pair):
                    weight = _weight(feature) ** 2
                    square += weight * (2 * seen[feature] + 1)
                    dot += weight * self.features[feature]
                    seen[feature] += 1
            at = end
            if end - start >= len(self.text) * SHORTEST and square:
                cosine = min(1.0, dot / (self.norm * math.sqrt(square)))
                yield Alike(start, end, self.text, cosine * self._as_long(end - start))

    def _as_long(self, length: int) -> float:
        """How far a window of ``length`` covers the example, and only it: 1 where they are as long."""
        return math.sqrt(min(length, len(self.text)) / max(length, len(self.text)))


def _pairs(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(len(text) - 1)]


def _weight(feature: str) -> float:
    """How much a character or a pair of them says."""
    if not NEGATIONS.isdisjoint(feature):
        return 3.0 if len(feature) == 1 else 1.0
    return 0.3 if PARTICLES.issuperset(feature) else 1.0
