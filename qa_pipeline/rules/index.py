"""One pass over a call's words for all rules of a set: every phrase, and what every pattern needs, in one automaton.

Cost grows with what is found, not with how many phrases the set lists. Operators that were not registered (a phrase
matched by sound, an operator made in a test) search for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from qa_pipeline.features import Passage
from qa_pipeline.rules.atoms import Strings, requirements
from qa_pipeline.rules.operators import Operator
from qa_pipeline.text.fillers import without_fillers

Hit: TypeAlias = tuple[int, int]
"""``[start, end)`` in a passage's normalised text."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one passage holds: the hits of each registered phrase list, and which patterns may match in it.

    ``squeezed_patterns`` are those that may match once the fillers are left out, where there are any.
    """

    hits: Mapping[int, Sequence[Hit]]
    patterns: frozenset[int]
    squeezed_patterns: frozenset[int]


class TextIndex:
    """The phrases and patterns of a rule set, compiled together on first use. Operators are known by identity.

    A pattern of which nothing can be said beforehand is not registered: it looks for itself.
    """

    def __init__(self, operators: Iterable[Operator]) -> None:
        self.operators = list(operators)  # kept, so that no identity is ever used twice
        self._phrases = {id(op): p for op in self.operators if (p := op.indexed_phrases())}
        patterns = {id(op): p for op in self.operators if (p := op.indexed_pattern())}
        needs = {owner: known for owner, p in patterns.items() if (known := requirements(p)) is not None}
        self._alternatives = [_Alternative(owner, sets) for owner, known in needs.items() for sets in known]
        self._narrowed = frozenset(needs)

    def holds(self, operator: Operator) -> bool:
        """Whether ``operator`` was registered, so that a ``Reading`` answers for it."""
        return id(operator) in self.held

    @cached_property
    def held(self) -> frozenset[int]:
        """The identities of all registered operators."""
        return frozenset(self._phrases) | self._narrowed

    def read(self, text: str) -> Reading:
        """Everything registered that ``text`` holds."""
        hits, patterns = self._look(text)
        squeezed = without_fillers(text)
        again = self._look(squeezed.text)[1] if squeezed is not None else frozenset()
        return Reading({owner: _longest(found) for owner, found in hits.items()}, patterns, again)

    def _look(self, text: str) -> tuple[Mapping[int, list[Hit]], frozenset[int]]:
        """The hits of each phrase list in ``text``, and the patterns that may match in it."""
        automaton, strings, listed, leading = self._automaton
        found: dict[int, list[Hit]] = {}
        present: set[str] = set()
        for number, start, end in automaton.find_matches_as_indexes(text, overlapping=True) if automaton else ():
            present.add(strings[number])
            for owner in listed.get(number, ()):
                found.setdefault(owner, []).append((start, end))
        possible = {alternative for string in present for alternative in leading.get(string, ())}
        matching = (self._alternatives[number] for number in possible)
        return found, frozenset(a.owner for a in matching if all(not s.isdisjoint(present) for s in a.sets[1:]))

    @cached_property
    def _automaton(self) -> tuple[Any, list[str], dict[int, list[int]], dict[str, list[int]]]:
        """The automaton over all strings; the strings; who lists each as a phrase; whose leading set it is in."""
        from ahocorasick_rs import AhoCorasick

        numbers: dict[str, int] = {}
        listed: dict[int, list[int]] = {}
        leading: dict[str, list[int]] = {}
        for owner, phrases in self._phrases.items():
            for phrase in phrases:
                listed.setdefault(numbers.setdefault(phrase, len(numbers)), []).append(owner)
        for number, alternative in enumerate(self._alternatives):
            for string in alternative.sets[0]:
                leading.setdefault(string, []).append(number)
            for string in frozenset().union(*alternative.sets):
                numbers.setdefault(string, len(numbers))
        return (AhoCorasick(list(numbers)) if numbers else None), list(numbers), listed, leading


@dataclass(frozen=True, slots=True)
class _Alternative:
    """One way in which the pattern of ``owner`` may match: the sets of which it needs one string each."""

    owner: int
    sets: tuple[Strings, ...]


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
        """The turns in which ``operator``'s pattern may match; None where it is not registered."""
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
    """For each operator the turns in which its pattern may match, in order."""
    by_owner: dict[int, list[Passage]] = {}
    for passage, owners in matching:
        for owner in owners:
            by_owner.setdefault(owner, []).append(passage)
    return by_owner
