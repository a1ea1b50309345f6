"""One pass over a call's words for all rules of a set: every phrase, and what every pattern needs, in one automaton.

Cost grows with what is found, not with how many phrases the set lists. The two sides of a call are searched apart,
each for what the rules ask of it. What is found is kept as sets of turns, one bit a turn, so that "the turns that hold
one of these and one of those" is an ``&`` of two numbers.

Operators that were not registered (a phrase matched with errors, an operator made in a test, a pattern of which nothing
can be said beforehand) search for themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.features.lines import Lines
from qa_pipeline.records import Role
from qa_pipeline.rules.atoms import Strings, requirements
from qa_pipeline.rules.operators import Operator

if TYPE_CHECKING:
    from qa_pipeline.rules.conditions import Combination

Hit: TypeAlias = tuple[int, int]
"""``[start, end)`` in a passage's normalised text."""

Owner: TypeAlias = int
"""An operator, by its identity."""

Turns: TypeAlias = int
"""A set of turns: bit ``i`` for turn ``i``."""


class TextIndex:
    """The phrases and patterns of a rule set, compiled together on first use.

    ``roles`` says of an operator (by identity) whose words it will be asked of; everybody's where it says nothing.
    """

    def __init__(self, operators: Iterable[Operator], roles: Mapping[Owner, Role | None] | None = None) -> None:
        self.operators = list(operators)  # kept, so that no identity is ever used twice
        told = roles or {}
        self._role_of: dict[Owner, Role | None] = {}
        self._searches: dict[tuple[Role | None, bool], _Search] = {}
        self._parts: dict[tuple[int, Role | None], _Parts] = {}
        for op in self.operators:
            if needs := _needs(op):
                role = told.get(id(op), op.of_role())
                self._role_of[id(op)] = role
                self._searches.setdefault((role, bool(needs.sounds)), _Search()).add(id(op), needs)

    def holds(self, operator: Operator) -> bool:
        """Whether ``operator`` was registered, so that a ``Texts`` answers for it."""
        return id(operator) in self._role_of

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

    def read(self, call: CallFeatures) -> Iterator[_Read]:
        """What stands where in the words of ``call``; one answer for each side that is searched."""
        for (role, by_sound), search in self._searches.items():
            yield search.read(call.sounds(role) if by_sound else call.lines(role))


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

    def awake(self, speaking: frozenset[Owner]) -> Sequence[int]:
        """The parts that may have something to say where these owners have, in order."""
        woken = self.owners & speaking
        if not woken:
            return self.always
        return sorted({*self.always, *(number for owner in woken for number in self.woken_by[owner])})


_NOBODY = object()
_Place: TypeAlias = tuple[int, int, int]
"""A bit of a line and ``[start, end)`` within it."""

_Way: TypeAlias = tuple[Owner, int]
"""An operator and which alternative of its pattern."""

_Led: TypeAlias = tuple[_Way, Sequence[tuple[int, str]]]
"""An alternative, and what else it needs: each time a string of a set, or one of these characters."""

_Read: TypeAlias = tuple[Mapping[Owner, Sequence[tuple[int, int]]], Mapping[Owner, Sequence[_Place]]]
"""For each owner the alternatives that may match and the lines in which each may, as bits; and where phrases stand."""


@dataclass(frozen=True, slots=True)
class _Needs:
    """What an operator looks for: ``phrases``, ``sounds``, or a pattern's ``alternatives`` (sets of needed strings)."""

    phrases: Sequence[str] = ()
    sounds: Sequence[str] = ()
    alternatives: Sequence[Sequence[Strings]] = ()


def _needs(operator: Operator) -> _Needs | None:
    if phrases := operator.indexed_phrases():
        return _Needs(phrases=phrases)
    if sounds := operator.indexed_sounds():
        return _Needs(sounds=sounds)
    pattern = operator.indexed_pattern()
    known = requirements(pattern) if pattern else None
    return _Needs(alternatives=known) if known is not None else None


class _Search:
    """All that is looked for in the words of one side.

    Every string of a set leads to the set, every set to the alternatives that it leads; equal sets are one. What else
    an alternative needs is asked only where its leading set was found. Single characters are in every line: they are
    no business of the automaton, but looked up among the characters of the lines.
    """

    def __init__(self) -> None:
        self._strings: dict[str, int] = {}
        self._sets: dict[Strings, int] = {}
        self._phrases: list[tuple[Owner, Sequence[str]]] = []
        self._alternatives: list[tuple[_Way, Sequence[Strings]]] = []

    def add(self, owner: Owner, needs: _Needs) -> None:
        """Look for what ``owner`` needs as well; nothing was read so far."""
        if needs.phrases:
            self._phrases.append((owner, needs.phrases))
        if needs.sounds:
            self._alternatives.append(((owner, 0), (frozenset(needs.sounds),)))
        self._alternatives += [((owner, number), sets) for number, sets in enumerate(needs.alternatives)]

    def read(self, lines: Lines) -> _Read:
        """What the lines hold of all that is looked for."""
        compiled, bits = self._compiled, lines.bits
        matches = compiled.automaton.find_matches_as_indexes(lines.text, overlapping=True)
        of_string: dict[int, int] = defaultdict(int)
        for number, start, _ in matches:
            of_string[number] |= bits[start]
        of_set: dict[int, int] = defaultdict(int)
        for number, held in of_string.items():
            for a_set in compiled.sets_of[number]:
                of_set[a_set] |= held
        ways: dict[Owner, list[tuple[int, int]]] = {}
        of_characters: dict[str, int] = {}
        for a_set, held in of_set.items():
            for (owner, number), others in compiled.led_by[a_set]:
                all_held = held
                for other, characters in others:
                    if characters not in of_characters:
                        of_characters[characters] = _lines_with(characters, lines)
                    all_held &= of_set.get(other, 0) | of_characters[characters]
                    if not all_held:
                        break
                if all_held:
                    ways.setdefault(owner, []).append((number, all_held))
        return ways, compiled.places(matches, lines)

    @cached_property
    def _compiled(self) -> _Compiled:
        from ahocorasick_rs import AhoCorasick

        strings, sets = self._strings, self._sets
        listed: dict[int, list[Owner]] = {}
        for owner, phrases in self._phrases:
            for phrase in phrases:
                listed.setdefault(strings.setdefault(phrase, len(strings)), []).append(owner)
        led_by: dict[int, list[_Led]] = defaultdict(list)
        for way, alternative in self._alternatives:
            leading = sets.setdefault(alternative[0], len(sets))
            others = [_apart(a_set) for a_set in alternative[1:]]
            led_by[leading].append((way, tuple((sets.setdefault(long, len(sets)), short) for long, short in others)))
        sets_of: dict[int, list[int]] = defaultdict(list)
        for a_set, number in sets.items():
            for string in a_set:
                sets_of[strings.setdefault(string, len(strings))].append(number)
        return _Compiled(
            AhoCorasick(list(strings)),
            listed,
            [sets_of.get(number, ()) for number in range(len(strings))],
            [led_by.get(number, ()) for number in range(len(sets))],
        )


def _apart(strings: Strings) -> tuple[Strings, str]:
    """The longer of the strings, and the single characters among them."""
    return frozenset(s for s in strings if len(s) > 1), "".join(sorted(s for s in strings if len(s) == 1))


def _lines_with(characters: str, lines: Lines) -> int:
    """The lines that hold one of the ``characters``, as bits."""
    held = 0
    for character in characters:
        held |= lines.characters.get(character, 0)
    return held


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The automaton over all strings; who lists each as a phrase (the first numbers are phrases); the sets that each
    is in; the alternatives that each set leads, with what else those need.
    """

    automaton: Any
    listed: Mapping[int, Sequence[Owner]]
    sets_of: Sequence[Sequence[int]]
    led_by: Sequence[Sequence[_Led]]

    def places(self, matches: Sequence[tuple[int, int, int]], lines: Lines) -> Mapping[Owner, list[_Place]]:
        """Where the phrases stand; in the turns as they were said, not in those without their fillers."""
        phrases, last_turn = len(self.listed), 1 << lines.turns
        places: dict[Owner, list[_Place]] = {}
        for number, start, end in [match for match in matches if match[0] < phrases]:
            if (bit := lines.bits[start]) < last_turn:
                line = lines.starts[bit]
                for owner in self.listed[number]:
                    places.setdefault(owner, []).append((bit, start - line, end - line))
        return places


class Texts:
    """One call's turns as the index reads them: all of them once, the first time a rule asks."""

    def __init__(self, index: TextIndex, call: CallFeatures) -> None:
        self._index = index
        self._call = call

    def hold_nothing_for(self, operator: Operator, role: Role | None) -> bool:
        """Whether the index answers for ``operator``, asked of ``role``, and found nothing for it in any turn."""
        return self._index.answers_for(operator, role) and id(operator) not in self.awake

    def awake_parts(self, combination: Combination, role: Role | None) -> Sequence[int]:
        """The parts of ``combination`` that may have something to say, by number, in order."""
        return self._index.parts_of(combination, role).awake(self.awake)

    @cached_property
    def awake(self) -> frozenset[Owner]:
        """The registered operators that may have something to say of this call."""
        ways, places = self._found
        return frozenset(ways) | frozenset(places)

    def phrase_hits(
        self, operator: Operator, role: Role | None, seen: Turns
    ) -> Sequence[tuple[Passage, Sequence[Hit]]] | None:
        """Those of the turns ``seen`` in which ``operator``'s phrases stand, and where; None where nobody knows."""
        if not self._index.answers_for(operator, role) or not operator.indexed_phrases():
            return None
        places = self._found[1].get(id(operator), ())
        by_turn: dict[int, list[Hit]] = {}
        for bit, start, end in places:
            if bit & seen:
                by_turn.setdefault(bit, []).append((start, end))
        passages = self._call.passages
        return [(passages[bit.bit_length() - 1], _longest(by_turn[bit])) for bit in sorted(by_turn)]

    def chances(
        self, operator: Operator, role: Role | None, seen: Turns, squeezed: bool = False
    ) -> Sequence[tuple[Passage, tuple[int, ...]]] | None:
        """Those of the turns ``seen`` in which ``operator``'s pattern may match, and which of its alternatives may.

        With ``squeezed`` the same once fillers are left out: those turns only that hold any. None where nobody knows.
        """
        if not self._index.answers_for(operator, role):
            return None
        by_turn: dict[int, list[int]] = {}
        shift = len(self._call.passages) if squeezed else 0
        for number, lines in self._found[0].get(id(operator), ()):
            held = lines >> shift & seen
            while held:
                lowest = held & -held
                by_turn.setdefault(lowest, []).append(number)
                held ^= lowest
        passages = self._call.passages
        return [(passages[bit.bit_length() - 1], tuple(sorted(by_turn[bit]))) for bit in sorted(by_turn)]

    @cached_property
    def _found(self) -> _Read:
        ways: dict[Owner, Sequence[tuple[int, int]]] = {}
        places: dict[Owner, Sequence[_Place]] = {}
        for some_ways, some_places in self._index.read(self._call):
            ways.update(some_ways)
            places.update(some_places)
        return ways, places


def _longest(hits: list[Hit]) -> Sequence[Hit]:
    """Leftmost, then longest, none overlapping another."""
    if len(hits) == 1:
        return hits
    kept: list[Hit] = []
    for start, end in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept
