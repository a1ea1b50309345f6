"""Week, month, quarter, year (周报、月报、季报、年报): the indicators of many nights, period by period.

A call belongs to the period of the day on which it began. Figures of two rule-set versions are never added up: each
version has its own columns, and its own line in the chart.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.figures import (
    SMALL,
    CallFacts,
    EditionFigures,
    Group,
    Rate,
    Rule,
    call_facts,
    count_calls,
    ranked,
)
from qa_pipeline.outputs.night import Edition, Night, local_start, read_night
from qa_pipeline.outputs.report.call_pages import Site
from qa_pipeline.outputs.report.pages import copy_static, data_script, render, write
from qa_pipeline.outputs.report.site import MARKER, Report, check_out, clear_out
from qa_pipeline.outputs.scored import Place, opened, scored_folders
from qa_pipeline.outputs.words import Rising, WordCount, content_words, rising
from qa_pipeline.storage import is_url

SHOWN = 12
"""Periods that the tables show, the latest; the chart shows all."""

FREQUENT = 20


class Period(StrEnum):
    """How long a period is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def of(self, day: date) -> str:
        """The name of the period that ``day`` falls into; names sort in the order of time. Weeks are ISO 8601's."""
        if self is Period.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        if self is Period.MONTH:
            return f"{day:%Y-%m}"
        if self is Period.QUARTER:
            return f"{day.year}-Q{(day.month + 2) // 3}"
        return str(day.year)


NAMES = {
    Period.WEEK: ("周报", "By week"),
    Period.MONTH: ("月报", "By month"),
    Period.QUARTER: ("季报", "By quarter"),
    Period.YEAR: ("年报", "By year"),
}
UNDATED = "—"


@dataclass
class PeriodCount:
    """One period: its figures by version, and its words. Two of them add up."""

    editions: dict[Edition, EditionFigures] = field(default_factory=dict)
    customer: WordCount = field(default_factory=WordCount)
    agent: WordCount = field(default_factory=WordCount)

    def merge(self, other: PeriodCount) -> PeriodCount:
        """Add ``other`` to this, and return this."""
        for edition, figures in other.editions.items():
            self.editions.setdefault(edition, EditionFigures(edition)).merge(figures)
        self.customer.merge(other.customer)
        self.agent.merge(other.agent)
        return self


Counts: TypeAlias = dict[str, PeriodCount]
Map: TypeAlias = Callable[["NightCounter", Sequence[Place]], Iterable[Counts]]


@dataclass(frozen=True, slots=True)
class NightCounter:
    """Counts one scored folder, period by period; pickled into each process."""

    period: Period
    words: bool

    def __call__(self, folder: Place) -> Counts:
        """The counts of the calls in ``folder``; of one behind a URL no more than this night is here at a time."""
        with opened(folder) as scored:
            night = read_night(scored.folder)
            by_period: dict[str, list[CallFacts]] = {}
            for call in call_facts(night):
                by_period.setdefault(self._key(call), []).append(call)
            return {key: self._count(night, tuple(calls)) for key, calls in by_period.items()}

    def _key(self, call: CallFacts) -> str:
        start = local_start(call.row)
        return UNDATED if start is None else self.period.of(start.date())

    def _count(self, night: Night, calls: tuple[CallFacts, ...]) -> PeriodCount:
        figures = count_calls(night, calls)
        found = PeriodCount({part.edition: part for part in figures.editions})
        for call in calls if self.words else ():
            said: dict[str, set[str]] = {}
            for row in night.rows("utterances", call.id):
                said.setdefault(row["role"], set()).update(content_words(row["text"]))
            if said:
                found.customer.add(said.get("customer", ()))
                found.agent.add(said.get("agent", ()))
        return found


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """One indicator over the periods of one version."""

    name: str
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule over the periods of one version: in how many calls it failed, of how many."""

    rule: Rule
    calls: tuple[int, ...]
    told: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EditionPeriods:
    """One version: ``parts`` are its figures in ``periods``; groups are the latest period's."""

    edition: Edition
    periods: tuple[str, ...]
    parts: tuple[EditionFigures, ...]
    sections: Mapping[str, tuple[IndicatorLine, ...]]
    rules: tuple[RuleLine, ...]
    groups: Mapping[str, tuple[list[Group], list[Group]]]


@dataclass(frozen=True, slots=True)
class PeriodView:
    """What the page shows."""

    zh: str
    en: str
    periods: tuple[str, ...]
    counts: Mapping[str, PeriodCount]
    editions: tuple[EditionPeriods, ...]
    nights: int
    rising: Mapping[str, Sequence[Rising]]
    words: bool
    charts: Mapping[str, Any]
    small: int = SMALL


def write_period(folders: Sequence[Place], out: Path, period: Period, counted: Map, *, words: bool) -> Report:
    """Write the report over the scored ``folders`` (or folders of them) into ``out``.

    Raises RequestError where none of them holds scorecards, the same one is named twice, or ``out`` is not to be had.
    """
    nights = nights_in(folders)
    check_out(out)
    total: Counts = {}
    for counts in counted(NightCounter(period, words), nights):
        for key, count in counts.items():
            total.setdefault(key, PeriodCount()).merge(count)
    view = period_view(period, total, len(nights), words=words)
    clear_out(out)
    copy_static(out)
    write(out, MARKER, "{}\n")
    site = Site(f"{view.zh} {view.periods[-1]}", True, False, (("index", "index.html", "总览", "Overview"),))
    write(out, "index.html", render("period.html", site=site, root="", here="index", view=view))
    write(out, "data/figures.js", data_script("figures", view.charts))
    calls = sum(part.whole.calls for count in total.values() for part in count.editions.values())
    return Report(out / "index.html", calls, calls)


def nights_in(folders: Sequence[Place]) -> list[Place]:
    """The scored folders: those named, and those that lie directly in a named one."""
    found = [night for folder in folders for night in scored_folders(folder)]
    names = [os.path.realpath(place) if not is_url(place) else str(place) for place in found]
    twice = [place for place, name in zip(found, names, strict=True) if names.count(name) > 1]
    if twice:
        raise RequestError(f"{twice[0]} 写了两次 is named twice; its calls would count twice")
    return found


def period_view(period: Period, counts: Counts, nights: int, *, words: bool) -> PeriodView:
    """The page's content; ``counts`` is not empty."""
    periods = tuple(sorted(counts, key=lambda key: (key != UNDATED, key)))
    latest: dict[Edition, str] = {}
    for key in periods:
        for edition in counts[key].editions:
            latest[edition] = key
    by_latest = sorted(latest, key=lambda e: (latest[e], e.name, e.sha256), reverse=True)
    zh, en = NAMES[period]
    return PeriodView(
        zh,
        en,
        periods,
        counts,
        tuple(_edition(edition, periods, counts) for edition in by_latest),
        nights,
        _rising(periods, counts),
        words,
        {"editions": [], "trend": list(_points(periods, counts))},
    )


def _edition(edition: Edition, periods: Sequence[str], counts: Counts) -> EditionPeriods:
    present = tuple(key for key in periods if edition in counts[key].editions)[-SHOWN:]
    parts = tuple(counts[key].editions[edition] for key in present)
    last = parts[-1]
    names: dict[str, list[str]] = {}
    for part in parts:
        for section, indicators in part.whole.sections.items():
            known = names.setdefault(section, [])
            known += [name for name in indicators if name not in known]
    sections = {
        section: tuple(IndicatorLine(name, tuple(part.whole.rate(name) for part in parts)) for name in indicators)
        for section, indicators in names.items()
    }
    return EditionPeriods(
        edition,
        present,
        parts,
        sections,
        tuple(_rules(parts)),
        {name: ranked(last.by[name]) for name in ("team", "agent", "queue")},
    )


def _rules(parts: Sequence[EditionFigures]) -> Iterator[RuleLine]:
    """The rules that failed most in the latest period, without alerts."""
    last = parts[-1]
    failed = [rule for rule in last.rules.values() if last.whole.calls_hit[rule.id] and not rule.is_alert]
    for rule in sorted(failed, key=lambda r: (-last.whole.calls_hit[r.id], r.id))[:FREQUENT]:
        calls = tuple(part.whole.calls_hit[rule.id] for part in parts)
        yield RuleLine(rule, calls, tuple(part.told[rule.id] for part in parts))


def _rising(periods: Sequence[str], counts: Counts) -> dict[str, list[Rising]]:
    """The words of the latest period against those of the one before it; words tell nothing of a rule set."""
    if len(periods) < 2:
        return {"customer": [], "agent": []}
    now, before = counts[periods[-1]], counts[periods[-2]]
    return {"customer": rising(now.customer, before.customer, 20), "agent": rising(now.agent, before.agent, 20)}


def _points(periods: Sequence[str], counts: Counts) -> Iterator[dict[str, Any]]:
    for key in periods:
        for edition, part in sorted(counts[key].editions.items(), key=lambda item: item[0].name):
            yield {
                "day": key,
                "edition": edition.name,
                "calls": part.whole.calls,
                "score": part.whole.mean_score,
                "rate": part.whole.mean_rate(),
            }
