"""A comparison as a report that every format can write: notices on the changed lines, gates as tests, pages to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from qa_pipeline.rules.diff.changes import Kind, RuleChange, Spot
from qa_pipeline.rules.diff.data import as_data
from qa_pipeline.rules.diff.gates import GateResult
from qa_pipeline.rules.diff.pages import WORDS, Grid, call_lines, effect, grids, headline, keys_of, quote
from qa_pipeline.rules.diff.result import Diff
from qa_pipeline.rules.diff.tally import EXAMPLES
from qa_pipeline.rules.formats.markdown import plain
from qa_pipeline.rules.report import Code, Item, Level, Notice, Report, Section, Status
from qa_pipeline.rules.revisions import NewRuleSetError

PAGE = "rules-diff.md"
GATES: tuple[tuple[str, str, str], ...] = (
    ("--max-changed-calls", "QA601", "改变的通话太多 too many calls change"),
    ("--max-grade-flips", "QA602", "等级改变的通话太多 too many grades flip"),
    ("--max-line-grade-flips", "QA603", "线路等级改变的通话太多 too many line grades flip"),
    ("--max-mean-shift", "QA604", "平均分变化太大 the mean score shifts too far"),
    ("--max-call-shift", "QA605", "有通话分数变化太大 a call's score shifts too far"),
    ("--no-new-veto", "QA606", "有通话新被一票否决 a call is newly vetoed"),
    ("--max-new-hits", "QA607", "规则新增的命中太多 a rule gains too many hits"),
    ("--max-lost-hits", "QA608", "规则失去的命中太多 a rule loses too many hits"),
)
CHANGES = {
    Kind.ADDED: ("QA651", "新增规则 a rule is added"),
    Kind.REMOVED: ("QA652", "去掉规则 a rule is removed"),
    Kind.CHANGED: ("QA653", "改动规则 a rule is changed"),
    Kind.AFFECTED: ("QA654", "规则受影响 a rule is affected by another that changed"),
}
SCORING = ("QA655", "计分有改动 the scoring is changed")
NEW_SET = ("QA656", "规则集是新的，没有可比的 a new rule set: nothing to compare")
UNREAD = ("QA661", "通话无法比较 a call could not be compared")


def report_of(diff: Diff, gates: tuple[GateResult, ...]) -> Report:
    """The comparison and its gates, ready to be written in any format."""
    items = tuple(_item(gate, diff) for gate in gates)
    failed = [item.notice for item in items if item.notice is not None]
    title = f"规则集比较 Rule-set diff: {diff.old.located.label} → {diff.new.located.label}"
    return Report(
        command="rules diff",
        title=title,
        passed=not failed,
        summary=tuple(headline(diff, gates, whole=False)),
        notices=(*failed, *_unread(diff), *_changes(diff)),
        items=items or (Item("rules diff", "比较 compared", Status.PASSED),),
        sections=tuple(_sections(diff)),
        codes=tuple(_codes()),
        data=as_data(diff, gates),
    )


def new_set_report(new: NewRuleSetError) -> Report:
    """What a comparison says of a set that the old revision does not have yet: it passes, and says why."""
    notice = Notice(NEW_SET[0], Level.NOTE, new.file, 1, 1, f"{new.revision}: {NEW_SET[1]}")
    return Report(
        command="rules diff",
        title=f"规则集比较 Rule-set diff: {new.file}",
        passed=True,
        summary=(notice.message,),
        notices=(notice,),
        items=(Item("rules diff", "比较 compared", Status.SKIPPED, new.file, 1, notice),),
        codes=tuple(_codes()),
        data={"new_rule_set": new.file, "old_revision": new.revision},
    )


def _item(gate: GateResult, diff: Diff) -> Item:
    if not gate.crossed:
        return Item("rules diff", gate.gate, Status.PASSED)
    code = next(code for name, code, _ in GATES if name == gate.gate.split()[0])
    at = _in_work_tree(gate.blame[0].spot, diff) if gate.blame else Spot("")
    details = tuple(map(str, gate.blame[EXAMPLES:]))
    fix = "看这些通话，确认后放宽门槛或改回规则 look at these calls; then widen the gate or take the change back"
    rule_id = gate.blame[0].rule_id if gate.blame else ""
    notice = Notice(code, Level.ERROR, at.file, at.line, at.column, gate.message, fix, rule_id, details)
    return Item("rules diff", gate.gate, Status.FAILED, at.file, at.line, notice)


def _in_work_tree(spot: Spot, diff: Diff) -> Spot:
    """The place as a platform annotates it: of a new set at a revision, the file without the revision."""
    return replace(spot, file=spot.file.removeprefix(f"{diff.new.located.revision}:"))


def _unread(diff: Diff) -> Iterator[Notice]:
    for one in diff.corpus.unread:
        yield Notice(UNREAD[0], Level.WARNING, one.source, 0, 0, f"{UNREAD[1]}: {one.message}")


def _changes(diff: Diff) -> Iterator[Notice]:
    for change in diff.changes.rules:
        yield _change(change, diff)
    for scoring in diff.changes.scoring:
        spot = _in_work_tree(scoring.spot, diff)
        message = f"{SCORING[1]}: {scoring.key} {scoring.before} → {scoring.after}"
        yield Notice(SCORING[0], Level.NOTE, spot.file, spot.line, spot.column, message)


def _change(change: RuleChange, diff: Diff) -> Notice:
    code, _ = CHANGES[change.kind]
    spot = _in_work_tree(change.spot, diff)
    message = f"{WORDS[change.kind]}: {change.title}（{keys_of(change)}）；{effect(diff, change.rule_id)}"
    return Notice(
        code, Level.NOTE, spot.file, spot.line, spot.column, message, "", change.rule_id, tuple(_shown(change, diff))
    )


def _shown(change: RuleChange, diff: Diff) -> Iterator[str]:
    """The first hits that the rule gains and loses."""
    rule = diff.tally.rules.get(change.rule_id)
    if rule is not None:
        yield from (f"+ {e.call} {quote(e.evidence)}" for e in rule.gained_examples.items)
        yield from (f"− {e.call} {quote(e.evidence)}" for e in rule.lost_examples.items)


def _sections(diff: Diff) -> Iterator[Section]:
    tables = list(grids(diff))
    calls = [line for delta in diff.tally.most_changed.items for line in _call(list(call_lines(delta, diff)))]
    yield from (_table(grid) for grid in tables[:1])
    if calls:
        yield Section("变化最大的通话 The calls that change most", tuple(calls))
    yield from (_table(grid) for grid in tables[1:])


def _table(grid: Grid) -> Section:
    marks = ["---", *["---:" if grid.figures else "---"] * (len(grid.header) - 1)]
    rows = (" | ".join(plain(cell) for cell in row) for row in grid.rows)
    head = (f"| {' | '.join(map(plain, grid.header))} |", f"| {' | '.join(marks)} |")
    return Section(f"{grid.title} ({len(grid.rows)})", (*head, *(f"| {row} |" for row in rows)))


def _call(lines: list[str]) -> Iterator[str]:
    """A call's lines as a nested list."""
    for line in lines:
        text = line.lstrip()
        depth = (len(line) - len(text)) // 2
        yield f"{'  ' * depth}- {'**' if depth == 0 else ''}{plain(text)}{'**' if depth == 0 else ''}"


def _codes() -> Iterator[Code]:
    yield from (Code(code, title, Level.ERROR, PAGE) for _, code, title in GATES)
    yield from (Code(code, title, Level.NOTE, PAGE) for code, title in (*CHANGES.values(), SCORING, NEW_SET))
    yield Code(*UNREAD, Level.WARNING, PAGE)
