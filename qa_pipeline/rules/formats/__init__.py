"""Formats of a report: one file each, whose name is the format's. ``write(report)`` gives the text.

They stand among the rules, not the outputs, since they know nothing of recordings or tables: ``outputs`` and ``rules``
do not import one another. None uses colour; what a terminal shows in colour is the CLI's own.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from qa_pipeline.errors import RequestError
from qa_pipeline.rules.report import Report


def format_names() -> list[str]:
    """The names of the formats, sorted, without importing any."""
    return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))


def write(report: Report, name: str) -> str:
    """The report in the format of that name, ending with a newline. Raises ``RequestError`` where there is none."""
    if name not in format_names():
        raise RequestError(f"没有格式 unknown format {name!r}. 可用 known: {', '.join(format_names())}")
    text: str = import_module(f"{__name__}.{name}").write(report)
    return text.rstrip("\n") + "\n"
