"""A passage: what one side said in one go, as rules match it, with every character traced back to its time.

Recognisers cut utterances in the middle of sentences, so rules match over the whole turn. A passage joins the
utterances of a turn, normalises the text, and keeps for each normalised character the utterance and the original
character it came from.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from qa_pipeline.records import Evidence, Role, Seconds, Utterance
from qa_pipeline.text.normalise import normalise

QUOTE_LIMIT = 60
"""Longest quote, in characters; a longer utterance is cut around what matched."""

QUOTATION_MARKS = "“”「」『』‘’"

PAUSE_S: Seconds = 0.25
"""Words that stand further apart are parted by a pause."""


@dataclass(frozen=True)
class Passage:
    """One turn's words: ``utterances`` (at least one, in time order) of one ``role``; ``index`` counts the turns."""

    index: int
    role: Role
    utterances: tuple[Utterance, ...]

    @cached_property
    def start(self) -> Seconds:
        """When the first utterance begins."""
        return self.utterances[0].start

    @cached_property
    def end(self) -> Seconds:
        """When the last of the utterances ends."""
        return max(utterance.end for utterance in self.utterances)

    @cached_property
    def text(self) -> str:
        """The normalised text of the whole passage."""
        return self._joined[0]

    @cached_property
    def has_quotes(self) -> bool:
        """Whether the recogniser wrote quotation marks anywhere."""
        return any(mark in utterance.text for utterance in self.utterances for mark in QUOTATION_MARKS)

    @property
    def ending(self) -> str:
        """The text of the last utterance, as recognised."""
        return self.utterances[-1].text

    @cached_property
    def _joined(self) -> tuple[str, tuple[tuple[int, int], ...]]:
        pieces: list[str] = []
        origins: list[tuple[int, int]] = []
        for number, utterance in enumerate(self.utterances):
            normalised = normalise(utterance.text)
            pieces.append(normalised.text)
            origins.extend((number, offset) for offset in normalised.offsets)
        return "".join(pieces), tuple(origins)

    @cached_property
    def extents(self) -> tuple[tuple[int, int], ...]:
        """Where in ``text`` each utterance lies, as ``[start, end)``."""
        numbers = [number for number, _ in self._joined[1]]
        ends = [bisect_right(numbers, number) for number in range(len(self.utterances))]
        return tuple(zip([0, *ends], ends, strict=False))

    @cached_property
    def pauses(self) -> frozenset[int]:
        """Positions in ``text`` before which the speaker pauses: by punctuation, word times or a new utterance."""
        origins = self._joined[1]
        found = set()
        for position in range(1, len(origins)):
            (last, last_char), (number, char) = origins[position - 1], origins[position]
            if number != last or char - last_char > 1:
                found.add(position)
        for (start, end), utterance in zip(self.extents, self.utterances, strict=True):
            silent = _silent_before(utterance)
            found |= {p for p in range(start + 1, end) if origins[p][1] in silent}
        return frozenset(found)

    def evidence(self, start: int, end: int, note: str = "", operator: str = "") -> Evidence:
        """What ``text[start:end]`` (not empty) points at in the call: its words as recognised, and when they fell."""
        begin, finish = self.times(start, end)
        quote, matched = self.quote(start, end), self.matched(start, end)
        confidence = self.confidence(start, end)
        return Evidence(self.role, begin, finish, quote, matched, note, self.index, confidence, operator)

    def times(self, start: int, end: int) -> tuple[Seconds, Seconds]:
        """From when to when ``text[start:end]`` was said."""
        begins, ends = self._times
        begin, finish = begins[start], ends[end - 1]
        return (begin, finish) if begin <= finish else (finish, begin)

    @cached_property
    def _times(self) -> tuple[Sequence[Seconds], Sequence[Seconds]]:
        """When each character of ``text`` begins, and when it ends."""
        of_utterance = [_boundaries(utterance) for utterance in self.utterances]
        origins = self._joined[1]
        return [of_utterance[n][c] for n, c in origins], [of_utterance[n][c + 1] for n, c in origins]

    def quote(self, start: int, end: int) -> str:
        """The utterances that ``text[start:end]`` touches, cut to a readable length around it."""
        (first, first_char), (last, last_char) = self._joined[1][start], self._joined[1][end - 1]
        return _quote([u.text for u in self.utterances[first : last + 1]], first_char, last_char)

    def matched(self, start: int, end: int) -> str:
        """The original characters of ``text[start:end]``."""
        return _matched(self.utterances, self._joined[1][start], self._joined[1][end - 1])

    def confidence(self, start: int, end: int) -> float | None:
        """How sure the recogniser was of the utterances that ``text[start:end]`` touches: the least of them."""
        first, last = self._joined[1][start][0], self._joined[1][end - 1][0]
        return _least([u.confidence for u in self.utterances[first : last + 1]])

    def whole(self, note: str = "") -> Evidence:
        """The passage itself as evidence, nothing in it marked as matched."""
        text = "".join(utterance.text for utterance in self.utterances)
        return Evidence(self.role, self.start, self.end, quote=shorten(text), note=note, turn=self.index)

    def around(self, start: int, end: int) -> tuple[str, str]:
        """The original text before and after ``text[start:end]``, punctuation and all."""
        (first, first_char), (last, last_char) = self._joined[1][start], self._joined[1][end - 1]
        texts = [utterance.text for utterance in self.utterances]
        before = "".join(texts[:first]) + texts[first][:first_char]
        return before, texts[last][last_char + 1 :] + "".join(texts[last + 1 :])


def _silent_before(utterance: Utterance) -> frozenset[int]:
    """The characters of the utterance before which its word times leave a gap of ``PAUSE_S``."""
    found, position, heard_until = set(), 0, utterance.start
    for word in utterance.words:
        if position and word.start - heard_until >= PAUSE_S:
            found.add(position)
        position, heard_until = position + len(word.text), word.end
    return frozenset(found)


def _least(confidences: Sequence[float | None]) -> float | None:
    """The least sure of several; None where none is stated."""
    return min((c for c in confidences if c is not None), default=None)


def _boundaries(utterance: Utterance) -> Sequence[Seconds]:
    """When the boundaries between the characters of the utterance fall, before the first and after the last as well."""
    if utterance.words:
        return [time_of(utterance, character) for character in range(len(utterance.text) + 1)]
    start, spoken, length = utterance.start, utterance.end - utterance.start, len(utterance.text) or 1
    return [start + character / length * spoken for character in range(length)] + [start + spoken]


def time_of(utterance: Utterance, character: int) -> Seconds:
    """When the boundary before ``character`` of the utterance falls: by word times, else by even spacing."""
    position = 0
    for word in utterance.words:
        length = len(word.text)
        if length and position <= character <= position + length:
            share = (character - position) / length
            return min(max(word.start + share * (word.end - word.start), utterance.start), utterance.end)
        position += length
    length = len(utterance.text) or 1
    share = character / length if character < length else 1.0
    return utterance.start + share * (utterance.end - utterance.start)


def _matched(utterances: Sequence[Utterance], first: tuple[int, int], last: tuple[int, int]) -> str:
    """The original characters from ``first`` to ``last`` (both inclusive), across utterances where need be."""
    if first[0] == last[0]:
        return utterances[first[0]].text[first[1] : last[1] + 1]
    middle = "".join(utterance.text for utterance in utterances[first[0] + 1 : last[0]])
    return utterances[first[0]].text[first[1] :] + middle + utterances[last[0]].text[: last[1] + 1]


def _quote(texts: Sequence[str], first_char: int, last_char: int) -> str:
    """The utterances that the match touches, cut to a readable length around it."""
    text = "".join(texts)
    end = len(text) - len(texts[-1]) + last_char + 1
    return shorten(text, first_char, end)


def shorten(text: str, start: int = 0, end: int = 0) -> str:
    """``text`` cut to ``QUOTE_LIMIT`` characters around ``text[start:end]``, with … where something was left out."""
    if len(text) <= QUOTE_LIMIT:
        return text
    left = max(0, min(start, (start + end - QUOTE_LIMIT) // 2))
    right = min(len(text), max(end, left + QUOTE_LIMIT))
    return ("…" if left else "") + text[left:right] + ("…" if right < len(text) else "")
