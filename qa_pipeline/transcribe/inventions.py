"""Words that nobody said: subtitle lines that Whisper writes into silence, and echoes of our own prompt.

In layers, from what is certain to what is not. Lines that nobody says on a hotline go wherever they stand. Lines that
somebody might say (谢谢观看) go only as a whole utterance of which the recogniser was unsure. An echo is the prompt
itself, or several of its hot words in their order, not one of them: agents do say the names that a site lists.
The lines are data: ``subtitles.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from qa_pipeline.text.normalise import normalise
from qa_pipeline.transcribe.gate import Reason

DATA = Path(__file__).parent / "subtitles.yaml"

UNSURE = 0.5
"""Below this probability per token a doubtful line is not believed; spoken ones have 0.7 and more."""

UNSURE_NO_SPEECH = 0.3
"""Above this probability of no speech a doubtful line is not believed either."""

_ECHO_WORDS = 3
_ECHO_CHARACTERS = 6


@dataclass(frozen=True, slots=True)
class Invented:
    """``text[start:end]`` was not said."""

    start: int
    end: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class SubtitleLines:
    """Known lines, normalised, the longest first."""

    always: tuple[str, ...]
    doubtful: frozenset[str]


@cache
def subtitle_lines() -> SubtitleLines:
    """The shipped lines."""
    import yaml

    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    always = sorted({normalise(line).text for line in data["always"]}, key=lambda line: (-len(line), line))
    return SubtitleLines(tuple(always), frozenset(normalise(line).text for line in data["doubtful"]))


def invented(text: str, confidence: float, no_speech_prob: float, prompts: Sequence[str] = ()) -> list[Invented]:
    """The parts of an utterance's ``text`` that nobody said, in order, disjoint.

    ``prompts`` are what the recogniser was told beforehand: the prompt, and the hot words as one text.
    """
    normal = normalise(text)
    unsure = confidence < UNSURE or no_speech_prob > UNSURE_NO_SPEECH
    if unsure and normal.text in subtitle_lines().doubtful:
        return [Invented(0, len(text), Reason.SUBTITLE)]
    if any(is_echo(normal.text, prompt) for prompt in prompts):
        return [Invented(0, len(text), Reason.PROMPT_ECHO)]
    return _known_lines(text, normal.text, normal.offsets)


def is_echo(said: str, prompt: str) -> bool:
    """Whether ``said`` (normalised) is ``prompt`` again: all of it, or three and more of its words in their order."""
    whole = normalise(prompt).text
    if len(said) < _ECHO_CHARACTERS or not whole:
        return False
    if whole in said:
        return len(whole) >= _ECHO_CHARACTERS
    if said not in whole:
        return False
    words = [normalise(word).text for word in re.split(r"[\s，。、；,.;！!？?]+", prompt)]
    return sum(word in said for word in words if word) >= _ECHO_WORDS


def _known_lines(text: str, normal: str, offsets: Sequence[int]) -> list[Invented]:
    found: list[Invented] = []
    for line in subtitle_lines().always:
        at = normal.find(line)
        while at >= 0:
            start, end = offsets[at], _end(text, offsets[at + len(line) - 1] + 1)
            if not any(start < other.end and other.start < end for other in found):
                found.append(Invented(start, end, Reason.SUBTITLE))
            at = normal.find(line, at + len(line))
    return sorted(found, key=lambda one: one.start)


def _end(text: str, end: int) -> int:
    """Punctuation after a removed line goes with it."""
    while end < len(text) and not normalise(text[end]).text:
        end += 1
    return end
