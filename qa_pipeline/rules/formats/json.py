"""``json``: for programs. The command's own figures (``data``) stand beside the notices."""

from __future__ import annotations

from dataclasses import asdict
from json import dumps
from typing import Any

from qa_pipeline.rules.report import Item, Report


def write(report: Report) -> str:
    """One object: command, title, passed, summary, notices, items, and the command's own keys."""
    plain = {
        "command": report.command,
        "title": report.title,
        "passed": report.passed,
        "summary": list(report.summary),
        "notices": [asdict(notice) for notice in report.notices],
        "items": [_item(item) for item in report.items],
        **report.data,
    }
    return dumps(plain, ensure_ascii=False, indent=2)


def _item(item: Item) -> dict[str, Any]:
    where = {"file": item.file, "line": item.line}
    return {"group": item.group, "name": item.name, "status": item.status.value, **where}
