"""The calls of a scored folder as candidates for a course opener: how well handled, what of, how good to listen to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from qa_pipeline.examples.kinds import OPENING, CallKind, kind_of
from qa_pipeline.outputs.night import Night, Row, local_start
from qa_pipeline.outputs.schema import META_PREFIX
from qa_pipeline.records import Seconds
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.restating import content_words

WHOLE_CALL = 0.95
"""A finding over so much of the call has no moment of its own: something is missing."""

_SERIOUS = {"critical": 3.0, "major": 2.0, "minor": 1.0, "info": 0.0}


@dataclass(frozen=True, slots=True)
class Listening:
    """How good a call is to listen to: each part and their product in [0, 1]."""

    length: float
    sound: float
    turns: float
    moment: float

    @property
    def value(self) -> float:
        """All of it: one bad part spoils the rest."""
        return self.length * self.sound * self.turns * (0.6 + 0.4 * self.moment)


@dataclass(frozen=True)
class Candidate:
    """A scored call. ``failed`` and ``passed`` are rules with points at stake; ``topic`` are its caller's words."""

    recording_id: str
    score: float
    grade: str
    kind: CallKind
    listening: Listening
    duration: Seconds
    agent: str | None = None
    team: str | None = None
    queue: str | None = None
    day: date | None = None
    failed: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    topic: frozenset[str] = frozenset()
    call: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Candidates:
    """All that can be chosen from. ``titles`` names rules; ``left_out`` counts calls by why they cannot be examples.

    ``rows`` are all calls of the folder, those left out included.
    """

    calls: tuple[Candidate, ...]
    titles: Mapping[str, str]
    left_out: Mapping[str, int]
    rows: Sequence[Row] = ()


def read_candidates(night: Night) -> Candidates:
    """The candidates of a scored folder, by recording id.

    A call without a score, or in which one side is silent, is none.
    """
    failed, passed, titles = _outcomes(night)
    moments, named = _moments(night)
    words = _words(night)
    left_out: dict[str, int] = defaultdict(int)
    found = []
    for call in sorted(night.calls, key=lambda row: str(row["recording_id"])):
        recording = call["recording_id"]
        why_not = _unfit(call, words[recording])
        if why_not:
            left_out[why_not] += 1
            continue
        said = words[recording]
        opening = said.opening
        found.append(
            Candidate(
                recording_id=recording,
                score=float(call["score"]),
                grade=call["grade"] or "",
                kind=kind_of(opening, _metadata(call)),
                listening=_listening(call, said, moments[recording]),
                duration=call["duration_s"],
                agent=call["agent_id"],
                team=call["team"],
                queue=call["queue"],
                day=start.date() if (start := local_start(call)) else None,
                failed=frozenset(failed[recording]),
                passed=frozenset(passed[recording]),
                topic=content_words(normalise("".join(opening)[:OPENING]).text),
                call=call,
            )
        )
    return Candidates(tuple(found), {**titles, **named}, dict(left_out), night.calls)


@dataclass
class _Said:
    """What the utterances of one call say of it."""

    opening: list[str] = field(default_factory=list)
    confidence: list[tuple[float, float]] = field(default_factory=list)
    by_role: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def _unfit(call: Row, said: _Said) -> str:
    if call["status"] != "scored":
        return "打分失败 failed"
    if call["score"] is None or not call["duration_s"]:
        return "没有分数 no score"
    if min(said.by_role["agent"], said.by_role["customer"]) < 2:
        return "只听得到一方 only one side speaks"
    return ""


def _outcomes(night: Night) -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, str]]:
    """The rules with points at stake that each call failed and passed, and the titles of rules."""
    titles: dict[str, str] = {}
    failed: dict[str, set[str]] = defaultdict(set)
    passed: dict[str, set[str]] = defaultdict(set)
    columns = ("recording_id", "rule_id", "title", "outcome", "worth")
    for recording, rule, title, outcome, worth in night.columns("outcomes", columns):
        if title:
            titles.setdefault(rule, title)
        if worth and outcome == "fail":
            failed[recording].add(rule)
        elif worth and outcome == "pass":
            passed[recording].add(rule)
    return failed, passed, titles


def _moments(night: Night) -> tuple[dict[str, list[tuple[float, float]]], dict[str, str]]:
    """For each call (when, how grave) of what happened at a moment, and the titles of all rules that fired."""
    moments: dict[str, list[tuple[float, float]]] = defaultdict(list)
    titles: dict[str, str] = {}
    durations = {call["recording_id"]: call["duration_s"] or 0.0 for call in night.calls}
    columns = ("recording_id", "rule_id", "title", "severity", "start_s", "end_s")
    for recording, rule, title, severity, start, end in night.columns("findings", columns):
        titles.setdefault(rule, title or rule)
        grave = _SERIOUS.get(severity or "", 0.0) or (1.0 if rule == "customer-angry" else 0.0)
        if grave and end - start < WHOLE_CALL * durations.get(recording, 0.0):
            moments[recording].append((start, grave))
    return moments, titles


def _words(night: Night) -> dict[str, _Said]:
    said: dict[str, _Said] = defaultdict(_Said)
    columns = ("recording_id", "role", "text", "confidence", "start_s", "end_s")
    for recording, role, text, confidence, start, end in night.columns("utterances", columns):
        one = said[recording]
        one.by_role[role] += 1
        if role == "customer" and sum(map(len, one.opening)) < OPENING:
            one.opening.append(text)
        if confidence is not None:
            one.confidence.append((confidence, max(0.1, end - start)))
    return said


def _listening(call: Row, said: _Said, moments: Sequence[tuple[float, float]]) -> Listening:
    turns = min(said.by_role["agent"], said.by_role["customer"])
    return Listening(
        length=_fits(call["duration_s"]),
        sound=_clear(said.confidence) * (0.8 if call["warnings"] else 1.0),
        turns=min(1.0, turns / 5),
        moment=min(1.0, max(_near(moments), default=0.0) / 4),
    )


def _fits(duration: Seconds) -> float:
    """1 from one minute to four; less for calls that a class cannot get into, or will not sit through."""
    if duration < 60:
        return max(0.1, duration / 60)
    return 1.0 if duration <= 240 else max(0.15, 1.0 - (duration - 240) / 600)


def _clear(confidence: Sequence[tuple[float, float]]) -> float:
    """How surely it was recognised, over speaking time: nobody measured, nobody knows (0.7)."""
    if not confidence:
        return 0.7
    mean = sum(share * length for share, length in confidence) / sum(length for _, length in confidence)
    return min(1.0, max(0.2, (mean - 0.3) / 0.5))


def _near(moments: Sequence[tuple[float, float]]) -> Iterable[float]:
    """How much of weight happens within half a minute, from each moment on: a turning point is dense."""
    return [sum(grave for at, grave in moments if start <= at < start + 30) for start, _ in moments]


def _metadata(call: Row) -> dict[str, object]:
    return {name.removeprefix(META_PREFIX): value for name, value in call.items() if name.startswith(META_PREFIX)}
