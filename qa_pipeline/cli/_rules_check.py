"""How ``rules check`` looks in a terminal, and how it exits."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.text import Text

from qa_pipeline.cli._errors import CANNOT_RUN
from qa_pipeline.rules.formats.text import LEVELS
from qa_pipeline.rules.report import Level, Notice, Report

_STYLES = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "dim"}


def exit_code(report: Report) -> int:
    """2 for a fault, 1 where the report has not passed, else 0."""
    return CANNOT_RUN if report.data.get("faults") else 0 if report.passed else 1


def show_check(report: Report) -> None:
    """Print the notices, those of a file together, then the counts."""
    console = Console(markup=False, highlight=False, emoji=False)
    for file, notices in groupby(report.notices, key=lambda notice: notice.file):
        console.print(Text(file, style="bold"), soft_wrap=True)
        for notice in notices:
            console.print(_notice(notice), soft_wrap=True)
    for line in report.summary:
        console.print(Text(line), soft_wrap=True)


def _notice(notice: Notice) -> Text:
    line = Text.assemble(f"  {notice.place}: ", (f"{LEVELS[notice.level]} {notice.code}", _STYLES[notice.level]))
    line.append(f" [{notice.rule_id}]" if notice.rule_id else "", style="dim")
    line.append(f" {notice.message}" + (f"  → {notice.fix}" if notice.fix else ""))
    for detail in notice.details:
        line.append(f"\n      {detail}", style="dim")
    return line
