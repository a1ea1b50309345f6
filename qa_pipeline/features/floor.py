"""Who holds the floor: breaking in, answering, who spoke last. Computed once per call, and only when asked for.

Speech activity says *when* somebody speaks, to a tenth of a second; the words say *what* it was: a nod, laughter, or
the same words heard on both channels (bleed). Spans split at short pauses, so neighbouring ones of a side are taken
together before anything is measured.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise

from qa_pipeline.features.passages import Passage, time_of
from qa_pipeline.features.speech import overlaps, total
from qa_pipeline.features.turns import is_nod, laughter_at_end, nods_at_start
from qa_pipeline.records import Role, Seconds, Span, Utterance
from qa_pipeline.text.normalise import count_spoken, normalise

PAUSE_S: Seconds = 0.8
"""Whoever pauses for less and goes on has not given up the floor."""

BREATH_S: Seconds = 0.5
"""Whoever comes in during so short a pause, just as the other goes on, comes into the other's speech."""

TOGETHER_S: Seconds = 0.3
"""Two who start within this time of each other started together: neither broke in."""

BLEED_LIKENESS = 0.7
"""How alike (0 to 1) the words of both channels must be, at one time, to be one voice heard on both."""

_WORD_SLACK_S: Seconds = 0.1  # word times drift a little past the speech that they belong to


@dataclass(frozen=True, slots=True)
class Limits:
    """What counts as breaking in; all in seconds. ``held``: how long the other side must have been speaking,
    ``overlap``: how long both then speak, ``lasts``: how long the one who came in goes on, pauses included.
    """

    held: Seconds = 1.0
    overlap: Seconds = 1.0
    lasts: Seconds = 1.0


@dataclass(frozen=True, slots=True)
class BreakIn:
    """One side came in while the other was speaking, and went on.

    From ``start`` to ``end`` both speak, ``overlap`` seconds in all without the pauses between. ``said`` are the words
    of the one who came in, ``taken`` tells whether the other fell silent first.
    """

    start: Seconds
    end: Seconds
    overlap: Seconds
    held: Seconds
    said: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Response:
    """``passage`` follows ``after``, a turn of the other side, ``gap`` seconds after its end (never negative)."""

    after: Passage
    passage: Passage
    gap: Seconds


@dataclass(frozen=True)
class Side:
    """One role's speech: ``spans`` sorted and disjoint, ``utterances`` in time order."""

    spans: tuple[Span, ...]
    utterances: tuple[Utterance, ...]

    @cached_property
    def _starts(self) -> list[Seconds]:
        return [span.start for span in self.spans]

    def speaking_at(self, moment: Seconds) -> int | None:
        """The index of the span that has begun before ``moment`` and lasts beyond it, or ends in a mere breath.

        A breath is no longer than ``BREATH_S``, and speech goes on within ``TOGETHER_S`` of ``moment``.
        """
        index = bisect_right(self._starts, moment) - 1
        if index < 0 or self.spans[index].start == moment:
            return None
        if moment < self.spans[index].end:
            return index
        goes_on = self.spans[index + 1].start if index + 1 < len(self.spans) else float("inf")
        return index if goes_on - self.spans[index].end <= BREATH_S and goes_on - moment <= TOGETHER_S else None

    def run(self, index: int) -> tuple[int, int]:
        """The first and last index of the spans around ``index`` that only pauses (``PAUSE_S``) part."""
        first = last = index
        while first > 0 and self.spans[first].start - self.spans[first - 1].end < PAUSE_S:
            first -= 1
        while last + 1 < len(self.spans) and self.spans[last + 1].start - self.spans[last].end < PAUSE_S:
            last += 1
        return first, last

    def said(self, start: Seconds, end: Seconds) -> str:
        """The words heard in these seconds, by word times where there are any, else by even spacing."""
        return "".join(_part(u, start, end) for u in self.utterances if u.start < end and u.end > start)

    def characters(self, start: Seconds, end: Seconds) -> list[tuple[str, Seconds]]:
        """Each audible character that begins within these seconds, normalised, and when it begins."""
        return [
            (character, moment)
            for u in self.utterances
            if u.start < end and u.end > start
            for character, offset in _characters(u.text)
            if start <= (moment := time_of(u, offset)) < end
        ]


def _part(utterance: Utterance, start: Seconds, end: Seconds) -> str:
    """The part of an utterance that is said within these seconds; a whole one where it lies within them."""
    if start - _WORD_SLACK_S <= utterance.start and utterance.end <= end + _WORD_SLACK_S:
        return utterance.text
    if utterance.words:
        low, high = start - _WORD_SLACK_S, end + _WORD_SLACK_S
        return "".join(word.text for word in utterance.words if low <= (word.start + word.end) / 2 <= high)
    seconds = max(utterance.end - utterance.start, 1e-6)
    first = round((start - utterance.start) / seconds * len(utterance.text))
    last = round((end - utterance.start) / seconds * len(utterance.text))
    return utterance.text[max(0, first) : max(0, last)]


def _characters(text: str) -> Iterator[tuple[str, int]]:
    normalised = normalise(text)
    return zip(normalised.text, normalised.offsets, strict=True)


@dataclass(frozen=True)
class Floor:
    """The floor of one call. ``sides`` holds each role's speech, ``passages`` the turns in order."""

    sides: Mapping[Role, Side]
    passages: Sequence[Passage]

    def side(self, role: Role) -> Side:
        """One role's speech; empty where it never speaks."""
        return self.sides.get(role, _NOBODY)

    def speech_beyond_nods(self, role: Role) -> tuple[Span, ...]:
        """When ``role`` spoke, without the spans in which only 嗯 and the like (or nothing) was recognised."""
        return self._beyond_nods.get(role, ())

    @cached_property
    def _beyond_nods(self) -> dict[Role, tuple[Span, ...]]:
        return {
            role: tuple(span for span in side.spans if not is_nod(side.said(span.start, span.end)))
            for role, side in self.sides.items()
        }

    def break_ins(self, by: Role, limits: Limits) -> Iterator[BreakIn]:
        """Where ``by`` came in while the other side was speaking, and went on; in time order.

        Not counted: a nod, coming in together, going on after a pause of one's own when it was the other who came in,
        talking over laughter or a trailing 嗯, and words that both channels carry at the same time.
        """
        ours, theirs = self.side(by), self.side(Role.CUSTOMER if by is Role.AGENT else Role.AGENT)
        counted_until = -1.0
        for index, entry in enumerate(ours.spans):
            spoken_over = theirs.speaking_at(entry.start)
            if spoken_over is None or entry.start < counted_until:
                continue
            found = _break_in(ours, index, theirs, spoken_over, limits)
            if found is not None:
                # What follows after a breath, over the same speech, is the same interruption.
                counted_until = max(ours.spans[ours.run(index)[1]].end, found.end)
                yield found

    @cached_property
    def responses(self) -> tuple[Response, ...]:
        """Each turn that follows one of the other side without talking into it, in time order."""
        pairs = pairwise(self.passages)
        return tuple(Response(a, b, b.start - a.end) for a, b in pairs if a.role is not b.role and b.start >= a.end)

    @cached_property
    def rates(self) -> Mapping[int, tuple[int, Seconds]]:
        """By ``id`` of each utterance: its 字, and the seconds in which its speaker is heard during it."""
        return {
            id(u): (count_spoken(u.text), _heard_during(u, side.spans))
            for side in self.sides.values()
            for u in side.utterances
        }

    @cached_property
    def turn_of(self) -> Mapping[int, int]:
        """By ``id`` of each utterance that belongs to a turn: the index of that turn."""
        return {id(u): passage.index for passage in self.passages for u in passage.utterances}

    def utterance_at(self, role: Role, moment: Seconds) -> Utterance | None:
        """What ``role`` is saying at ``moment``: the last utterance begun by then, else the next one."""
        utterances = self.side(role).utterances
        begun = [u for u in utterances if u.start <= moment + _WORD_SLACK_S]
        return max(begun, key=lambda u: u.start) if begun else next(iter(utterances), None)

    def last_speaker(self, moment: Seconds) -> Role | None:
        """Who was the last to speak before ``moment``; None where nobody had."""
        last = [(_last_end(side.spans, moment), role) for role, side in self.sides.items()]
        heard = [(end, role) for end, role in last if end is not None]
        return max(heard)[1] if heard else None


_NOBODY = Side((), ())


def _break_in(ours: Side, index: int, theirs: Side, spoken_over: int, limits: Limits) -> BreakIn | None:
    """The interruption that begins with ``ours.spans[index]`` over ``theirs.spans[spoken_over]``, if it is one."""
    start, held_from = ours.spans[index].start, _held_from(theirs, spoken_over, ours)
    first, last = ours.run(index)
    if start - held_from < max(limits.held, TOGETHER_S) - 1e-9 or ours.spans[first].start <= held_from:
        return None
    goes_until, speaks_until = ours.spans[last].end, theirs.spans[theirs.run(spoken_over)[1]].end
    end = min(goes_until, speaks_until)
    # What times can tell is asked before what words can: they are quicker to look at.
    if goes_until - start < limits.lasts - 1e-9 or end - start < limits.overlap - 1e-9:
        return None
    shared = total(overlaps(_cut(ours.spans, start, end), _cut(theirs.spans, start, end)))
    if shared < limits.overlap - 1e-9 or is_nod(ours.said(start, ours.spans[index].end)):
        return None
    meant = _meant(ours, theirs, Span(start, end), held_from)
    if meant < min(limits.overlap, shared) - 1e-9 or _bleeds(ours, theirs, Span(start, goes_until), held_from):
        return None
    said = ours.said(start, goes_until)
    return BreakIn(start, end, shared, start - held_from, said, taken=speaks_until <= goes_until)


def _held_from(side: Side, index: int, other: Side) -> Seconds:
    """Since when ``side`` has held the floor: back over pauses, unless ``other`` said something in them."""
    while index > 0:
        pause = Span(side.spans[index - 1].end, side.spans[index].start)
        if pause.duration >= PAUSE_S or not is_nod(other.said(pause.start, pause.end)):
            break
        index -= 1
    return side.spans[index].start


def _meant(ours: Side, theirs: Side, both: Span, held_from: Seconds) -> Seconds:
    """How long both mean something: from our first word beyond a nod to where the other only laughs.

    0 where the other side has said nothing but nods since it began, or no word of theirs was recognised.
    """
    if is_nod(theirs.said(held_from, both.end)):
        return 0.0
    mine = ours.characters(both.start - _WORD_SLACK_S, both.end)
    opening = nods_at_start("".join(c for c, _ in mine))
    others = theirs.characters(both.start, both.end)
    closing = laughter_at_end("".join(c for c, _ in others))
    begins = both.start if opening == 0 else mine[opening][1] if opening < len(mine) else both.end
    ends = others[-closing][1] if closing else both.end
    return max(0.0, ends - begins)


def _bleeds(ours: Side, theirs: Side, entry: Span, held_from: Seconds) -> bool:
    """Whether one voice is heard on both channels: the same words at the same time, on either side's account."""
    return _same_words(ours, theirs, entry) or _same_words(theirs, ours, Span(held_from, entry.start))


def _same_words(one: Side, other: Side, span: Span) -> bool:
    mine = normalise(one.said(span.start, span.end)).text
    yours = normalise(other.said(span.start - TOGETHER_S, span.end + TOGETHER_S)).text
    if min(len(mine), len(yours)) < 3:
        return False
    blocks = SequenceMatcher(None, mine, yours, autojunk=False).get_matching_blocks()
    # Some three characters of ``yours`` come from the slack at both ends.
    return sum(block.size for block in blocks) >= BLEED_LIKENESS * max(len(mine), len(yours) - 3)


def _cut(spans: Sequence[Span], start: Seconds, end: Seconds) -> list[Span]:
    """``spans`` as far as they lie between ``start`` and ``end``."""
    return [Span(max(s.start, start), min(s.end, end)) for s in spans if s.start < end and s.end > start]


def _heard_during(utterance: Utterance, spans: Sequence[Span]) -> Seconds:
    """Seconds of ``spans`` within the utterance; its own length where they do not touch it."""
    index = max(0, bisect_right(spans, utterance.start, key=lambda span: span.start) - 1)
    heard = 0.0
    while index < len(spans) and spans[index].start < utterance.end:
        heard += max(0.0, min(spans[index].end, utterance.end) - max(spans[index].start, utterance.start))
        index += 1
    return heard or utterance.end - utterance.start


def _last_end(spans: Sequence[Span], moment: Seconds) -> Seconds | None:
    """Until when somebody was heard before ``moment``."""
    index = bisect_right(spans, moment, key=lambda span: span.start) - 1
    if index >= 0 and spans[index].start == moment:
        index -= 1
    return min(spans[index].end, moment) if index >= 0 else None
