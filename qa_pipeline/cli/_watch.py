"""Run again whenever a rule set or a case file in some folders changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import typer

from qa_pipeline.cli._errors import complain
from qa_pipeline.errors import QaPipelineError

POLL_S = 0.5


def watch(folders: Iterable[Path], run: Callable[[], object]) -> None:
    """Call ``run`` now and after every change, until Ctrl-C; what is wrong meanwhile is shown, and mended or not."""
    watched = list(folders)
    while True:
        before = _stamps(watched)
        try:
            run()
        except QaPipelineError as error:
            complain(str(error))
        typer.echo(f"{time.strftime('%H:%M:%S')} 等待修改 waiting for a change; Ctrl-C 结束 ends", err=True)
        while _stamps(watched) == before:
            time.sleep(POLL_S)


def _stamps(folders: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """When each file was last written and how long it is; one that is just being replaced is not there."""
    stamps = {}
    for path in (path for folder in folders for path in folder.rglob("*.yaml")):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        stamps[path] = (status.st_mtime_ns, status.st_size)
    return stamps
