"""``text``: for people and for editors that read ``file:line:column: code message``."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.report import Level, Notice, Report

LEVELS = {Level.ERROR: "错误 error", Level.WARNING: "提醒 warning", Level.NOTE: "参考 note"}


def write(report: Report) -> str:
    """Notices in the order of the report, then the sections, then the summary, which is what one reads last."""
    lines = [line for notice in report.notices for line in notice_lines(notice)]
    for section in report.sections:
        lines += ["", section.title, *section.lines]
    return "\n".join([*lines, *([""] if lines else []), *report.summary])


def notice_lines(notice: Notice) -> Iterator[str]:
    """One notice: place and message, the fix, what shows it."""
    rule = f" [{notice.rule_id}]" if notice.rule_id else ""
    yield f"{notice.place}: {LEVELS[notice.level]} {notice.code}{rule}: {notice.message}"
    if notice.fix:
        yield f"    → {notice.fix}"
    yield from (f"    {line}" for line in notice.details)
