"""One pass over a call's words for all rules of a set: every phrase in one automaton, every pattern in one RE2 set.

Cost grows with what is found, not with how many phrases the set lists. Operators that were not registered (a phrase
matched by sound, an operator made in a test) search for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from qa_pipeline.features import Passage
from qa_pipeline.rules.operators import Operator
from qa_pipeline.text.fillers import without_fillers

Hit: TypeAlias = tuple[int, int]
"""``[start, end)`` in a passage's normalised text."""

MATCHER_BYTES = 1 << 26
"""Bound on each automaton. RE2 answers 'no match' when it cannot work within its bound, so it must be ample."""

PATTERNS_TOGETHER = 8
"""Patterns in one automaton. All 285 of ``hotline`` in one make ever new states and cost 100 ms a call; 8 cost 10."""

NOTHING: Mapping[int, Sequence[Hit]] = {}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one passage holds: the hits of each registered phrase list, and which patterns match somewhere in it.

    ``squeezed_patterns`` are those that match once the fillers are left out, where there are any.
    """

    hits: Mapping[int, Sequence[Hit]]
    patterns: frozenset[int]
    squeezed_patterns: frozenset[int]


class TextIndex:
    """The phrases and patterns of a rule set, compiled together on first use. Operators are known by identity."""

    def __init__(self, operators: Iterable[Operator]) -> None:
        self._operators = list(operators)  # kept, so that no identity is ever used twice
        self._phrases = {id(op): p for op in self._operators if (p := op.indexed_phrases())}
        self._patterns = {id(op): p for op in self._operators if (p := op.indexed_pattern())}

    def holds(self, operator: Operator) -> bool:
        """Whether ``operator`` was registered, so that a ``Reading`` answers for it."""
        return id(operator) in self.held

    @cached_property
    def held(self) -> frozenset[int]:
        """The identities of all registered operators."""
        return frozenset(self._phrases) | frozenset(self._patterns)

    def read(self, text: str) -> Reading:
        """Everything registered that ``text`` holds."""
        squeezed = without_fillers(text)
        return Reading(
            self._hits(text), self._matching(text), self._matching(squeezed.text) if squeezed else frozenset()
        )

    def _hits(self, text: str) -> Mapping[int, Sequence[Hit]]:
        automaton, owners = self._automaton
        if automaton is None:
            return NOTHING
        found: dict[int, list[Hit]] = {}
        for number, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
            for owner in owners[number]:
                found.setdefault(owner, []).append((start, end))
        return {owner: _longest(hits) for owner, hits in found.items()} if found else NOTHING

    def _matching(self, text: str) -> frozenset[int]:
        found: list[int] = []
        for matcher, owners in self._matchers:
            for number in matcher.Match(text) or ():
                found += owners[number]
        return frozenset(found)

    @cached_property
    def _automaton(self) -> tuple[Any, list[list[int]]]:
        """The automaton over all phrases, and for each phrase the operators that list it."""
        from ahocorasick_rs import AhoCorasick

        by_phrase: dict[str, list[int]] = {}
        for owner, phrases in self._phrases.items():
            for phrase in phrases:
                by_phrase.setdefault(phrase, []).append(owner)
        return (AhoCorasick(list(by_phrase)) if by_phrase else None), list(by_phrase.values())

    @cached_property
    def _matchers(self) -> list[tuple[Any, list[list[int]]]]:
        """The automata over the distinct patterns, and for each pattern the operators that wrote it."""
        import re2

        by_pattern: dict[str, list[int]] = {}
        for owner, pattern in self._patterns.items():
            by_pattern.setdefault(pattern, []).append(owner)
        distinct = list(by_pattern)
        options = re2.Options()
        options.max_mem = MATCHER_BYTES
        matchers: list[tuple[Any, list[list[int]]]] = []
        for first in range(0, len(distinct), PATTERNS_TOGETHER):
            together = distinct[first : first + PATTERNS_TOGETHER]
            matcher = re2.Set.SearchSet(options)
            for pattern in together:
                matcher.Add(pattern)
            matcher.Compile()
            matchers.append((matcher, [by_pattern[pattern] for pattern in together]))
        return matchers


def _longest(hits: list[Hit]) -> Sequence[Hit]:
    """Leftmost, then longest, none overlapping another."""
    if len(hits) == 1:
        return hits
    kept: list[Hit] = []
    for start, end in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


class Texts:
    """One call's turns as the index reads them: all of them once, the first time a rule asks."""

    def __init__(self, index: TextIndex, passages: Sequence[Passage]) -> None:
        self._index = index
        self._passages = passages

    def hold_nothing_for(self, operator: Operator) -> bool:
        """Whether the index answers for ``operator``, and found nothing for it in any turn."""
        return id(operator) in self._index.held and id(operator) not in self._found

    @cached_property
    def _found(self) -> frozenset[int]:
        return frozenset(self._hits) | frozenset(self._candidates) | frozenset(self._squeezed)

    def phrase_hits(self, operator: Operator) -> Sequence[tuple[Passage, Sequence[Hit]]] | None:
        """The turns in which ``operator``'s phrases stand, and where; None where the operator is not registered."""
        return self._hits.get(id(operator), ()) if self._index.holds(operator) else None

    def candidates(self, operator: Operator) -> Sequence[Passage] | None:
        """The turns in which ``operator``'s pattern matches somewhere; None where it is not registered."""
        return self._candidates.get(id(operator), ()) if self._index.holds(operator) else None

    def squeezed_candidates(self, operator: Operator) -> Sequence[Passage] | None:
        """The same once fillers are left out: those turns only that hold any."""
        return self._squeezed.get(id(operator), ()) if self._index.holds(operator) else None

    @cached_property
    def _readings(self) -> list[tuple[Passage, Reading]]:
        return [(passage, self._index.read(passage.text)) for passage in self._passages]

    @cached_property
    def _hits(self) -> Mapping[int, Sequence[tuple[Passage, Sequence[Hit]]]]:
        by_operator: dict[int, list[tuple[Passage, Sequence[Hit]]]] = {}
        for passage, reading in self._readings:
            for owner, hits in reading.hits.items():
                by_operator.setdefault(owner, []).append((passage, hits))
        return by_operator

    @cached_property
    def _candidates(self) -> Mapping[int, Sequence[Passage]]:
        return _by_owner((passage, reading.patterns) for passage, reading in self._readings)

    @cached_property
    def _squeezed(self) -> Mapping[int, Sequence[Passage]]:
        return _by_owner((passage, reading.squeezed_patterns) for passage, reading in self._readings)


def _by_owner(matching: Iterable[tuple[Passage, frozenset[int]]]) -> Mapping[int, Sequence[Passage]]:
    """For each operator the turns in which its pattern matches, in order."""
    by_owner: dict[int, list[Passage]] = {}
    for passage, owners in matching:
        for owner in owners:
            by_owner.setdefault(owner, []).append(passage)
    return by_owner
