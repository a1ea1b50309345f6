"""The table that ends a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import indent

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa_pipeline.outputs.summary import DEMO_NOTICE, RunSummary
from qa_pipeline.transcribe.doctor import Check

_FAILURES_SHOWN = 5
_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "yellow")}


def show_summary(summary: RunSummary) -> None:
    """Print ``summary`` on stdout: figures, then findings, then what a person must know."""
    console = Console(markup=False, highlight=False, emoji=False)
    console.print(_figures(summary))
    if summary.top_findings:
        console.print(_findings(summary))
    for line, style in _notes(summary):
        console.print(Text(line, style=style), soft_wrap=True)


def show_checks(checks: Sequence[Check]) -> None:
    """Print what ``doctor`` found: one line a check, marked ✓, ✗ or · (worth knowing), and advice."""
    console = Console(markup=False, highlight=False, emoji=False)
    for check in checks:
        mark, style = _MARKS[check.ok]
        console.print(Text.assemble((f"{mark} ", style), (check.name, "bold"), f"  {check.found}"), soft_wrap=True)
        if check.advice:
            console.print(Text(indent(check.advice, "    ")), soft_wrap=True)


def _figures(summary: RunSummary) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in _lines(summary):
        table.add_row(name, value)
    return table


def _lines(summary: RunSummary) -> Iterator[tuple[str, str]]:
    yield "通话 Calls", f"{summary.calls}" + _before(summary)
    stages = "，".join(f"{stage} {count}" for stage, count in summary.failed_by_stage.items())
    yield "失败 Failed", f"{summary.failed}" + (f" ({stages})" if stages else "")
    if summary.mean_score is not None:
        yield "平均分 Mean score", f"{summary.mean_score}"
    if summary.grades:
        yield "等级 Grades", "  ".join(f"{grade} {count}" for grade, count in summary.grades.items())
    if summary.vetoed:
        yield "一票否决 Vetoed", f"{summary.vetoed}"
    if summary.cannot_tell_share is not None:
        yield "无法判断 Cannot tell", f"{summary.cannot_tell_share:.1%}"
    if summary.roles_unknown:
        share = f"{summary.roles_unknown / max(1, summary.calls - summary.failed):.1%}"
        mono = f"，单声道 mono {summary.roles_unknown_mono}" if summary.roles_unknown_mono else ""
        yield "分不清客服和客户 Roles unknown", f"{summary.roles_unknown} ({share}{mono})"
    if summary.model:
        yield "模型 Model", summary.model + (f" ({summary.model_why})" if summary.model_why else "")
    yield "时长 Audio", f"{_clock(summary.audio_s)} 用时 in {_clock(summary.wall_s)}" + _speed(summary)
    yield "结果 Written to", summary.out


def _before(summary: RunSummary) -> str:
    """What need not have been done in this run."""
    told = [f"此前已完成 done before {summary.resumed}"] if summary.resumed else []
    told += [f"转写库已有 transcripts kept {summary.reused}"] if summary.reused else []
    return f" ({'，'.join(told)})" if told else ""


def _findings(summary: RunSummary) -> Table:
    table = Table(title="最常见的命中 Most frequent findings", title_justify="left")
    table.add_column("规则 Rule")
    table.add_column("标题 Title")
    table.add_column("次数 Hits", justify="right")
    table.add_column("通话 Calls", justify="right")
    for finding in summary.top_findings:
        table.add_row(finding.rule_id, finding.title, str(finding.count), str(finding.calls))
    return table


def _notes(summary: RunSummary) -> Iterator[tuple[str, str]]:
    for failure in summary.failures[:_FAILURES_SHOWN]:
        name = Path(failure.source_uri).name
        reason, *more = failure.message.removeprefix(f"{name}: ").splitlines() or [""]
        yield f"✗ {name}: {reason}{' …' if more else ''} [{failure.stage}]", "red"
    if summary.failed > _FAILURES_SHOWN:
        yield f"  另有 {summary.failed - _FAILURES_SHOWN} 个失败 more failed: see run.json and calls/", "red"
    if summary.with_warnings:
        yield f"! {summary.with_warnings} 个录音有异常 recordings were odd: see `warnings` in calls/", "yellow"
    for reason, count in summary.skipped.items():
        yield f"- 跳过 skipped {count}: {reason}", "dim"
    for warning in summary.warnings:
        yield f"! {warning}", "yellow"
    if summary.demo_model:
        yield f"! {DEMO_NOTICE}", "bold yellow"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def _speed(summary: RunSummary) -> str:
    factor = summary.realtime_factor
    return f" ({factor:.1f}×)" if factor and summary.audio_s else ""
