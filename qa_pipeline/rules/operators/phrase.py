"""``phrase`` (短语): somebody says one of the listed phrases.

In a rule set::

    forbid: {phrase: {role: agent, any: [这是规定, 我们也没有办法, $shirking]}}
    require: {phrase: {any: $greeting, at_least: 1}}
    forbid: {phrase: {role: agent, any: [我们也没有办法], match: fuzzy, max_errors: 1}}
    forbid: {phrase: {role: agent, any: [你没看清楚吗], match: pinyin}}

Text and phrases are compared as heard: punctuation, spaces, full-width and traditional forms make no difference, and
a phrase may run across two utterances of one turn. ``words: true`` asks jieba that a hit begins and ends at word
boundaries, so that 不行 is not found in 行不行. Where several phrases match at one place the longest counts, once.

``match`` (匹配方式) says how alike the words must be:

``exact``   (逐字, the default) the very characters.
``fuzzy``   (容错) a few characters may be wrong, missing or added: one in five, or ``max_errors`` of them, or as many
            as ``min_similarity`` (0.6 to 1) leaves. At least every second character stays: a phrase of 4 or 5
            characters bears one error at most, one of 6 or 7 two. A 不 or 没 more or less is never an error.
``pinyin``  (同音) the same sounds in other characters, as recognisers write them: 这是归定. Tones do not count, and
            zh/z, ch/c, sh/s, n/l, ng/n are one. Each character has its commonest reading only.

Fuzzy and pinyin matching are for phrases of four or more characters (for pinyin: Han characters); shorter ones in the
list are looked for exactly. What matched approximately says so in its note: read the quote, or listen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Role
from qa_pipeline.rules.operators import Spot, Spotter
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.pinyin import as_heard, syllables
from qa_pipeline.text.segment import word_boundaries
from qa_pipeline.text.similarity import NearPhrases, most_errors

if TYPE_CHECKING:
    from qa_pipeline.rules.index import Texts

MIN_APPROXIMATE = 4
"""A phrase of fewer characters (syllables) is too easily found where it was not said."""

Match: TypeAlias = tuple[int, int, str]
"""Where a phrase was found, ``[start, end)``, and what to note of it (nothing where it is the very phrase)."""

Finder: TypeAlias = Callable[[str], Iterator[Match]]


def _audible(phrase: str) -> str:
    if not normalise(phrase).text:
        raise ValueError("短语里没有可以匹配的字 nothing to match is left of this phrase")
    return phrase


class Phrase(Spotter):
    """The parameters. ``role``: whose words (default: the scope's); ``at_least``: how many hits make it hold."""

    any: list[Annotated[str, AfterValidator(_audible)]] = Field(min_length=1)
    role: Role | None = None
    match: Literal["exact", "fuzzy", "pinyin"] = "exact"
    max_errors: int | None = Field(default=None, ge=1)
    min_similarity: float | None = Field(default=None, ge=0.6, le=1)
    words: bool = False
    at_least: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _coherent(self) -> Phrase:
        limits = [limit for limit in (self.max_errors, self.min_similarity) if limit is not None]
        if limits and self.match != "fuzzy":
            raise ValueError("max_errors、min_similarity 只用于 match: fuzzy  these belong to match: fuzzy")
        if len(limits) > 1:
            raise ValueError("max_errors 和 min_similarity 只写一个 give either max_errors or min_similarity")
        if self.match != "exact" and not any(map(self._bears_error, self._phrases)):
            raise ValueError(
                f"短语都不到 {MIN_APPROXIMATE} 个字，不能近似匹配 all phrases are too short for this match"
            )
        return self

    def spots(self, call: CallFeatures, role: Role | None, texts: Texts | None) -> Sequence[Spot]:
        """Every phrase said, in order."""
        found: list[Spot] = []
        for passage, matches in self._places(call, role, texts):
            # Words are cut only where something was found: cutting costs more than all the searching.
            bounds = word_boundaries(passage.text) if self.words else frozenset()
            for start, end, note in matches:
                if not self.words or {start, end} <= bounds:
                    found.append((passage, start, end, note))
        return found

    def _places(
        self, call: CallFeatures, role: Role | None, texts: Texts | None
    ) -> Iterator[tuple[Passage, list[Match]]]:
        """The turns in which phrases stand, by the rule set's index or by looking."""
        if texts is not None and self.match == "exact":
            yield from ((p, [(start, end, "") for start, end in hits]) for p, hits in texts.phrase_hits(self))
            return
        chances = None if texts is None else texts.chances(self)
        for passage in call.turns_of(role) if chances is None else [line.passage for line, _ in chances]:
            if matches := list(self._matches(passage.text)):
                yield passage, matches

    def indexed_phrases(self) -> tuple[str, ...]:
        """All phrases, where they are looked for exactly."""
        return self._phrases if self.match == "exact" else ()

    def indexed_sounds(self) -> tuple[str, ...]:
        """How all phrases sound, where that decides; the short ones, looked for exactly, sound like themselves."""
        return tuple(map(as_heard, self._phrases)) if self.match == "pinyin" else ()

    @cached_property
    def _phrases(self) -> tuple[str, ...]:
        return tuple(sorted({normalise(phrase).text for phrase in self.any}))

    def _bears_error(self, phrase: str) -> bool:
        return (syllables(phrase) if self.match == "pinyin" else len(phrase)) >= MIN_APPROXIMATE

    def _errors(self, phrase: str) -> int:
        """How many characters of ``phrase`` may be wrong."""
        if not self._bears_error(phrase):
            return 0
        if self.min_similarity is not None:
            wanted = int(len(phrase) * (1 - self.min_similarity) + 1e-9)
        else:
            wanted = self.max_errors if self.max_errors is not None else len(phrase) // 5
        return min(wanted, most_errors(len(phrase)))

    @cached_property
    def _matches(self) -> Finder:
        if self.match == "fuzzy":
            return _near({phrase: self._errors(phrase) for phrase in self._phrases})
        if self.match == "pinyin":
            long = [phrase for phrase in self._phrases if self._bears_error(phrase)]
            return _either(_same_sound(long), exact([p for p in self._phrases if not self._bears_error(p)]))
        return exact(self._phrases)


def exact(phrases: Iterable[str]) -> Finder:
    """Finds the very phrases: leftmost, then longest, none overlapping another. All exact matching is here."""
    from ahocorasick_rs import AhoCorasick, MatchKind

    automaton = AhoCorasick(list(phrases), matchkind=MatchKind.LeftmostLongest)

    def find(text: str) -> Iterator[Match]:
        for _, start, end in automaton.find_matches_as_indexes(text):
            yield start, end, ""

    return find


def _same_sound(phrases: Iterable[str]) -> Finder:
    """Finds what sounds like the phrases: the same search over codes of sounds."""
    from ahocorasick_rs import AhoCorasick, MatchKind

    written = {as_heard(phrase): phrase for phrase in phrases}
    sounds = sorted(written)
    automaton = AhoCorasick(sounds, matchkind=MatchKind.LeftmostLongest)

    def find(text: str) -> Iterator[Match]:
        for number, start, end in automaton.find_matches_as_indexes(as_heard(text)):
            phrase = written[sounds[number]]
            yield start, end, "" if text[start:end] == phrase else f"近音 approximate：听起来像“{phrase}”"

    return find


def _near(allowed: dict[str, int]) -> Finder:
    """Finds the phrases with as many errors as each is allowed."""
    phrases = NearPhrases(allowed)

    def find(text: str) -> Iterator[Match]:
        for near in phrases.find(text):
            note = f"近似 approximate：和“{near.phrase}”差 {near.errors} 个字" if near.errors else ""
            yield near.start, near.end, note

    return find


def _either(one: Finder, other: Finder) -> Finder:
    """What either finds, in order; where two overlap the longer."""

    def find(text: str) -> Iterator[Match]:
        taken: set[int] = set()
        kept: list[Match] = []
        for match in sorted([*one(text), *other(text)], key=lambda m: (m[0] - m[1], m[0])):
            if taken.isdisjoint(range(match[0], match[1])):
                taken.update(range(match[0], match[1]))
                kept.append(match)
        yield from sorted(kept)

    return find
