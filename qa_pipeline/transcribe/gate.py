"""When the words of a window are doubted, and why: what faster-whisper's batched path measures and does not use.

The limits are data (``gate.yaml``), each with its source. A doubted window is heard again (``ladder``); what stays in
doubt is kept apart as ``Dropped`` with one of the reasons here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from qa_pipeline.records import Seconds
from qa_pipeline.text.loops import longest_loop
from qa_pipeline.text.normalise import count_spoken, normalise
from qa_pipeline.transcribe.hearing import Heard, Search

DATA = Path(__file__).parent / "gate.yaml"


class Reason(StrEnum):
    """Why words are not trusted; the values of ``dropped.reason``."""

    REPETITION = "repetition"
    LOOP = "loop"
    TOO_FAST = "too_fast"
    NO_SPEECH = "no_speech"
    SILENT_SOUND = "silent_sound"
    LOW_PROBABILITY = "low_probability"
    WORDLESS = "wordless"
    SUBTITLE = "subtitle"
    PROMPT_ECHO = "prompt_echo"


NOBODY_SPOKE = frozenset({Reason.NO_SPEECH, Reason.SILENT_SOUND, Reason.SUBTITLE, Reason.PROMPT_ECHO})
"""Reasons that say that there was nothing to hear: such a stretch is no gap in what we know of the call."""


class GateLimits(BaseModel):
    """The limits, by the names and meanings that ``gate.yaml`` gives them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_avg_logprob: float
    max_no_speech_prob: float
    max_compression_ratio: float
    max_characters_per_s: float
    free_characters: int
    silent_snr_db: float
    silent_avg_logprob: float
    wordless_s: Seconds
    loops: dict[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=2)]]
    searches: tuple[Search, ...]


@dataclass(frozen=True, slots=True)
class PieceHeard:
    """The words that fell on one piece of a window: ``text``, seconds of speech, how far its level is above noise."""

    text: str
    speech_s: Seconds
    snr_db: float | None


@cache
def gate_limits(preset: str = "stock") -> GateLimits:
    """The shipped limits for ``stock`` models or ``demo``."""
    import yaml

    data: Mapping[str, Mapping[str, Mapping[str, Any]]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    entries = {**data["stock"], **data.get(preset, {})}
    return GateLimits.model_validate({name: entry["value"] for name, entry in entries.items()})


def doubt(heard: Heard, pieces: Sequence[PieceHeard], limits: GateLimits) -> Reason | None:
    """Why ``heard`` should not be believed as it stands; None where nothing speaks against it.

    ``pieces`` are those of its window, in order. The order of the questions is from what is surely wrong to what is
    merely unlikely; the first that holds is the reason.
    """
    return next(_doubts(heard, pieces, limits), None)


def _doubts(heard: Heard, pieces: Sequence[PieceHeard], limits: GateLimits) -> Iterator[Reason]:
    said = [piece for piece in pieces if normalise(piece.text).text]
    wordless = any(piece.speech_s >= limits.wordless_s for piece in pieces if piece not in said)
    unsure = not heard.avg_logprob >= limits.min_avg_logprob  # also for NaN
    silent = heard.no_speech_prob > limits.max_no_speech_prob
    if not said:  # believed of short sounds, and where the recogniser says itself that nobody speaks
        yield from [Reason.WORDLESS] if wordless and not silent else []
        return
    if heard.compression_ratio > limits.max_compression_ratio:
        yield Reason.REPETITION
    if any(longest_loop(text, limits.loops) for text in (heard.text, *(piece.text for piece in said))):
        yield Reason.LOOP
    if any(_too_fast(piece, limits) for piece in said):
        yield Reason.TOO_FAST
    if unsure and silent:
        yield Reason.NO_SPEECH
    if heard.avg_logprob < limits.silent_avg_logprob and any(_as_silent_as_noise(piece, limits) for piece in said):
        yield Reason.SILENT_SOUND
    if unsure:
        yield Reason.LOW_PROBABILITY
    if wordless:
        yield Reason.WORDLESS


def _too_fast(piece: PieceHeard, limits: GateLimits) -> bool:
    return count_spoken(piece.text) > limits.max_characters_per_s * piece.speech_s + limits.free_characters


def _as_silent_as_noise(piece: PieceHeard, limits: GateLimits) -> bool:
    return piece.snr_db is not None and piece.snr_db < limits.silent_snr_db
