"""How the cases of a rule set went, in a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from qa_pipeline.cli._formats import show_report
from qa_pipeline.errors import RuleSetError
from qa_pipeline.rules.case_report import COVERAGE, failure_lines, report_cases
from qa_pipeline.rules.coverage import Coverage, Floor, Kind, coverage_of
from qa_pipeline.rules.files import gather
from qa_pipeline.rules.packs import Pack
from qa_pipeline.rules.report import Item
from qa_pipeline.rules.testing import CaseResult, SetReport, Status, run_all_cases

_COUNTS = {
    Status.PASSED: ("通过 passed", "green"),
    Status.FAILED: ("失败 failed", "bold red"),
    Status.TODO: ("已知缺口 todo", "yellow"),
    Status.CLOSED: ("不再是缺口 no longer a gap", "bold yellow"),
}


def test_once(
    paths: Sequence[Path],
    asked: Sequence[tuple[str, Path | None]],
    floors: Sequence[Floor],
    *,
    as_json: bool,
    uncovered: bool,
) -> bool:
    """Run the cases of these sets and show how they went; whether all is well."""
    reports = run_all_cases(paths)
    coverage = coverage_of(reports)
    report = report_cases(reports, coverage, floors)

    def show_text() -> None:
        show_reports(reports)
        show_coverage(coverage, report.items, uncovered)

    if as_json:
        typer.echo(json.dumps(report.data["sets"], ensure_ascii=False, indent=2))
    else:
        show_report(report, asked, show_text)
    return report.passed


def folders_of(paths: Sequence[Path]) -> list[Path]:
    """The folders to watch: those of the sets and of the sets they include."""
    folders = {path.resolve().parent for path in paths}
    for path in paths:
        with suppress(RuleSetError):
            folders.update(file.path.parent for file in gather(path).files)
    return sorted(folder for folder in folders if not folders & set(folder.parents))


def show_reports(reports: Sequence[SetReport]) -> None:
    """Print each set's count, its failures with the dialogue, its gaps, and the rules that no case exercises."""
    console = Console(markup=False, highlight=False, emoji=False)
    told: set[str] = set()
    told_rules: set[tuple[str, str]] = set()
    for report in reports:
        console.print(_head(report), soft_wrap=True)
        for result in report.results:
            if result.status is not Status.PASSED and result.case.place not in told:
                console.print(_result(result, report.pack), soft_wrap=True)
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


def show_coverage(coverage: Coverage, floors: Sequence[Item], uncovered: bool) -> None:
    """Print what the cases exercise, the floors that are not reached and, where asked, all that is not exercised."""
    console = Console(markup=False, highlight=False, emoji=False)
    for kind in Kind:
        console.print(Text(f"覆盖 coverage  {coverage.line(kind)}"), soft_wrap=True)
        for point in coverage.missing(kind) if uncovered else ():
            console.print(Text(f"  - {point.place} {point.label}", style="dim"), soft_wrap=True)
    for item in floors:
        if item.group == COVERAGE and item.notice is not None:
            console.print(Text(f"覆盖不够 below --fail-under: {item.notice.message}", style="bold red"), soft_wrap=True)


def _head(report: SetReport) -> Text:
    line = Text.assemble((report.ruleset.id, "bold"), f"  {len(report.results)} 条用例 cases")
    for status, (label, style) in _COUNTS.items():
        count = len(report.with_status(status))
        if count or status is Status.PASSED:
            line.append(f"  {count} {label}", style=style)
    return line


def _result(result: CaseResult, pack: Pack) -> Text:
    case, label_style = result.case, _COUNTS[result.status]
    line = Text.assemble((f"  {label_style[0]} ", label_style[1]), (case.place, "bold"), f" {case.rule_id}")
    line.append(f"  {case.how.why or case.how.todo}", style="dim")
    if result.status is Status.CLOSED:
        return line.append(f"\n    现在通过了，删去 todo  it passes now; remove the todo: {case.how.todo}")
    line.append(f"\n    {result.problem}" + (f"（{case.how.todo}）" if result.status is Status.TODO else ""))
    if result.status is Status.TODO:
        return line
    for shown in failure_lines(result, pack):
        line.append(f"\n    {shown}")
    return line


def _uncovered(report: SetReport) -> list[tuple[str, tuple[str, ...]]]:
    named = [
        ("没有用例让它报的规则 rules that no case makes fire", report.never_fires),
        ("没有用例证明它会沉默的规则 rules that no case shows silent", report.never_silent),
    ]
    return [(what, rules) for what, rules in named if rules]
