"""Phrases with a few wrong characters, found with their positions. Works on normalised text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rapidfuzz.distance import Levenshtein

MIN_PIECE = 2
"""A phrase cut for the search keeps pieces of at least this many characters; shorter ones are found everywhere."""

NEGATIONS = frozenset("不没别无未")
"""One of these more or less is no slip of the recogniser: 我能办 and 我不能办 are never near."""


@dataclass(frozen=True, slots=True)
class Near:
    """``text[start:end]`` is ``phrase`` but for ``errors`` characters (wrong, missing or added)."""

    start: int
    end: int
    phrase: str
    errors: int


def most_errors(length: int) -> int:
    """How many errors a phrase of ``length`` characters may have at most and still be searched for."""
    return max(0, length // MIN_PIECE - 1)


class NearPhrases:
    """Finds many phrases at once, each with up to so many errors, in time nearly linear in the text.

    A phrase with k errors, cut into k + 1 pieces, holds at least one piece unharmed. So one automaton looks for all
    pieces, and only where one is found the phrase is compared, within a few characters of where it would lie.
    """

    def __init__(self, allowed: dict[str, int]) -> None:
        """``allowed``: each phrase (not empty) and its errors, at most ``most_errors`` of its length."""
        from ahocorasick_rs import AhoCorasick

        self._owners: dict[str, list[tuple[str, int, int]]] = {}
        for phrase, errors in allowed.items():
            for offset, piece in _pieces(phrase, errors + 1):
                self._owners.setdefault(piece, []).append((phrase, offset, errors))
        self._pieces = sorted(self._owners)
        self._automaton: Any = AhoCorasick(self._pieces)

    def find(self, text: str) -> Iterator[Near]:
        """The matches in order, none overlapping another: of several at one place the one with fewest errors."""
        found: set[Near] = set()
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for phrase, offset, errors in self._owners[self._pieces[number]]:
                near = _compare(text, phrase, start - offset, end - start + offset, errors)
                if near is not None:
                    found.add(near)
        best = sorted(found, key=lambda n: (n.errors / len(n.phrase), -len(n.phrase), n.start, n.end, n.phrase))
        yield from apart(best)


def apart(ranked: Iterable[Near]) -> list[Near]:
    """Of ``ranked`` matches, best first, those that overlap no better one; in order of position."""
    kept: list[Near] = []
    taken: set[int] = set()
    for near in ranked:
        here = range(near.start, near.end)
        if taken.isdisjoint(here):
            kept.append(near)
            taken.update(here)
    return sorted(kept, key=lambda n: n.start)


def negations(text: str) -> int:
    """How many negating characters ``text`` holds; 不 in an A-not-A question counts too."""
    return sum(character in NEGATIONS for character in text)


def _pieces(phrase: str, count: int) -> Iterator[tuple[int, str]]:
    """``phrase`` cut into ``count`` pieces of nearly equal length, each with its offset."""
    bounds = [round(i * len(phrase) / count) for i in range(count + 1)]
    for begin, end in pairwise(bounds):
        yield begin, phrase[begin:end]


def _compare(text: str, phrase: str, start: int, reach: int, errors: int) -> Near | None:
    """The best match of ``phrase`` that begins within ``errors`` characters of ``start``; None where there is none.

    ``reach`` is how far from ``start`` the piece ends, which the match must hold.
    """
    best: tuple[int, int, int, int] | None = None
    for begin in range(max(0, start - errors), min(start + errors, start + reach) + 1):
        for end in range(max(start + reach, begin + len(phrase) - errors), begin + len(phrase) + errors + 1):
            if end > len(text):
                break
            distance = Levenshtein.distance(phrase, text[begin:end], score_cutoff=errors)
            if distance > errors or negations(text[begin:end]) != negations(phrase):
                continue
            if best is None or (distance, abs(end - begin - len(phrase))) < best[:2]:
                best = distance, abs(end - begin - len(phrase)), begin, end
    return None if best is None else Near(best[2], best[3], phrase, best[0])
