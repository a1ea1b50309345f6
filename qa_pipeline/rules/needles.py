"""Which alternatives of many expressions may match in which lines, worked out for all of them at once.

An alternative may match where all its needs are met, a need where one of its strings stands, a string (as far as it
matters here) where all its pairs of characters stand. Lines are bits of a number; each of the three steps is one
operation over arrays, however many expressions there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.features.grams import Codes, Grams, as_numbers, code_of
from qa_pipeline.features.grams import Lines as LineSets
from qa_pipeline.rules.atoms import Strings

T = TypeVar("T")

Way: TypeAlias = tuple[int, int]
"""An operator, by its identity, and which alternative of its pattern."""


class Needles:
    """The needs of many ``alternatives``, ready to be looked for."""

    def __init__(self, alternatives: Sequence[tuple[Way, Sequence[Strings]]]) -> None:
        needs = _numbered(need for _, needs in alternatives for need in needs)
        strings = _numbered(string for need in needs for string in sorted(need))
        grams = _numbered(gram for string in strings for gram in _grams(string))
        self._ways = [way for way, _ in alternatives]
        self._in_order = np.argsort(codes := np.array([code_of(gram) for gram in grams], np.uint64))
        self._codes: Codes = codes[self._in_order]
        self._strings = _Groups([[grams[gram] for gram in _grams(string)] for string in strings])
        self._needs = _Groups([[strings[string] for string in sorted(need)] for need in needs])
        self._alternatives = _Groups([[needs[need] for need in its] for _, its in alternatives])

    def read(self, grams: Grams) -> Mapping[int, Sequence[tuple[int, int]]]:
        """For each operator the alternatives that may match, and the lines in which each may, as bits."""
        at = np.searchsorted(self._codes, grams.codes)
        known = np.flatnonzero(self._codes[np.minimum(at, len(self._codes) - 1)] == grams.codes)
        places = self._in_order[at[known]]
        found = np.stack([self._match(places, lines[known]) for lines in grams.lines])
        speaking = np.flatnonzero(found.any(axis=0))
        ways: dict[int, list[tuple[int, int]]] = {}
        for number, lines in zip(speaking.tolist(), as_numbers(found[:, speaking]), strict=True):
            owner, alternative = self._ways[number]
            ways.setdefault(owner, []).append((alternative, lines))
        return ways

    def _match(self, places: NDArray[np.intp], lines: LineSets) -> LineSets:
        """Sixty-four lines: of each alternative those in which it may match; ``lines`` hold the grams at ``places``."""
        held = np.zeros(len(self._codes), np.uint64)
        held[places] = lines
        strings = np.bitwise_and.reduceat(held[self._strings.members], self._strings.starts)
        needs = np.bitwise_or.reduceat(strings[self._needs.members], self._needs.starts)
        matched: LineSets = np.bitwise_and.reduceat(needs[self._alternatives.members], self._alternatives.starts)
        return matched


class _Groups:
    """Groups of numbers, one after another, and where each begins; no group is empty."""

    def __init__(self, groups: Sequence[Sequence[int]]) -> None:
        self.members = np.array([number for group in groups for number in group], np.intp)
        self.starts = np.cumsum([0, *(len(group) for group in groups[:-1])])


def _numbered(things: Iterable[T]) -> dict[T, int]:
    return {thing: number for number, thing in enumerate(dict.fromkeys(things))}


def _grams(string: str) -> Sequence[str]:
    """The pairs of characters that make up ``string``; itself where it is one character."""
    if len(string) == 1:
        return [string]
    return [string[at : at + 2] for at in {*range(0, len(string) - 1, 2), len(string) - 2}]
