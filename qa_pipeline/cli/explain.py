"""``qa-pipeline explain``: why a call got its score, in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(explain)


def explain(
    recording_id: Annotated[str, typer.Argument(help="录音编号或文件名。 Recording id, or file name.")],
    folder: Annotated[str, typer.Option("--from", metavar="DIR|URL", help="score 写出的文件夹。 What `score` wrote.")],
    rule: Annotated[str | None, typer.Option("--rule", metavar="ID", help="只看一条规则。 One rule only.")] = None,
) -> None:
    """说明一通电话为什么得这个分。 Explain one call's score: words, rules, arithmetic."""
    from qa_pipeline.cli._errors import reported
    from qa_pipeline.cli._explain import show_explanation
    from qa_pipeline.outputs.explain import explain as read

    with reported():
        show_explanation(read(recording_id, folder, rule))
