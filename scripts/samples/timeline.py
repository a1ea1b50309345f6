"""When everything is said: lines are spoken and placed, and what follows from their times is worked out.

Times are seconds from the recording's start. An utterance starts and ends where it is heard (the 30 ms of silence
that ``speak`` leaves on either side do not count).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.samples.script import CallScript, Line
from scripts.speech.espeak import Speech, speak
from scripts.speech.voices import VOICES, Voice

BACKCHANNELS = "嗯对好是行哦啊的"
MIN_OVERLAP_S, MIN_CHARACTERS, MIN_HEARD_S = 1.0, 4, 1.0
"""An interruption: it overlaps this long, says this much, and the other had been speaking this long."""

MIN_SILENCE_S = 5.0
"""Shorter silences are not listed."""

_MARGIN_S = 0.03


@dataclass(frozen=True)
class Utterance:
    """A line and its sound, heard from ``start`` to ``end``."""

    line: Line
    speech: Speech
    start: float

    @property
    def end(self) -> float:
        """When it has been said."""
        return self.start + self.speech.duration - 2 * _MARGIN_S

    @property
    def placed_at(self) -> float:
        """Where the first sample goes."""
        return self.start - _MARGIN_S


@dataclass(frozen=True)
class Timeline:
    """A call as it is heard; ``utterances`` in the order of the script, ``duration`` in seconds."""

    utterances: tuple[Utterance, ...]
    duration: float


@dataclass(frozen=True)
class Span:
    """A stretch of time: an interruption (``role`` interrupts) or a silence (``role`` is None)."""

    start: float
    end: float
    role: str | None = None
    announced: bool = False


def place(script: CallScript) -> Timeline:
    """Speak every line and put it where the script says; raises ``ValueError`` if a speaker talks over himself."""
    placed: list[Utterance] = []
    for line in script.lines:
        speech = speak(line.text, _voice(script, line))
        placed.append(Utterance(line, speech, _start(line, placed, script)))
        _check(script.id, placed)
    return Timeline(tuple(placed), round(_heard_until(placed) + script.tail_s, 3))


def interruptions(utterances: tuple[Utterance, ...]) -> Iterator[Span]:
    """Yield, in time order, where one speaker takes the floor while the other is speaking and goes on."""
    for later in sorted(utterances, key=lambda utterance: utterance.start):
        for earlier in utterances:
            if earlier.line.role != later.line.role and _interrupts(later, earlier):
                yield Span(later.start, min(later.end, earlier.end), later.line.role)


def silences(timeline: Timeline) -> Iterator[Span]:
    """Yield, in time order, where nobody speaks for ``MIN_SILENCE_S`` or longer."""
    heard_until = 0.0
    for utterance in sorted(timeline.utterances, key=lambda utterance: utterance.start):
        if utterance.start - heard_until >= MIN_SILENCE_S:
            yield Span(heard_until, utterance.start, announced=utterance.line.announced)
        heard_until = max(heard_until, utterance.end)
    if timeline.duration - heard_until >= MIN_SILENCE_S:
        yield Span(heard_until, timeline.duration)


def _voice(script: CallScript, line: Line) -> Voice:
    speaker = script.speakers[line.role]
    return VOICES[speaker.voice].at(rate=line.rate or speaker.rate)


def _start(line: Line, before: list[Utterance], script: CallScript) -> float:
    if not before:
        return script.lead_s
    if line.overlap_s is None:
        pause = script.pause_s if line.pause_s is None else line.pause_s
        return round(_heard_until(before) + pause, 3)
    other = next(utterance for utterance in reversed(before) if utterance.line.role != line.role)
    return round(other.end - line.overlap_s, 3)


def _heard_until(utterances: list[Utterance]) -> float:
    return max(utterance.end for utterance in utterances)


def _check(call_id: str, placed: list[Utterance]) -> None:
    newest = placed[-1]
    own = [utterance for utterance in placed[:-1] if utterance.line.role == newest.line.role]
    if any(utterance.end > newest.start for utterance in own):
        raise ValueError(f"{call_id}: the {newest.line.role} says {newest.line.text!r} over the own line before")


def _interrupts(later: Utterance, earlier: Utterance) -> bool:
    said = re.sub(f"[{BACKCHANNELS}]|[^\u4e00-\u9fff]", "", later.line.text)
    return (
        later.start - earlier.start >= MIN_HEARD_S
        and min(later.end, earlier.end) - later.start >= MIN_OVERLAP_S
        and len(said) >= MIN_CHARACTERS
    )
