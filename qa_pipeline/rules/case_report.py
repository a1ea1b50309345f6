"""A run of ``rules test`` as a report: failed cases as notices at the line of the case, every case as an item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from qa_pipeline.rules.cases import Case, Expected, as_shown
from qa_pipeline.rules.coverage import NAMES, Coverage, Floor, Kind, reached
from qa_pipeline.rules.nearest import nearest
from qa_pipeline.rules.packs import Pack
from qa_pipeline.rules.report import Code, Item, Level, Notice, Report, Section
from qa_pipeline.rules.report import Status as Shown
from qa_pipeline.rules.testing import CaseResult, SetReport, Status, marked_lines

FAILED = Code("QA601", "用例没有通过 a case fails", Level.ERROR, "docs/rule-cases.md")
CLOSED = Code("QA602", "不再是缺口，删去 todo  no longer a gap: remove the todo", Level.WARNING, "docs/rule-cases.md")
UNCOVERED = Code("QA603", "覆盖不到要求 coverage below --fail-under", Level.ERROR, "docs/rule-cases.md")

COVERAGE = "coverage"
"""The group of the items that tell whether a floor is reached."""

EXPECTED = {
    Expected.FIRES: "要报 fires",
    Expected.SILENT: "不报 silent",
    Expected.NOT_APPLICABLE: "不适用 not_applicable",
    Expected.CANNOT_TELL: "无法判断 cannot_tell",
}
_STATUSES = {
    Status.PASSED: Shown.PASSED,
    Status.FAILED: Shown.FAILED,
    Status.TODO: Shown.SKIPPED,
    Status.CLOSED: Shown.PASSED,
}


def report_cases(reports: Sequence[SetReport], coverage: Coverage, floors: Sequence[Floor] = ()) -> Report:
    """The run. Passed: no case failed, and every floor is reached."""
    items = [*_cases(reports), *_floors(coverage, floors)]
    notices = [item.notice for item in items if item.notice is not None and item.status is not Shown.SKIPPED]
    counts = {status: sum(len(report.with_status(status)) for report in reports) for status in Status}
    ran = sum(counts.values())
    summary = (
        f"{len(reports)} 个规则集 rule sets，{ran} 条用例 cases：{counts[Status.FAILED]} 条失败 failed，"
        f"{counts[Status.TODO]} 条已知缺口 todo，{counts[Status.CLOSED]} 条不再是缺口 no longer a gap",
        "覆盖 coverage：" + "，".join(coverage.line(kind) for kind in Kind),
    )
    return Report(
        command="rules test",
        title="规则集用例 Rule set cases",
        passed=not any(item.status is Shown.FAILED for item in items),
        summary=summary,
        notices=tuple({(n.code, n.place, n.message): n for n in notices}.values()),
        items=tuple(items),
        sections=tuple(_uncovered(coverage)),
        codes=(FAILED, CLOSED, UNCOVERED),
        data={"sets": [set_data(report) for report in reports], "coverage": coverage_data(coverage)},
    )


def _cases(reports: Sequence[SetReport]) -> Iterator[Item]:
    for report in reports:
        for result in report.results:
            case = result.case
            name = f"{case.rule_id} {case.expected} {case.place}" + (f" {case.how.why}" if case.how.why else "")
            notice = _notice(result, report)
            yield Item(report.ruleset.id, name, _STATUSES[result.status], case.file, case.line, notice)


def _notice(result: CaseResult, report: SetReport) -> Notice | None:
    case = result.case
    if result.status is Status.PASSED:
        return None
    if result.status is Status.CLOSED:
        return _at(case, CLOSED, f"现在通过了 it passes now: {case.how.todo}", "删去 todo  remove the todo", ())
    fix = "" if result.status is Status.FAILED else case.how.todo
    why = f"（{case.how.why}）" if case.how.why else ""
    details = tuple(failure_lines(result, report.pack)) if result.status is Status.FAILED else ()
    return _at(case, FAILED, f"{result.problem}{why}", fix, details)


def _at(case: Case, code: Code, message: str, fix: str, details: tuple[str, ...]) -> Notice:
    return Notice(code.code, code.level, case.file, case.line, 1, message, fix, case.rule_id, details)


def failure_lines(result: CaseResult, pack: Pack) -> Iterator[str]:
    """Expected, found, where the rule is written, the dialogue with the hit marked, and what came nearest."""
    raw = pack.rules[result.case.rule_id]
    outcome = result.outcome
    yield f"应为 expected {EXPECTED[result.case.expected]}"
    yield f"实为 found    {outcome.outcome.value}: {outcome.reason}"
    yield from (f"  {line}" for line in marked_lines(result))
    near = nearest(result, pack)
    if near is not None:
        yield f"最接近 nearest {near}"
    yield f"规则 rule     {raw.source.path}:{raw.source.places.get(raw.where, (0, 0))[0]}"


def _floors(coverage: Coverage, floors: Sequence[Floor]) -> Iterator[Item]:
    for floor in floors:
        status = reached(coverage, floor)
        missing = coverage.missing(floor.kind)
        message = f"{coverage.line(floor.kind)}，要求 wanted {floor.percent:g}%"
        shown = tuple(f"{point.place} {point.label}" for point in missing)
        place = (missing[0].file, missing[0].line, missing[0].column) if missing else ("", 0, 0)
        fix = "给这些写用例 write cases for these"
        notice = Notice(UNCOVERED.code, UNCOVERED.level, *place, message, fix, details=shown)
        name = f"{NAMES[floor.kind]} ≥ {floor.percent:g}%"
        yield Item(COVERAGE, name, status, notice=notice if status is Shown.FAILED else None)


def _uncovered(coverage: Coverage) -> Iterator[Section]:
    for kind in Kind:
        points = coverage.missing(kind)
        if points:
            title = f"没有用例的 not exercised: {kind} ({len(points)})"
            yield Section(title, tuple(f"- `{point.place}` {point.label}" for point in points))


def coverage_data(coverage: Coverage) -> dict[str, Any]:
    """The coverage as plain data."""
    return {
        kind.value: {
            "covered": coverage.counts(kind)[0],
            "total": coverage.counts(kind)[1],
            "missing": [{"place": p.place, "rule_id": p.rule_id, "name": p.name} for p in coverage.missing(kind)],
        }
        for kind in Kind
    }


def set_data(report: SetReport) -> dict[str, Any]:
    """One set's cases as plain data."""
    return {
        "ruleset": report.ruleset.id,
        "version": report.ruleset.version,
        "path": as_shown(report.path).as_posix(),
        "counts": {status.value: len(report.with_status(status)) for status in Status},
        "cases": [_case_data(result) for result in report.results],
        "skipped": dict(report.skipped),
        "never_fires": list(report.never_fires),
        "never_silent": list(report.never_silent),
    }


def _case_data(result: CaseResult) -> dict[str, Any]:
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
