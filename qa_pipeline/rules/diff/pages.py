"""A comparison as tables and lines for people: the same for a terminal and for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.records import Evidence
from qa_pipeline.rules.dialogue import NAMES
from qa_pipeline.rules.diff.calls import CallDelta, RuleDelta
from qa_pipeline.rules.diff.changes import Kind, RuleChange
from qa_pipeline.rules.diff.gates import GateResult, clock
from qa_pipeline.rules.diff.result import Diff
from qa_pipeline.rules.diff.tally import NO_GRADE, Flips, RuleTally, cents

SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~", Kind.AFFECTED: "·"}
WORDS = {
    Kind.ADDED: "新增 added",
    Kind.REMOVED: "去掉 removed",
    Kind.CHANGED: "改动 changed",
    Kind.AFFECTED: "受影响 affected",
}
NONE = "无 none"
"""The outcome of a rule that is not in force."""

REBUILT = (
    "通话由评分表还原：没有词的时间、声音中的语音段和音量，扩展字段都是文字；时间以整句计 "
    "rebuilt from scorecards: no word times, no speech by the sound, no loudness, further metadata as text"
)
_LONGEST_QUOTE = 60
_LONGEST_PHRASE = 24
_PHRASES = 6


@dataclass(frozen=True, slots=True)
class Grid:
    """A table under a title. The first column is text, the others are figures where ``figures``."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: bool = True


def headline(diff: Diff, gates: tuple[GateResult, ...], *, whole: bool = True) -> Iterator[str]:
    """What to read first: which sets, how many calls, what becomes of them, and the gates.

    ``whole``: each crossed gate with the lines and the calls.
    """
    old, new, tally = diff.old.identity, diff.new.identity, diff.tally
    sets = f"{old.id} {old.version} ({diff.old.located.label}) → {new.id} {new.version} ({diff.new.located.label})"
    yield f"规则集 rule sets: {sets}"
    counts = "，".join(f"{WORDS[kind]} {count}" for kind in Kind if (count := len(diff.changes.of_kind(kind))))
    scoring = "；计分有改动 scoring changed" if diff.changes.scoring else ""
    yield f"规则 rules: {counts or '没有改动 unchanged'}{scoring}"
    yield f"通话 calls: {tally.calls}，有变化 changed {tally.changed}{_share(tally.changed, tally.calls)}"
    if means := tally.means():
        shift = cents(tally.mean_shift or means[0] * 0)
        yield f"平均分 mean score: {means[0]} → {means[1]}（{shift:+}）"
    elif tally.mean_shift is not None:
        yield f"平均分变化 mean score shift: {cents(tally.mean_shift):+}"
    flips = (("等级改变 grade flips", tally.grades), ("线路等级改变 line grade flips", tally.line_grades))
    for name, flip in flips:
        if flip.flipped or name.startswith("等级"):
            yield f"{name}: {flip.flipped}{_share(flip.flipped, tally.calls)}"
    gained, lost = tally.vetoes.counts["", "veto"], tally.vetoes.counts["veto", ""]
    yield f"一票否决 veto: +{gained} −{lost}"
    for gate in gates:
        yield f"{'✗' if gate.crossed else '✓'} {gate.message if whole else f'{gate.gate}: {gate.found}'}"
    yield from notes(diff)


def notes(diff: Diff) -> Iterator[str]:
    """What limits the answer."""
    corpus = diff.corpus
    if corpus.unread:
        yield f"! {len(corpus.unread)} 通无法比较 calls could not be compared"
    for reason, count in corpus.skipped.items():
        yield f"- 跳过 skipped {count}: {reason}"
    if diff.tally.unmoved:
        yield f"- 没有变化的 {diff.tally.unmoved} 通没有全部判 unchanged calls were not judged in full (--quick)"
    if corpus.rebuilt:
        yield f"! {REBUILT}"
    if corpus.limited:
        yield f"! 因此只作参考 so take with care: {', '.join(corpus.limited)}"
    gained, lost = diff.tally.score_gained, diff.tally.score_lost
    if gained or lost:
        yield f"! 得到分数的通话 calls that gain a score: {gained}，失去分数的 that lose theirs: {lost}"


def grids(diff: Diff) -> Iterator[Grid]:
    """All tables, those that say nothing left out."""
    tally = diff.tally
    made = (
        _hits(diff),
        _matrix("等级 Grades（行：旧 row: before；列：新 column: after）", tally.grades, diff),
        _matrix("线路等级 Line grades（行：旧 before；列：新 after）", tally.line_grades, diff),
        Grid("分数变化的分位 Quantiles of the score shift", *_quantiles(diff)),
        _outcomes(diff),
        Grid("规则 Rules", ("", "规则 Rule", "改动 Keys", "行 Line", "原来 Was"), tuple(_rules(diff)), figures=False),
        Grid(
            "词表和参数 Lexicons and parameters",
            ("名称 Name", "新 Added", "去 Removed", "行 Line"),
            tuple(_names(diff)),
            figures=False,
        ),
        Grid(
            "计分 Scoring",
            ("键 Key", "旧 Before", "新 After", "行 Line"),
            tuple((s.key, str(s.before), str(s.after), str(s.spot)) for s in diff.changes.scoring),
            figures=False,
        ),
    )
    return (grid for grid in made if grid.rows)


def call_lines(delta: CallDelta, diff: Diff) -> Iterator[str]:
    """One call that changes: how it stands, then each rule that explains it, with the words and their times."""
    yield f"{name_of(delta)}  {standing(delta)}"
    for rule in delta.differing:
        yield f"  {_rule_line(rule, diff)}"
        yield from (f"    + {quote(hit)}" for hit in rule.gained)
        yield from (f"    − {quote(hit)}" for hit in rule.lost)
    if not delta.differing:
        yield f"  计分 scoring  {diff.spot('')}"


def name_of(delta: CallDelta) -> str:
    """The call's id, and its file where that says more."""
    plain = delta.source.removesuffix(".json")
    return delta.call if plain in ("", delta.call) else f"{delta.call} ({delta.source})"


def standing(delta: CallDelta) -> str:
    """``95 优秀 → 62 普通``, with what else is different."""
    before, after = delta.before, delta.after
    was, now = (" ".join((_score(at.score), at.grade or "")).rstrip() for at in (before, after))
    said = [f"{was} → {now}"]
    if before.line_grade != after.line_grade:
        said.append(f"线路 line {before.line_grade or NO_GRADE} → {after.line_grade or NO_GRADE}")
    if before.vetoed != after.vetoed:
        said.append("一票否决 vetoed" if after.vetoed else "不再否决 no longer vetoed")
    return "，".join(said)


def quote(hit: Evidence) -> str:
    """A hit with its time, who spoke, and the words with what matched in 【】."""
    who = NAMES[hit.role] if hit.role else ""
    words = hit.quote if len(hit.quote) <= _LONGEST_QUOTE else _around(hit)
    if hit.matched and hit.matched in words:
        words = words.replace(hit.matched, f"【{hit.matched}】", 1)
    said = f"{who}：{words}" if words else who
    return " ".join(part for part in (f"{clock(hit.start)}–{clock(hit.end)}", said, hit.note) if part)


def effect(diff: Diff, rule_id: str) -> str:
    """What became of one rule's hits, in words."""
    rule = diff.tally.rules.get(rule_id)
    if rule is None or not (rule.calls_changed or rule.gained or rule.lost):
        return "没有通话因此改变 no call changes"
    calls = f"改变 {rule.calls_changed} 通 calls change"
    return f"命中 hits {rule.hits_before} → {rule.hits_after}（+{rule.gained} −{rule.lost}），{calls}"


def _hits(diff: Diff) -> Grid:
    header = ("规则 Rule", "命中 Hits", "", "+新 Gained", "通话 Calls", "−失 Lost", "通话 Calls", "改变 Changed")
    return Grid("命中 Hits by rule", header, tuple(_hit_row(*item) for item in _touched(diff)))


def _touched(diff: Diff) -> list[tuple[str, RuleTally]]:
    """The rules that say something else of some call, those of most calls first."""
    touched = [(rule_id, rule) for rule_id, rule in diff.tally.rules.items() if rule.calls_changed]
    return sorted(touched, key=lambda item: (-item[1].calls_changed, item[0]))


def _hit_row(rule_id: str, rule: RuleTally) -> tuple[str, ...]:
    counts = (rule.gained, rule.calls_gained, rule.lost, rule.calls_lost, rule.calls_changed)
    return rule_id, str(rule.hits_before), f"→ {rule.hits_after}", *(str(count or "") for count in counts)


def _outcomes(diff: Diff) -> Grid:
    rows = [
        (rule_id, before.value if before else NONE, after.value if after else NONE, str(count))
        for rule_id, rule in _touched(diff)
        for before, after, count in rule.changed_outcomes
    ]
    return Grid("结果的变化 Outcomes that change", ("规则 Rule", "旧 Before", "新 After", "通话 Calls"), tuple(rows))


def _matrix(title: str, flips: Flips, diff: Diff) -> Grid:
    """Grades before by grades after, in the order of the sets' own bands; nothing where nothing flips."""
    if not flips.flipped:
        return Grid(title, (), ())
    found = {grade for pair, count in flips.counts.items() if count for grade in pair}
    grades = sorted(found, key=lambda grade: (_rank(grade, diff), grade))
    rows = tuple((before, *(str(flips.counts[before, after] or "") for after in grades)) for before in grades)
    return Grid(title, ("", *grades), rows)


def _rank(grade: str, diff: Diff) -> int:
    bands = [band.grade for side in (diff.old, diff.new) for band in side.ruleset.scoring.grades]
    return bands.index(grade) if grade in bands else len(bands)


def _quantiles(diff: Diff) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    quantiles = diff.tally.quantiles() if any(diff.tally.shifts) else {}
    names = {0: "最低 min", 50: "中位 median", 100: "最高 max"}
    header = tuple(names.get(percent, f"{percent}%") for percent in quantiles)
    return header, (tuple(f"{shift:+}" for shift in quantiles.values()),) if quantiles else ()


def _rules(diff: Diff) -> Iterator[tuple[str, ...]]:
    for change in diff.changes.rules:
        yield SIGNS[change.kind], change.rule_id, keys_of(change), str(change.spot), str(change.was or "")


def keys_of(change: RuleChange) -> str:
    """Which keys say something else, and through which names; else what happened to the rule."""
    if change.kind is Kind.AFFECTED or (change.asks and not change.keys):
        return f"问 asks {', '.join(change.asks)}"
    if not change.keys:
        return change.why or WORDS[change.kind]
    said = (key.key + (f" ({', '.join('$' + name for name in key.via)})" if key.via else "") for key in change.keys)
    return ", ".join(said)


def _names(diff: Diff) -> Iterator[tuple[str, ...]]:
    for change in diff.changes.names:
        yield f"${change.name}", _some(change.added), _some(change.removed), str(change.spot)


def _some(phrases: tuple[str, ...]) -> str:
    shown = [phrase if len(phrase) <= _LONGEST_PHRASE else phrase[:_LONGEST_PHRASE] + "…" for phrase in phrases]
    more = f" … (+{len(shown) - _PHRASES})" if len(shown) > _PHRASES else ""
    return "、".join(shown[:_PHRASES]) + more


def _rule_line(rule: RuleDelta, diff: Diff) -> str:
    before, after = (outcome.value if outcome else NONE for outcome in (rule.before, rule.after))
    points = f" {rule.points:+}" if rule.points else ""
    change = before if before == after else f"{before} → {after}"
    return f"{rule.rule_id} {diff.title(rule.rule_id)}: {change}{points}  {diff.spot(rule.rule_id)}"


def _around(hit: Evidence) -> str:
    """So much of a long turn as shows what matched."""
    at = max(0, hit.quote.find(hit.matched)) if hit.matched else 0
    start = max(0, at - _LONGEST_QUOTE // 3)
    end = start + max(_LONGEST_QUOTE, len(hit.matched) + 2 * _LONGEST_QUOTE // 3)
    return ("…" if start else "") + hit.quote[start:end] + ("…" if end < len(hit.quote) else "")


def _score(score: object) -> str:
    return "没有分数 no score" if score is None else str(score)


def _share(part: int, whole: int) -> str:
    return f"（{100 * part / whole:.1f}%）" if whole else ""
