"""One call drawn along its time: sound and speech of both sides, who talks over whom, dead air, emotion, hits.

Everything is given in per mille of the call's length, so that a page can stretch it; it is drawn as SVG by the
template, which needs no script to be seen or printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from qa_pipeline.features.emotion import EmotionCurve
from qa_pipeline.features.speech import gaps, overlaps, union
from qa_pipeline.outputs.report.conversation import Conversation, Finding
from qa_pipeline.outputs.report.peaks import Peaks
from qa_pipeline.records import Span

Row: TypeAlias = Mapping[str, Any]

DEAD_AIR_S = 5.0
"""Silence of everybody that is drawn as dead air; what a rule holds against an agent is the rule's own matter."""

TENSE = 0.4
"""A peak below this is no peak: the customer stayed calm."""

OVERLAP_S = 0.3
_WAVE = 100  # half the height of a channel's lane, in the units of its path


@dataclass(frozen=True, slots=True)
class Box:
    """A stretch of time: ``x`` and ``width`` in per mille of the call, ``start`` and ``end`` in seconds."""

    x: float
    width: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One channel: who is on it, the SVG path of its sound ("" where there is none to draw), when it speaks."""

    role: str
    channel: int
    path: str
    speech: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of the emotion curve: ``y`` from 0 (angry) to 1000 (calm)."""

    x: float
    y: float
    start: float
    tension: float


@dataclass(frozen=True, slots=True)
class Mood:
    """The emotion curve to be drawn; ``tense`` where its peak is worth pointing at."""

    points: str
    dots: tuple[Dot, ...]
    peak: Dot
    end: Dot
    recovered: bool
    tense: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A hit on the time axis."""

    box: Box
    finding: Finding


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the timeline of a call shows; ``measured`` says whether speech comes from sound rather than from words."""

    duration: float
    lanes: tuple[Lane, ...]
    overlaps: tuple[Box, ...]
    dead_air: tuple[Box, ...]
    mood: Mood | None
    ticks: tuple[Tick, ...]
    marks: tuple[tuple[float, str], ...]
    measured: bool


def timeline(
    call: Row, utterances: Sequence[Row], talk: Conversation, curve: EmotionCurve | None, sound: Peaks | None
) -> Timeline | None:
    """The timeline of one call; None where it has no length."""
    duration = call["duration_s"] or max((u["end_s"] for u in utterances), default=0.0)
    if duration <= 0:
        return None
    spans = _speech(call, utterances)
    boxes = _Boxes(duration)
    lanes = tuple(_lanes(call, utterances, spans, sound, boxes))
    everybody = union(span for each in spans.values() for span in each)
    silent = [gap for gap in gaps(everybody, duration) if gap.duration >= DEAD_AIR_S] if everybody else []
    return Timeline(
        duration=duration,
        lanes=lanes,
        overlaps=tuple(boxes.of(_both(spans))),
        dead_air=tuple(boxes.of(silent)),
        mood=_mood(curve, boxes) if curve else None,
        ticks=tuple(Tick(boxes.box(f.row["start_s"], f.row["end_s"]), f) for f in talk.findings if not f.whole),
        marks=tuple(_marks(duration)),
        measured=call["speech"] is not None,
    )


@dataclass(frozen=True, slots=True)
class _Boxes:
    duration: float

    def x(self, seconds: float) -> float:
        return round(min(1.0, max(0.0, seconds / self.duration)) * 1000, 1)

    def box(self, start: float, end: float) -> Box:
        return Box(self.x(start), max(1.5, round(self.x(end) - self.x(start), 1)), start, end)

    def of(self, spans: Sequence[Span]) -> Iterator[Box]:
        return (self.box(span.start, span.end) for span in spans)


def _speech(call: Row, utterances: Sequence[Row]) -> dict[int, tuple[Span, ...]]:
    """When each channel speaks: by the sound, else by its utterances. A channel that never speaks is there too."""
    found: dict[int, list[Span]] = {channel: [] for channel in range(min(call["channels"] or 1, 8))}
    heard = call["speech"]
    rows = utterances if heard is None else heard
    for row in rows:
        found.setdefault(row["channel"], []).append(Span(row["start_s"], row["end_s"]))
    return {channel: union(spans) for channel, spans in sorted(found.items())}


def _lanes(
    call: Row,
    utterances: Sequence[Row],
    spans: Mapping[int, Sequence[Span]],
    sound: Peaks | None,
    boxes: _Boxes,
) -> Iterator[Lane]:
    roles: dict[int, set[str]] = {}
    for row in utterances:
        roles.setdefault(row["channel"], set()).add(row["role"])
    for channel, spoken in spans.items():
        role = next(iter(roles.get(channel, ())), "unknown") if len(roles.get(channel, ())) <= 1 else "both"
        if call["agent_channel"] is not None and len(spans) == 2 and role == "unknown":
            role = "agent" if channel == call["agent_channel"] else "customer"
        path = wave_path(sound[channel].tolist()) if sound is not None and channel < len(sound) else ""
        yield Lane(role, channel, path, tuple(boxes.of(spoken)))


def wave_path(steps: Sequence[int]) -> str:
    """The upper outline of ``steps`` (0..255) as an SVG path, as wide as its number of steps, up to 100 high.

    In relative steps, since there are hundreds; the page mirrors it for the lower half.
    """
    heights = [max(1, round(step * _WAVE / 255)) for step in steps]
    moves = (after - before for before, after in pairwise([0, *heights]))
    outline = "".join(f"l1{-move if move > 0 else f' {-move}'}" if move else "h1" for move in moves)
    return f"M0 0{outline}V0Z"


def _both(spans: Mapping[int, Sequence[Span]]) -> list[Span]:
    channels = list(spans.values())
    if len(channels) != 2:
        return []
    return [span for span in overlaps(channels[0], channels[1]) if span.duration >= OVERLAP_S]


def _mood(curve: EmotionCurve, boxes: _Boxes) -> Mood:
    dots = {
        mood: Dot(boxes.x((mood.start + mood.end) / 2), round((1 - mood.tension) * 1000), mood.start, mood.tension)
        for mood in curve.moods
    }
    points = " ".join(f"{dot.x:g},{dot.y:g}" for dot in dots.values())
    return Mood(
        points, tuple(dots.values()), dots[curve.peak], dots[curve.end], curve.recovered, curve.peak.tension >= TENSE
    )


def _marks(duration: float) -> Iterator[tuple[float, str]]:
    """Where the axis is labelled: four to nine round times."""
    step = next((s for s in (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600) if duration / s <= 9), 7200)
    for second in range(0, int(duration) + 1, step):
        if second / duration < 0.97:
            yield round(second / duration * 100, 2), clock(second)


def clock(seconds: float) -> str:
    """Minutes and seconds, hours where there are any."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
