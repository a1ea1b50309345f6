"""``github``: workflow commands, which GitHub shows as annotations on the changed lines.

GitHub shows ten of each level for one step; the worst come first, and the summary stands in the log in any case.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.report import Level, Notice, Report

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def write(report: Report) -> str:
    """One command a notice, errors first, then the summary as plain text."""
    notices = [notice for level in Level for notice in report.with_level(level)]
    return "\n".join([*map(_command, notices), *report.summary])


def _command(notice: Notice) -> str:
    title = f"{notice.code} {notice.rule_id}".strip()
    parts = ",".join(f"{name}={_property(value)}" for name, value in [*_place(notice), ("title", title)])
    message = "\n".join([notice.message, *([f"→ {notice.fix}"] if notice.fix else []), *notice.details])
    return f"::{_COMMANDS[notice.level]} {parts}::{_data(message)}"


def _place(notice: Notice) -> Iterator[tuple[str, str]]:
    if notice.file:
        yield "file", notice.file
    if notice.file and notice.line:
        yield from (("line", str(notice.line)), ("col", str(max(1, notice.column))))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
