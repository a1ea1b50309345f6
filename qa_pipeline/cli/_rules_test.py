"""How the cases of a rule set went, in a terminal and for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from qa_pipeline.rules.cases import Expected, as_shown
from qa_pipeline.rules.testing import CaseResult, SetReport, Status, marked_lines

_EXPECTED = {
    Expected.FIRES: "要报 fires",
    Expected.SILENT: "不报 silent",
    Expected.NOT_APPLICABLE: "不适用 not_applicable",
    Expected.CANNOT_TELL: "无法判断 cannot_tell",
}
_COUNTS = {
    Status.PASSED: ("通过 passed", "green"),
    Status.FAILED: ("失败 failed", "bold red"),
    Status.TODO: ("已知缺口 todo", "yellow"),
    Status.CLOSED: ("不再是缺口 no longer a gap", "bold yellow"),
}


def show_reports(reports: Sequence[SetReport]) -> None:
    """Print each set's count, its failures with the dialogue, its gaps, and the rules that no case exercises."""
    console = Console(markup=False, highlight=False, emoji=False)
    told: set[str] = set()
    told_rules: set[tuple[str, str]] = set()
    for report in reports:
        console.print(_head(report), soft_wrap=True)
        for result in report.results:
            if result.status is not Status.PASSED and result.case.place not in told:
                console.print(_result(result), soft_wrap=True)
            if result.status is not Status.FAILED:  # a failure is shown for every set that it concerns
                told.add(result.case.place)
        for rule_id, why in report.skipped.items():
            console.print(Text(f"  - {rule_id}: 用例不适用 its cases do not bind: {why}", style="dim"), soft_wrap=True)
        for what, rules in _uncovered(report):
            fresh = [rule_id for rule_id in rules if (what, rule_id) not in told_rules]
            told_rules.update((what, rule_id) for rule_id in rules)
            if not fresh:  # an including set repeats what its parts lack
                continue
            console.print(Text(f"  ! {what} ({len(fresh)}): {', '.join(fresh)}", style="dim"), soft_wrap=True)


def as_json(report: SetReport) -> dict[str, Any]:
    """One set's report as plain data."""
    return {
        "ruleset": report.ruleset.id,
        "version": report.ruleset.version,
        "path": as_shown(report.path).as_posix(),
        "counts": {status.value: len(report.with_status(status)) for status in Status},
        "cases": [_case_json(result) for result in report.results],
        "skipped": dict(report.skipped),
        "never_fires": list(report.never_fires),
        "never_silent": list(report.never_silent),
    }


def _case_json(result: CaseResult) -> dict[str, Any]:
    case = result.case
    return {
        "file": case.file,
        "line": case.line,
        "rule_id": case.rule_id,
        "expected": case.expected.value,
        "status": result.status.value,
        "problem": result.problem,
        "outcome": result.outcome.outcome.value,
        "reason": result.outcome.reason,
        "why": case.how.why,
        "todo": case.how.todo,
    }


def _head(report: SetReport) -> Text:
    line = Text.assemble((report.ruleset.id, "bold"), f"  {len(report.results)} 条用例 cases")
    for status, (label, style) in _COUNTS.items():
        count = len(report.with_status(status))
        if count or status is Status.PASSED:
            line.append(f"  {count} {label}", style=style)
    return line


def _result(result: CaseResult) -> Text:
    case, label_style = result.case, _COUNTS[result.status]
    line = Text.assemble((f"  {label_style[0]} ", label_style[1]), (case.place, "bold"), f" {case.rule_id}")
    line.append(f"  {case.how.why or case.how.todo}", style="dim")
    if result.status is Status.CLOSED:
        return line.append(f"\n    现在通过了，删去 todo  it passes now; remove the todo: {case.how.todo}")
    line.append(f"\n    {result.problem}" + (f"（{case.how.todo}）" if result.status is Status.TODO else ""))
    if result.status is Status.TODO:
        return line
    line.append(f"\n    应为 expected {_EXPECTED[case.expected]}")
    line.append(f"\n    实为 found    {result.outcome.outcome.value}: {result.outcome.reason}")
    for said in marked_lines(result):
        line.append(f"\n      {said}")
    return line


def _uncovered(report: SetReport) -> list[tuple[str, tuple[str, ...]]]:
    named = [
        ("没有用例让它报的规则 rules that no case makes fire", report.never_fires),
        ("没有用例证明它会沉默的规则 rules that no case shows silent", report.never_silent),
    ]
    return [(what, rules) for what, rules in named if rules]
