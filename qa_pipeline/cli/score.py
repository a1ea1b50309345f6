"""``qa-pipeline score``: recordings in, Parquet scorecards out."""

from __future__ import annotations

from typing import Annotated

import typer

from qa_pipeline.cli import _options as opt


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(score)


def score(
    *,
    out: opt.Out,
    sources: opt.Sources = None,
    ruleset: Annotated[
        str, typer.Option("--ruleset", "-r", metavar="NAME|PATH", help="规则集。 Rule set.")
    ] = "hotline",
    by_date: Annotated[
        bool, typer.Option("--by-date", help="按通话当天生效的版本。 Judge by the version in force on the call's day.")
    ] = False,
    model: opt.Model = None,
    device: opt.DeviceOption = opt.Device.AUTO,
    compute_type: opt.ComputeType = None,
    jobs: opt.Jobs = None,
    manifest: opt.Manifest = None,
    agent_channel: opt.AgentChannel = "auto",
    batch_size: opt.BatchSize = 8,
    beam_size: opt.BeamSize = 5,
    language: opt.Language = "zh",
    diarization: opt.Diarization = None,
    vocabulary: opt.Vocabulary = None,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    as_json: opt.AsJson = False,
) -> None:
    """给录音打分，写出评分表。 Score recordings into Parquet."""
    from qa_pipeline.cli._run import run_and_show
    from qa_pipeline.engines import local

    run_and_show(
        local.score,
        quiet=quiet,
        as_json=as_json,
        sources=sources or (),
        out=out,
        ruleset=ruleset,
        by_date=by_date,
        model=model,
        device=device.value,
        compute_type=compute_type,
        jobs=jobs,
        manifest=manifest,
        agent_channel=agent_channel,
        batch_size=batch_size,
        beam_size=beam_size,
        language=language,
        diarization=diarization,
        vocabulary=vocabulary,
        overwrite=overwrite,
    )
