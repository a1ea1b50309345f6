"""``qa-pipeline doctor``: what this machine can do, what is missing, and how to get it."""

from __future__ import annotations

import typer

from qa_pipeline.cli import _options as opt


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(doctor)


def doctor(*, model: opt.Model = None, as_json: opt.AsJson = False) -> None:
    """检查这台机器缺什么。 Say what this machine can do."""
    from qa_pipeline.cli._errors import reported
    from qa_pipeline.transcribe.doctor import examine

    with reported():
        checks = examine(model)
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=2))
    else:
        from qa_pipeline.cli._table import show_checks

        show_checks(checks)
    raise typer.Exit(1 if any(check.ok is False for check in checks) else 0)
