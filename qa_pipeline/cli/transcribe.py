"""``qa-pipeline transcribe``: recordings in, stored transcripts out."""

from __future__ import annotations

from typing import Any

import typer

from qa_pipeline.cli import _options as opt
from qa_pipeline.cli._shared import with_run_options


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(with_run_options(transcribe))


def transcribe(
    *,
    out: str,
    reference: opt.Reference = None,
    quiet: opt.Quiet = False,
    as_json: opt.AsJson = False,
    **request: Any,
) -> None:
    """转写录音，写出 JSON。 Write transcripts to score later."""
    from qa_pipeline.cli._quality import compared
    from qa_pipeline.cli._run import run_and_show
    from qa_pipeline.engines import local

    with compared(reference, out, shown=not (quiet or as_json)):
        run_and_show(local.transcribe, quiet=quiet, as_json=as_json, out=out, **request)
