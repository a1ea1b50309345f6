"""What ``score`` and ``transcribe`` share: the bar while a run goes on, the summary after it, the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from qa_pipeline.cli._errors import INTERRUPTED, OUT_OF_TIME, complain, logging, reported
from qa_pipeline.cli._log import JsonLog
from qa_pipeline.cli._progress import progress_bar

if TYPE_CHECKING:
    from qa_pipeline.engines.events import Event
    from qa_pipeline.outputs.summary import RunSummary


def run_and_show(
    library_function: Callable[..., RunSummary],
    *,
    quiet: bool,
    as_json: bool,
    log_json: bool = False,
    dry_run: bool = False,
    **request: Any,
) -> None:
    """Call ``library_function`` with ``request``, show what came of it, and exit with 0, 1, 2, 3 or 130."""
    from qa_pipeline.engines.run import RunInterrupted

    if dry_run:
        from qa_pipeline.cli._preview import show_preview
        from qa_pipeline.engines.local import preview

        with reported():
            show_preview(preview(library_function.__name__, **request), as_json=as_json)
        return
    with logging(log_json):
        with reported():
            try:
                with _watchers(quiet=quiet, log_json=log_json) as watchers:
                    summary = library_function(**watchers, **request)
            except RunInterrupted as interrupted:
                summary = interrupted.summary
            _show(summary, quiet=quiet or log_json, as_json=as_json)
        raise typer.Exit(_exit_code(summary))


def _exit_code(summary: RunSummary) -> int:
    """What the command ends with; where it is not whole, somebody is told what is missing."""
    done = f"{summary.calls} of {summary.expected} recordings lie in {summary.out}; the same command goes on."
    if summary.status == "interrupted":
        complain(f"Interrupted. 已中断，再次运行同一命令即可继续。 {done}")
        return INTERRUPTED
    if summary.status == "out_of_time":
        complain(f"The time budget is used up. 时间已用完，再次运行同一命令即可继续。 {done}")
        return OUT_OF_TIME
    return 1 if summary.failed else 0


def _show(summary: RunSummary, *, quiet: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(summary.as_json(), ensure_ascii=False, indent=2))
    elif not quiet:
        from qa_pipeline.cli._table import show_summary

        show_summary(summary)


@contextmanager
def _watchers(*, quiet: bool, log_json: bool) -> Iterator[dict[str, Any]]:
    """What a library function is told to call while it runs: a log, or a bar where somebody looks."""
    if log_json:
        log = JsonLog()
        yield {"on_progress": log.progress, "on_event": log.event}
        return
    with progress_bar(shown=not quiet and sys.stderr.isatty()) as on_progress:
        yield {"on_progress": on_progress, "on_event": _told}


def _told(event: Event) -> None:
    """Without a log, only what somebody must know of now is said."""
    from qa_pipeline.engines.events import Trouble

    if isinstance(event, Trouble):
        complain(event.message)
