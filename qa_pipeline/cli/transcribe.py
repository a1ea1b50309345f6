"""``qa-pipeline transcribe``: recordings in, stored transcripts out."""

from __future__ import annotations

import typer

from qa_pipeline.cli import _options as opt


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(transcribe)


def transcribe(
    *,
    out: opt.Out,
    sources: opt.Sources = None,
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
    reference: opt.Reference = None,
    overwrite: opt.Overwrite = False,
    quiet: opt.Quiet = False,
    as_json: opt.AsJson = False,
) -> None:
    """转写录音，写出 JSON。 Write transcripts to score later."""
    from qa_pipeline.cli._quality import compared
    from qa_pipeline.cli._run import run_and_show
    from qa_pipeline.engines import local

    with compared(reference, out, shown=not (quiet or as_json)):
        run_and_show(
            local.transcribe,
            quiet=quiet,
            as_json=as_json,
            sources=sources or (),
            out=out,
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
