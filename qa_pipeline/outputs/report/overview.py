"""What the pages about all calls show, made ready for their templates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa_pipeline.outputs.figures import (
    SMALL,
    CallFacts,
    EditionFigures,
    Figures,
    Group,
    NightFigures,
    Rate,
    Rule,
    coldness,
    ranked,
)
from qa_pipeline.outputs.night import local_start
from qa_pipeline.outputs.report.baseline import Baseline, baseline_of
from qa_pipeline.outputs.report.call_pages import BATCH, CallDone, Quote
from qa_pipeline.outputs.report.charts import charts
from qa_pipeline.outputs.report.masking import mask_plain
from qa_pipeline.outputs.report.pages import call_page
from qa_pipeline.outputs.report.trend import Trend
from qa_pipeline.outputs.words import Pair, Rising, WordCount, pairs, rising

if TYPE_CHECKING:
    pass

LOOK_FIRST = 8
QUOTES = 3
FREQUENT = 15
TOP_WORDS = 40


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One indicator: its rate, and the rate it is compared with."""

    name: str
    rate: Rate
    reference: float | None


@dataclass(frozen=True, slots=True)
class SectionRows:
    """One section of the sheet."""

    name: str
    mean: float | None
    reference: float | None
    cold: Mapping[str, float | None]
    indicators: tuple[IndicatorRow, ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One rule that failed: in ``calls`` of ``told`` calls, ``hits`` times, taking ``lost`` points in all."""

    rule: Rule
    calls: int
    told: int
    hits: int
    lost: Any
    quotes: tuple[Quote, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class LookFirst:
    """A call to listen to first, and why."""

    call: CallFacts
    why: tuple[str, ...]
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class EditionView:
    """All that one rule-set version judged."""

    figures: EditionFigures
    baseline: Baseline | None
    sections: tuple[SectionRows, ...]
    cold: Mapping[str, Figures]
    findings: tuple[FindingRow, ...]
    alerts: tuple[FindingRow, ...]
    groups: Mapping[str, tuple[list[Group], list[Group]]]
    untold: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that could not be scored, masked."""

    call: CallFacts
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class SideWords:
    """One side's words: the most frequent, what rises, what goes together."""

    role: str
    count: WordCount
    top: Sequence[tuple[str, int]]
    rising: Sequence[Rising]
    pairs: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole night, as the templates read it."""

    night: NightFigures
    overall: Figures
    editions: tuple[EditionView, ...]
    look_first: tuple[LookFirst, ...]
    failures: tuple[Failure, ...]
    trend: Trend
    words: tuple[SideWords, ...]
    span: tuple[Any, Any]
    index: Mapping[str, Any]
    charts: Mapping[str, Any]
    small: int = SMALL


def overview(
    night: NightFigures, done: Mapping[str, CallDone], past: Trend, fixed: Baseline | None, *, masked: bool
) -> Overview:
    """The overview of ``night``, whose call pages are written; ``fixed`` is the measure that a site was given."""
    quotes = _quotes(done)
    editions = tuple(_edition(night, part, quotes, past, fixed) for part in night.editions)
    starts = [start for call in night.calls if (start := local_start(call.row)) is not None]
    titles = {rule.id: rule.title for part in night.editions for rule in part.rules.values()}
    return Overview(
        night=night,
        overall=night.overall,
        editions=editions,
        look_first=tuple(_look_first(night, titles, done)),
        failures=tuple(_failures(night, masked=masked)),
        trend=past,
        words=tuple(_words(done, past)),
        span=(min(starts), max(starts)) if starts else (None, None),
        index=call_index(night, done),
        charts=charts(night, past, [view.baseline for view in editions]),
    )


def _edition(
    night: NightFigures,
    part: EditionFigures,
    quotes: Mapping[str, Sequence[Quote]],
    past: Trend,
    fixed: Baseline | None,
) -> EditionView:
    earlier = past.earlier.get(part.edition)
    baseline = fixed or (baseline_of(earlier) if earlier is not None and earlier.scored else None)
    number = night.editions.index(part)
    calls = [call for call in night.calls if night.numbers[call.id] == number]
    cold = coldness(calls)
    advice = _advice(night)
    rows = [_finding_row(part, rule, calls, quotes, advice) for rule in part.rules.values()]
    failed = [row for row in rows if row.calls]
    rated = sorted((r for r in failed if not r.rule.is_alert), key=lambda r: (-r.calls, -r.lost, r.rule.id))
    return EditionView(
        part,
        baseline,
        tuple(_sections(part.whole, baseline, cold)),
        cold,
        tuple(rated[:FREQUENT]),
        tuple(sorted((r for r in failed if r.rule.is_alert), key=lambda r: (r.calls, r.rule.id))),
        {name: ranked(groups) if name != "hour" else (sorted(groups.items()), []) for name, groups in part.by.items()},
        tuple(row for row in rows if row.told < part.untold[row.rule.id]),
    )


def _sections(whole: Figures, baseline: Baseline | None, cold: Mapping[str, Figures]) -> Iterator[SectionRows]:
    for section, names in whole.sections.items():
        rows = tuple(IndicatorRow(n, whole.rate(n), baseline.rates.get(n) if baseline else None) for n in names)
        by_line = {name: figures.mean_rate(section) for name, figures in cold.items()}
        yield SectionRows(
            section, whole.mean_rate(section), baseline.section(section) if baseline else None, by_line, rows
        )


def _finding_row(
    part: EditionFigures,
    rule: Rule,
    calls: Sequence[CallFacts],
    quotes: Mapping[str, Sequence[Quote]],
    advice: Mapping[str, str],
) -> FindingRow:
    own = {call.id for call in calls}
    example = [quote for quote in quotes.get(rule.id, ()) if quote.recording_id in own]
    return FindingRow(
        rule,
        part.whole.calls_hit[rule.id],
        part.told[rule.id],
        part.whole.hits[rule.id],
        part.whole.lost[rule.id],
        tuple(_spread(example)),
        advice.get(rule.id, ""),
    )


def _spread(quotes: Sequence[Quote]) -> list[Quote]:
    """At most ``QUOTES`` examples with words, of different calls, those that cost most first."""
    chosen: dict[str, Quote] = {}
    for quote in sorted(quotes, key=lambda q: (q.points, q.recording_id, q.start)):
        if quote.quote:
            chosen.setdefault(quote.recording_id, quote)
    return list(chosen.values())[:QUOTES]


def _quotes(done: Mapping[str, CallDone]) -> dict[str, list[Quote]]:
    found: defaultdict[str, list[Quote]] = defaultdict(list)
    for call in done.values():
        for quote in call.quotes:
            found[quote.rule_id].append(quote)
    return found


def _advice(night: NightFigures) -> dict[str, str]:
    return {rule: advice for rule, advice in night.night.columns("findings", ("rule_id", "advice")) if advice}


def _look_first(night: NightFigures, titles: Mapping[str, str], done: Mapping[str, CallDone]) -> Iterator[LookFirst]:
    """Vetoed calls, then those with critical findings, then those below the mean score, the lowest first."""
    mean = {number: part.whole.mean_score for number, part in enumerate(night.editions)}
    weighed = []
    for call in night.calls:
        critical = sum(q.severity == "critical" for q in done[call.id].quotes) if call.id in done else 0
        score, usual = call.row["score"], mean[night.numbers[call.id]]
        poor = score is not None and usual is not None and score < usual
        if call.vetoed_by or critical or poor:
            weighed.append(((not call.vetoed_by, -critical, -sum(call.lost.values()), call.id), call))
    for _, call in sorted(weighed, key=lambda item: item[0])[:LOOK_FIRST]:
        dear = sorted(call.lost, key=lambda rule: (rule not in call.vetoed_by, -call.lost[rule]))
        spoken = [q for q in done[call.id].quotes if q.quote and q.points < 0]
        worst = min(spoken, key=lambda q: (q.severity != "critical", q.points, q.start), default=None)
        yield LookFirst(call, tuple(titles.get(rule, rule) for rule in dear[:3]), worst)


def _failures(night: NightFigures, *, masked: bool) -> Iterator[Failure]:
    for call in night.calls:
        if call.row["status"] != "scored":
            name = call.row["source_uri"].replace("\\", "/").rsplit("/", 1)[-1]
            message = (call.row["error_message"] or "").removeprefix(f"{name}: ")
            yield Failure(call, mask_plain(name, masked=masked), mask_plain(message, masked=masked))


def _words(done: Mapping[str, CallDone], past: Trend) -> Iterator[SideWords]:
    for role, before in (("customer", past.customer), ("agent", past.agent)):
        count = WordCount()
        said = [call.customer_words if role == "customer" else call.agent_words for call in done.values()]
        said = [words for words in said if words]
        for words in said:
            count.add(words)
        yield SideWords(role, count, count.top(TOP_WORDS), rising(count, before, 20), pairs(said, 20))


def call_index(night: NightFigures, done: Mapping[str, CallDone]) -> dict[str, Any]:
    """The list of calls as plain columns; rules are numbers into ``rules``."""
    rules = {rule.id: rule for part in night.editions for rule in part.rules.values()}
    numbers = {rule_id: number for number, rule_id in enumerate(rules)}
    alerts = frozenset(rule.id for rule in rules.values() if rule.is_alert)
    return {
        "batch": BATCH,
        "rules": [[rule.id, rule.title, rule.indicator] for rule in rules.values()],
        "editions": [part.edition.name for part in night.editions],
        "columns": [
            "id", "page", "start", "agent", "team", "queue", "seconds", "status", "score", "grade", "line",
            "vetoed", "alerts", "findings", "fails", "peak", "edition",
        ],
        "rows": [_index_row(call, night, done.get(call.id), numbers, alerts) for call in night.calls],
    }  # fmt: skip


def _index_row(
    call: CallFacts, night: NightFigures, done: CallDone | None, numbers: Mapping[str, int], alerts: frozenset[str]
) -> list[Any]:
    row = call.row
    start = local_start(row)
    return [
        call.id,
        call_page(call.id),
        start.isoformat(sep=" ", timespec="minutes") if start else "",
        row["agent_id"] or "",
        row["team"] or "",
        row["queue"] or "",
        round(row["duration_s"] or 0),
        row["status"] if row["status"] == "scored" else row["error_stage"],
        row["score"],
        row["grade"] or "",
        row["line_grade"] or "",
        int(bool(row["vetoed"])),
        sum(rule in alerts for rule in call.fails),
        sum(rule not in alerts for rule in call.fails),
        [numbers[rule] for rule in call.fails if rule in numbers],
        done.peak if done else None,
        night.numbers[call.id],
    ]
