"""``markdown``: a comment for a pull or merge request: what matters first and short, the rest folded.

GitHub refuses comments over 65,536 characters, so what does not fit is counted instead of shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa_pipeline.rules.report import Level, Notice, Report, Section

LONGEST = 60_000
SHOWN = 20
"""Notices of one level in the table; more are counted."""

_NAMES = {Level.ERROR: "错误 Errors", Level.WARNING: "提醒 Warnings", Level.NOTE: "参考 Notes"}


def write(report: Report) -> str:
    """A heading with the verdict, the summary, the errors in sight, all else folded."""
    mark = "✅" if report.passed else "❌"
    blocks = [f"### {mark} {report.title}", "\n".join(f"- {plain(line)}" for line in report.summary)]
    blocks += [_section(section) for section in report.sections if section.unfolded]
    for level in Level:
        if notices := report.with_level(level):
            blocks.append(_notices(level, notices))
    blocks += [_section(section) for section in report.sections if not section.unfolded]
    return _fitting(blocks)


def _notices(level: Level, notices: Sequence[Notice]) -> str:
    rows = [line for notice in notices[:SHOWN] for line in _item(notice)]
    if len(notices) > SHOWN:
        rows.append(f"- … 另有 {len(notices) - SHOWN} 处 more")
    title = f"{_NAMES[level]} ({len(notices)})"
    return f"**{title}**\n\n" + "\n".join(rows) if level is Level.ERROR else _folded(title, "\n".join(rows))


def _item(notice: Notice) -> Iterator[str]:
    rule = f" `{notice.rule_id}`" if notice.rule_id else ""
    fix = f" → {plain(notice.fix)}" if notice.fix else ""
    yield f"- `{notice.place}` **{notice.code}**{rule} {plain(notice.message)}{fix}"
    if notice.details:
        yield from ("", "  ```text", *(f"  {line.replace('```', '` ` `')}" for line in notice.details), "  ```", "")


def _section(section: Section) -> str:
    text = "\n".join(section.lines)
    return f"**{plain(section.title)}**\n\n{text}" if section.unfolded else _folded(section.title, text)


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{plain(title)}</summary>\n\n{text}\n\n</details>"


def _fitting(blocks: Sequence[str]) -> str:
    """As many blocks, from the first, as a comment holds."""
    kept: list[str] = []
    for block in blocks:
        if sum(map(len, kept)) + len(block) > LONGEST:
            kept.append("… 其余太长，未列 the rest is too long for a comment")
            break
        kept.append(block)
    return "\n\n".join(kept)


def plain(text: str) -> str:
    """Text that Markdown shows as it is written, on one line."""
    return re.sub(r"([\\`*_<>|\[\]])", r"\\\1", text.replace("\n", " "))
