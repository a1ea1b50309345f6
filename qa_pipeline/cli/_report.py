"""What ``report`` says while it works and when it is done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from qa_pipeline.outputs.report.site import Report


@contextmanager
def batch_bar(*, shown: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr, where that is a terminal."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("写页面 writing pages", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_report(report: Report) -> None:
    """The page to open, and what cannot be heard from it."""
    page = report.page if isinstance(report.page, str) else report.page.resolve()
    typer.echo(f"报告 Report: {page}")
    missing = report.calls - report.playable
    typer.echo(
        f"  {report.calls} 通电话 calls" + (f"，{missing} 通没有可播放的录音 cannot be played" if missing else "")
    )
