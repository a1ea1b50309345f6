"""What ``score`` and ``transcribe`` share: the bar while a run goes on, the summary after it, the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from qa_pipeline.cli._errors import INTERRUPTED, complain, reported

if TYPE_CHECKING:
    from qa_pipeline.engines.run import OnProgress, Progress
    from qa_pipeline.outputs.summary import RunSummary


def run_and_show(library_function: Callable[..., RunSummary], *, quiet: bool, as_json: bool, **request: Any) -> None:
    """Call ``library_function`` with ``request``, show what came of it, and exit with 0, 1, 2 or 130."""
    from qa_pipeline.engines.run import RunInterrupted

    with reported():
        try:
            with progress_bar(shown=not quiet and sys.stderr.isatty()) as on_progress:
                summary = library_function(on_progress=on_progress, **request)
        except RunInterrupted as interrupted:
            summary = interrupted.summary
        _show(summary, quiet=quiet, as_json=as_json)
    if summary.status == "interrupted":
        complain(f"Interrupted. 已中断。 {summary.calls} of {summary.expected} recordings lie in {summary.out}.")
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(1 if summary.failed else 0)


def _show(summary: RunSummary, *, quiet: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(summary.as_json(), ensure_ascii=False, indent=2))
    elif not quiet:
        from qa_pipeline.cli._table import show_summary

        show_summary(summary)


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[OnProgress | None]:
    """A bar on stderr with what is done, the time left, and hours of audio an hour."""
    if not shown:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("剩余 ETA"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[speed]}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("准备 getting ready", total=None, speed="")

        def update(progress: Progress) -> None:
            what = "录音 recordings" + (f" ({progress.failed} 失败 failed)" if progress.failed else "")
            speed = f"{progress.audio_s / progress.wall_s:.1f} 音频小时 audio h/h" if progress.audio_s else ""
            bar.update(task, total=progress.total, completed=progress.done, description=what, speed=speed)

        yield update
