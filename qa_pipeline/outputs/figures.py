"""The figures of many calls: counted call by call, added up over groups, nights and months.

Realization rate (实现率, seeds/003): of the calls in which an indicator could be judged, the share that realised it.
An indicator takes the gravest outcome of the rules that feed it: fail, then cannot_tell, then pass; it is out of the
rate where it cannot be told or does not apply, and both are counted beside it. The mean realization rate is the plain
mean over indicators, as the seed has it. Indicators under ``ALERTS`` route a call to somebody; they rate nobody.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from qa_pipeline.outputs.night import Edition, Night, Row, edition_of, local_start
from qa_pipeline.outputs.summary import NO_GRADE

ALERTS = "预警"
"""The section whose indicators are alerts."""

SMALL = 10
"""Fewer calls than this are shown, not ranked."""

_GRAVITY = {"not_applicable": 0, "pass": 1, "cannot_tell": 2, "fail": 3}
_Z = 1.96  # 95 %
BIN = 5
"""Width of a bar of the score distribution, in points."""


Group: TypeAlias = tuple[str, "Figures"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as the tables know it."""

    id: str
    title: str
    indicator: str

    @property
    def is_alert(self) -> bool:
        """Whether it routes the call rather than rates it."""
        return is_alert(self.indicator)


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the figures need of one call. ``fails`` are rules that failed, ``lost`` the points each rule took (>= 0)."""

    row: Row
    indicators: Mapping[str, str]
    outcomes: Mapping[str, int]
    fails: tuple[str, ...]
    lost: Mapping[str, Decimal]
    hits: Mapping[str, int]
    vetoed_by: tuple[str, ...]

    @property
    def id(self) -> str:
        """The recording's id."""
        name: str = self.row["recording_id"]
        return name


@dataclass(frozen=True, slots=True)
class Rate:
    """One indicator's realization. ``passed`` of ``told`` calls; the others could not be told or did not apply."""

    passed: int
    failed: int
    cannot_tell: int
    not_applicable: int

    @property
    def told(self) -> int:
        """Calls in which it could be judged: the n of the rate."""
        return self.passed + self.failed

    @property
    def value(self) -> float | None:
        """The share that passed, in [0, 1]; None where nothing could be judged."""
        return self.passed / self.told if self.told else None

    @property
    def solid(self) -> bool:
        """Whether at least half of the calls to which it applies could be judged.

        A failed rule settles an indicator, a passed one does not while another cannot be told: what is mostly untold
        is told mostly where it failed, and its rate would say so.
        """
        return self.told > 0 and self.told >= self.cannot_tell

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval: how far the rate may be off for the calls' number alone."""
        if not self.told:
            return None
        n, p = self.told, self.passed / self.told
        middle, spread = p + _Z**2 / (2 * n), _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
        scale = 1 + _Z**2 / n
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


@dataclass
class Figures:
    """Counts over any set of calls; two of them add up."""

    calls: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    audio_s: float = 0.0
    scored: int = 0
    with_score: int = 0
    score_sum: Decimal = Decimal(0)
    bins: Counter[int] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    line_grades: Counter[str] = field(default_factory=Counter)
    vetoed: int = 0
    alerted: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    indicators: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    hits: Counter[str] = field(default_factory=Counter)
    calls_hit: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, call: CallFacts) -> None:
        """Count one call."""
        row = call.row
        self.calls += 1
        self.audio_s += row["duration_s"] or 0.0
        if row["status"] != "scored":
            self.failed[row["error_stage"] or "?"] += 1
            return
        self.scored += 1
        self.grades[row["grade"] or NO_GRADE] += 1
        if row["line_grade"] or row["line_grade_min"]:
            self.line_grades[row["line_grade"] or NO_GRADE] += 1
        if row["score"] is not None:
            self.with_score += 1
            self.score_sum += row["score"]
            self.bins[score_bin(row["score"])] += 1
        self.vetoed += bool(row["vetoed"])
        self.alerted += any(is_alert(i) and outcome == "fail" for i, outcome in call.indicators.items())
        self.outcomes.update(call.outcomes)
        for indicator, outcome in call.indicators.items():
            self.indicators[indicator][outcome] += 1
        self.hits.update(call.hits)
        self.calls_hit.update(rule for rule in call.fails)
        for rule, points in call.lost.items():
            self.lost[rule] += points  # type: ignore[assignment]  # a Counter of decimals adds exactly

    def merge(self, other: Figures) -> Figures:
        """Add ``other`` to this, and return this."""
        for name in ("calls", "audio_s", "scored", "with_score", "score_sum", "vetoed", "alerted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("failed", "bins", "grades", "line_grades", "outcomes", "hits", "calls_hit", "lost"):
            getattr(self, name).update(getattr(other, name))
        for indicator, counts in other.indicators.items():
            self.indicators[indicator].update(counts)
        return self

    @property
    def n_failed(self) -> int:
        """Recordings that could not be scored."""
        return self.failed.total()

    @property
    def mean_score(self) -> Decimal | None:
        """Over the calls that have a score, to two places."""
        if not self.with_score:
            return None
        return (self.score_sum / self.with_score).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def cannot_tell_share(self) -> float | None:
        """The part of the rule outcomes that apply which could not be told."""
        judged = self.outcomes.total() - self.outcomes["not_applicable"]
        return self.outcomes["cannot_tell"] / judged if judged else None

    def rate(self, indicator: str) -> Rate:
        """The realization of one indicator; all zeros where it never came up."""
        counts = self.indicators.get(indicator, Counter())
        return Rate(counts["pass"], counts["fail"], counts["cannot_tell"], counts["not_applicable"])

    def mean_rate(self, section: str | None = None) -> float | None:
        """The mean realization rate over all indicators (or one section's) whose rate is solid; no alerts."""
        names = (i for i in self.indicators if not is_alert(i) and section in (None, section_of(i)))
        rates = [rate.value for name in names if (rate := self.rate(name)).solid and rate.value is not None]
        return sum(rates) / len(rates) if rates else None

    @property
    def sections(self) -> dict[str, list[str]]:
        """The rated indicators by section, in the order of the rule set."""
        found: dict[str, list[str]] = {}
        for indicator in self.indicators:
            if not is_alert(indicator):
                found.setdefault(section_of(indicator), []).append(indicator)
        return found


GROUPS: Mapping[str, Callable[[Row], str | None]] = {
    "team": lambda row: row["team"],
    "agent": lambda row: row["agent_id"],
    "queue": lambda row: row["queue"],
    "hour": lambda row: None if (start := local_start(row)) is None else f"{start:%H}",
}


@dataclass
class EditionFigures:
    """All figures of one rule-set version: the whole, and by group; ``rules`` in the order of the set.

    ``told`` and ``untold`` count, by rule, the calls to which it applies that could and could not be judged by it.
    """

    edition: Edition
    whole: Figures = field(default_factory=Figures)
    by: dict[str, dict[str, Figures]] = field(default_factory=lambda: {name: {} for name in GROUPS})
    rules: dict[str, Rule] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    untold: Counter[str] = field(default_factory=Counter)

    def add(self, call: CallFacts) -> None:
        """Count one call, in the whole and in its groups."""
        self.whole.add(call)
        for name, key_of in GROUPS.items():
            if (key := key_of(call.row)) is not None:
                self.by[name].setdefault(key, Figures()).add(call)

    def merge(self, other: EditionFigures) -> EditionFigures:
        """Add another night's figures of the same version."""
        self.whole.merge(other.whole)
        for name, groups in other.by.items():
            for key, figures in groups.items():
                self.by[name].setdefault(key, Figures()).merge(figures)
        self.rules = {**other.rules, **self.rules}
        self.told.update(other.told)
        self.untold.update(other.untold)
        return self


@dataclass
class NightFigures:
    """One night, counted. ``calls`` are in the night's order; ``editions`` by size, largest first.

    ``numbers`` says which of the editions each call was counted under.
    """

    night: Night
    calls: tuple[CallFacts, ...]
    editions: tuple[EditionFigures, ...]
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def overall(self) -> Figures:
        """Volume and coverage over all versions; judgements of several versions must not be read from it."""
        total = Figures()
        for edition in self.editions:
            total.merge(edition.whole)
        return total

    @property
    def day(self) -> str:
        """The day on which the first call began, ISO; of the run where no call says when it began."""
        starts = [start for call in self.calls if (start := local_start(call.row)) is not None]
        return f"{min(starts):%Y-%m-%d}" if starts else str(self.night.info.get("started_at", ""))[:10]


def count_night(night: Night) -> NightFigures:
    """Count every call of ``night``, each under the version that judged it."""
    return count_calls(night, tuple(call_facts(night)))


def count_calls(night: Night, facts: tuple[CallFacts, ...]) -> NightFigures:
    """Count some calls of ``night``."""
    judged = Counter(edition_of(call.row) for call in facts if call.row["status"] == "scored")
    editions: dict[Edition, EditionFigures] = {}
    of_call: dict[str, EditionFigures] = {}
    for call in facts:
        edition = edition_of(call.row)
        if judged and edition not in judged:  # failed before anything judged it: under the night's main version
            edition = judged.most_common(1)[0][0]
        of_call[call.id] = editions.setdefault(edition, EditionFigures(edition))
        of_call[call.id].add(call)
    titles = dict(night.columns("findings", ("rule_id", "title")))
    names = ("recording_id", "rule_id", "title", "indicator", "outcome")
    for recording, rule, title, indicator, outcome in night.columns("outcomes", names):
        if (part := of_call.get(recording)) is None:
            continue
        if rule not in part.rules:
            part.rules[rule] = Rule(rule, title or titles.get(rule) or rule, indicator)
        part.told[rule] += outcome in ("pass", "fail")
        part.untold[rule] += outcome == "cannot_tell"
    ordered = sorted(editions.values(), key=lambda e: (-e.whole.calls, e.edition.name, e.edition.sha256))
    numbers = {recording: ordered.index(part) for recording, part in of_call.items()}
    return NightFigures(night, facts, tuple(ordered), numbers)


def call_facts(night: Night) -> Iterator[CallFacts]:
    """The facts of every call, in the night's order."""
    judged = _judged(night)
    hits: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for recording, rule, points in night.columns("findings", ("recording_id", "rule_id", "points")):
        hits[recording][rule] += points is None or points <= 0
    for row in night.calls:
        found = judged.get(row["recording_id"], _Judged())
        yield CallFacts(
            row,
            found.indicators,
            found.outcomes,
            tuple(found.fails),
            found.lost,
            +hits.get(row["recording_id"], Counter()),
            tuple(found.vetoed_by),
        )


@dataclass
class _Judged:
    """One call's outcomes, gathered."""

    indicators: dict[str, str] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    fails: list[str] = field(default_factory=list)
    lost: dict[str, Decimal] = field(default_factory=dict)
    vetoed_by: list[str] = field(default_factory=list)


def _judged(night: Night) -> dict[str, _Judged]:
    names = ("recording_id", "rule_id", "indicator", "outcome", "points", "veto")
    judged: defaultdict[str, _Judged] = defaultdict(_Judged)
    for recording, rule, indicator, outcome, points, veto in night.columns("outcomes", names):
        call = judged[recording]
        call.outcomes[outcome] += 1
        call.indicators[indicator] = graver(call.indicators.get(indicator, "not_applicable"), outcome)
        if outcome == "fail":
            call.fails.append(rule)
            if veto:
                call.vetoed_by.append(rule)
        if points is not None and points < 0:
            call.lost[rule] = -points
    return judged


def graver(one: str, other: str) -> str:
    """The outcome that decides an indicator fed by both."""
    return max(one, other, key=lambda outcome: _GRAVITY.get(outcome, 2))


def is_alert(indicator: str) -> bool:
    """Whether an indicator routes the call rather than rates it."""
    return section_of(indicator) == ALERTS


def section_of(indicator: str) -> str:
    """The first part of an indicator's name: the section of the sheet."""
    return indicator.split("/", 1)[0]


def score_bin(score: Decimal) -> int:
    """The lower edge of the bar that a score falls into; the highest bar is a hundred alone."""
    return int(score // BIN) * BIN


def ranked(groups: Mapping[str, Figures], small: int = SMALL) -> tuple[list[Group], list[Group]]:
    """Groups large enough to be ranked, best mean realization first, and the small ones by name."""
    large = [(name, figures) for name, figures in groups.items() if figures.scored >= small]
    rest = [(name, figures) for name, figures in groups.items() if figures.scored < small]
    large.sort(key=lambda item: (-(item[1].mean_rate() or 0.0), item[0]))
    return large, sorted(rest)


def coldness(calls: Iterable[CallFacts]) -> dict[str, Figures]:
    """冷线 beside 热线 (seeds/003): the calls by line grade, 优秀 and 普通 together as 热线; none without grades."""
    groups = {"热线": Figures(), "冷线": Figures()}
    for call in calls:
        grade: Any = call.row["line_grade"]
        if grade:
            groups["冷线" if grade == "冷线" else "热线"].add(call)
    return {name: figures for name, figures in groups.items() if figures.calls}
