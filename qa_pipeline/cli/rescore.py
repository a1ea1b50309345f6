"""``qa-pipeline rescore``: a scored folder by another rule set, without recognising anything again."""

from __future__ import annotations

from typing import Annotated

import typer

from qa_pipeline.cli import _options as opt


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(rescore)


def rescore(
    folder: Annotated[str, typer.Argument(metavar="DIR|URL", help="score 写出的文件夹。 A folder that score wrote.")],
    *,
    out: opt.OutUrl,
    ruleset: opt.RuleSet = "hotline",
    by_date: opt.ByDate = False,
    jobs: opt.Jobs = None,
    overwrite: opt.Overwrite = False,
    full: Annotated[
        bool, typer.Option("--full", help="没变的规则也重判，结果一样。 Judge unchanged rules too: the same result.")
    ] = False,
    work_dir: opt.WorkDir = None,
    quiet: opt.Quiet = False,
    as_json: opt.AsJson = False,
) -> None:
    """换一套规则重新打分，不再识别。 Judge by other rules, from the transcripts that score kept."""
    from qa_pipeline.cli._run import run_and_show
    from qa_pipeline.engines.rescore import rescore as again

    run_and_show(
        again,
        quiet=quiet,
        as_json=as_json,
        folder=folder,
        out=out,
        ruleset=ruleset,
        by_date=by_date,
        jobs=jobs,
        overwrite=overwrite,
        full=full,
        work_dir=work_dir,
    )
