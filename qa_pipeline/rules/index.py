"""One pass over a call's words for all rules of a set: every phrase in one automaton, what every pattern needs at once.

Cost hardly grows with how many phrases the set lists. The two sides of a call are searched apart, each for what the
rules ask of it. Where an operator has a chance it looks, once a call; what it finds is kept as places and as a set of
turns, so that whether there is anything in a part of the call is an ``&`` of two numbers.

Operators that were not registered (one made in a test, one that looks at more than single turns) look for themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, TypeAlias

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.features.lines import Line, Lines
from qa_pipeline.features.timeline import Turns, members
from qa_pipeline.records import Role
from qa_pipeline.rules.atoms import Strings, requirements
from qa_pipeline.rules.found import Found
from qa_pipeline.rules.operators import Operator, Spotter

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

    from qa_pipeline.rules.conditions import Combination
    from qa_pipeline.rules.needles import Needles, Way

Hit: TypeAlias = tuple[int, int]
"""``[start, end)`` in a passage's normalised text."""

Owner: TypeAlias = int
"""An operator, by its identity."""

_Side: TypeAlias = tuple[Role | None, bool]
"""Whose words, and whether as they sound."""


class TextIndex:
    """The phrases and patterns of a rule set, compiled together on first use.

    ``roles`` says of an operator (by identity) whose words it will be asked of; everybody's where it says nothing.
    """

    def __init__(self, operators: Iterable[Operator], roles: Mapping[Owner, Role | None] | None = None) -> None:
        self.operators = list(operators)  # kept, so that no identity is ever used twice
        told = roles or {}
        self._role_of: dict[Owner, Role | None] = {}
        self._searches: dict[_Side, _Search] = {}
        self.search_of: dict[Owner, _Side] = {}
        self._parts: dict[tuple[int, Role | None], _Parts] = {}
        for op in self.operators:
            if not isinstance(op, Spotter) or not op.needs_spots:
                continue
            role = self._role_of[id(op)] = told.get(id(op), op.of_role())
            if needs := _needs(op):
                side = self.search_of[id(op)] = role, bool(needs.sounds)
                self._searches.setdefault(side, _Search()).add(id(op), needs)
        self._unsearched = self._role_of.keys() - self.search_of.keys()

    def searches(self, operator: Operator) -> bool:
        """Whether the index itself looks for what ``operator`` needs."""
        return id(operator) in self.search_of

    def may_speak(self, found: Iterable[Owner]) -> set[Owner]:
        """The registered operators that may have something to say, where it ``found`` something for these."""
        return {*self._unsearched, *found}

    @cached_property
    def spotters(self) -> Mapping[Owner, Spotter]:
        """The registered operators."""
        return {id(op): op for op in self.operators if isinstance(op, Spotter) and id(op) in self._role_of}

    def role_of(self, operator: Operator) -> Role | None:
        """Whose words a registered operator is asked of."""
        return self._role_of[id(operator)]

    def answers_for(self, operator: Operator, role: Role | None) -> bool:
        """Whether ``operator`` was registered to be asked of the words of ``role``."""
        return self._role_of.get(id(operator), _NOBODY) is role  # roles are singletons

    def parts_of(self, combination: Combination, role: Role | None) -> _Parts:
        """What wakes which part of ``combination``, asked of the words of ``role``; worked out once."""
        key = id(combination), role
        known = self._parts.get(key)
        if known is None:
            wakers = [part.wakers(self, role) for part in combination.parts]
            known = self._parts[key] = _Parts.of(combination, wakers)
        return known

    def read(self, call: CallFeatures) -> Mapping[_Side, _Read]:
        """What stands where in the words of ``call``; one answer for each side that is searched."""
        return {
            (role, by_sound): search.read(call.sounds(role) if by_sound else call.lines(role))
            for (role, by_sound), search in self._searches.items()
        }


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of ``combination`` by number: those that may ``always`` speak, and those that an owner wakes."""

    combination: Combination
    always: Sequence[int]
    woken_by: Mapping[Owner, Sequence[int]]
    owners: frozenset[Owner]

    @classmethod
    def of(cls, combination: Combination, wakers: Sequence[frozenset[Owner] | None]) -> _Parts:
        """From what wakes each part; None where it may always speak."""
        woken_by: dict[Owner, list[int]] = {}
        for number, owners in enumerate(wakers):
            for owner in owners or ():
                woken_by.setdefault(owner, []).append(number)
        always = [number for number, owners in enumerate(wakers) if owners is None]
        return cls(combination, always, woken_by, frozenset(woken_by))

    def awake(self, speaking: Sequence[Owner]) -> Sequence[int]:
        """The parts that may have something to say where these owners have, in order."""
        if not speaking:
            return self.always
        return sorted({*self.always, *(number for owner in speaking for number in self.woken_by[owner])})


_NOBODY = object()
_Places: TypeAlias = Sequence[tuple[Passage, Sequence[Hit]]]
"""The turns in which something stands, in order, and where in each."""

_Ways: TypeAlias = Sequence[tuple[int, int]]
"""The alternatives of a pattern that may match, and the lines in which each may, as bits."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was found in some ``lines``: which ``ways`` each operator's pattern may match, where its phrases stand."""

    lines: Lines
    ways: Mapping[Owner, _Ways]
    places: Mapping[Owner, _Places]


@dataclass(frozen=True, slots=True)
class _Needs:
    """What an operator looks for: ``phrases``, ``sounds``, or a pattern's ``alternatives`` (sets of needed strings)."""

    phrases: Sequence[str] = ()
    sounds: Sequence[str] = ()
    alternatives: Sequence[Sequence[Strings]] = ()


def _needs(operator: Spotter) -> _Needs | None:
    if phrases := operator.indexed_phrases():
        return _Needs(phrases=phrases)
    if sounds := operator.indexed_sounds():
        return _Needs(sounds=sounds)
    pattern = operator.indexed_pattern()
    known = requirements(pattern) if pattern else None
    return _Needs(alternatives=known) if known is not None else None


class _Search:
    """All that is looked for in the words of one side: phrases by an automaton, what patterns need by ``needles``."""

    def __init__(self) -> None:
        self._listed: dict[str, list[Owner]] = {}
        self._alternatives: list[tuple[Way, Sequence[Strings]]] = []

    def add(self, owner: Owner, needs: _Needs) -> None:
        """Look for what ``owner`` needs as well; nothing was read so far."""
        for phrase in needs.phrases:
            self._listed.setdefault(phrase, []).append(owner)
        if needs.sounds:
            self._alternatives.append(((owner, 0), (frozenset(needs.sounds),)))
        self._alternatives += [((owner, number), sets) for number, sets in enumerate(needs.alternatives)]

    def read(self, lines: Lines) -> _Read:
        """What the lines hold of all that is looked for."""
        ways = self._needles.read(lines.grams) if self._alternatives and lines.all else {}
        return _Read(lines, ways, self._places(lines) if self._listed else {})

    def _places(self, lines: Lines) -> Mapping[Owner, _Places]:
        """Where the phrases stand; in the turns as they were said, not in those without their fillers."""
        places: dict[Owner, dict[int, list[Hit]]] = {}
        owners = list(self._listed.values())
        for phrase, start, end in self._automaton.find_matches_as_indexes(lines.text, overlapping=True):
            number = bisect_right(lines.starts, start) - 1
            begin = lines.starts[number]
            for owner in owners[phrase]:
                places.setdefault(owner, {}).setdefault(number, []).append((start - begin, end - begin))
        said = lines.spoken
        return {
            owner: [(said[number].passage, _longest(hits)) for number, hits in sorted(of_line.items())]
            for owner, of_line in places.items()
        }

    @cached_property
    def _automaton(self) -> AhoCorasick:
        from ahocorasick_rs import AhoCorasick

        return AhoCorasick(list(self._listed))

    @cached_property
    def _needles(self) -> Needles:
        from qa_pipeline.rules.needles import Needles

        return Needles(self._alternatives)


class Texts:
    """One call's turns as the index reads them: all of them once, the first time a rule asks; what operators find in
    them likewise.
    """

    def __init__(self, index: TextIndex, call: CallFeatures) -> None:
        self._index = index
        self._call = call
        self._known: dict[tuple[Owner, Role | None], Found | None] = {}
        self._awake_parts: dict[tuple[int, Role | None], tuple[Sequence[int], Turns | None]] = {}

    def awake_parts(self, combination: Combination, role: Role | None) -> tuple[Sequence[int], Turns | None]:
        """The parts of ``combination`` that may have something to say of the call, by number, in order.

        And the turns outside of which none of them has; None where nobody knows.
        """
        key = id(combination), role
        known = self._awake_parts.get(key)
        if known is None:
            parts = self._index.parts_of(combination, role)
            turns = {owner: self._turns(owner) for owner in parts.owners & self._awake}
            awake = parts.awake([owner for owner, held in turns.items() if held])
            known = self._awake_parts[key] = awake, None if parts.always else reduce(or_, turns.values(), 0)
        return known

    def found(self, operator: Operator, role: Role | None) -> Found | None:
        """What ``operator`` finds in the turns of ``role``; None where the index does not answer for it."""
        key = id(operator), role
        if key in self._known:
            return self._known[key]
        found = None
        if self._index.answers_for(operator, role):
            spotter = self._index.spotters[id(operator)]
            awake = id(operator) in self._awake
            found = Found(spotter, spotter.spots(self._call, role, self) if awake else ())
            if not found.turns:
                self._awake.discard(id(operator))
        self._known[key] = found
        return found

    def _turns(self, owner: Owner) -> Turns:
        """The turns in which a registered operator finds something."""
        operator = self._index.spotters[owner]
        found = self.found(operator, self._index.role_of(operator))
        return 0 if found is None else found.turns

    def phrase_hits(self, operator: Spotter) -> _Places:
        """The turns in which the phrases of a registered operator stand, and where."""
        return self._read(operator).places.get(id(operator), ())

    def chances(self, operator: Spotter) -> Sequence[tuple[Line, tuple[int, ...]]] | None:
        """The lines in which the pattern of a registered operator may match, and which of its alternatives may.

        None where nobody knows.
        """
        if not self._index.searches(operator):
            return None
        read = self._read(operator)
        ways, lines = read.ways.get(id(operator), ()), read.lines.all
        may_match = 0
        for _, held in ways:
            may_match |= held
        return [(lines[n], tuple([number for number, held in ways if held >> n & 1])) for n in members(may_match)]

    def _read(self, operator: Spotter) -> _Read:
        return self._found[self._index.search_of[id(operator)]]

    @cached_property
    def _found(self) -> Mapping[_Side, _Read]:
        return self._index.read(self._call)

    @cached_property
    def _awake(self) -> set[Owner]:
        """The registered operators that may have something to say of this call; less, the more have been asked."""
        return self._index.may_speak(owner for read in self._found.values() for owner in (*read.ways, *read.places))


def _longest(hits: list[Hit]) -> Sequence[Hit]:
    """Leftmost, then longest, none overlapping another."""
    if len(hits) == 1:
        return hits
    kept: list[Hit] = []
    for start, end in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept
