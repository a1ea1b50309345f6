"""``qa-pipeline score``: recordings in, Parquet scorecards out."""

from __future__ import annotations

from typing import Any

import typer

from qa_pipeline.cli import _options as opt
from qa_pipeline.cli._shared import with_run_options


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(with_run_options(score))


def score(
    *,
    ruleset: opt.RuleSet = "hotline",
    by_date: opt.ByDate = False,
    quiet: opt.Quiet = False,
    as_json: opt.AsJson = False,
    **request: Any,
) -> None:
    """给录音打分，写出评分表；中断后再运行会接着做。 Score recordings into Parquet; run again to go on."""
    from qa_pipeline.cli._run import run_and_show
    from qa_pipeline.engines import local

    run_and_show(local.score, quiet=quiet, as_json=as_json, ruleset=ruleset, by_date=by_date, **request)
