"""What ``--dry-run`` shows."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import typer

from qa_pipeline.cli._durations import spoken

if TYPE_CHECKING:
    from qa_pipeline.engines.preview import Preview


def show_preview(preview: Preview, *, as_json: bool) -> None:
    """One line for each thing that somebody wants to know before the night."""
    if as_json:
        typer.echo(json.dumps({**asdict(preview), "left_s": preview.left_s}, ensure_ascii=False, indent=2))
        return
    again = f"，其中重试 of them again {preview.again}" if preview.again else ""
    unread = f"，读不出长度 no length {preview.unread}" if preview.unread else ""
    typer.echo(f"录音 Recordings      {preview.recordings}，已完成 done {preview.done}")
    typer.echo(f"要做 To do           {preview.todo}{again}，音频 audio {preview.audio_s / 3600:.2f} h{unread}")
    if preview.first:
        typer.echo(f"先做 First           {', '.join(preview.first)}")
    typer.echo(f"进程 Workers         {preview.jobs}")
    if preview.speed:
        typer.echo(
            f"速度 Speed           {preview.speed:.1f} 音频h/h，试了 tried {preview.tried}，"
            f"启动 start {spoken(preview.start_s)}"
        )
    if preview.left_s is None:
        typer.echo("预计 Estimate        试的录音都没做成 none of those tried could be done")
    else:
        ends = datetime.now() + timedelta(seconds=preview.left_s)
        typer.echo(
            f"预计 Estimate        {spoken(preview.left_s)}，约 {ends:%m-%d %H:%M} 完成 done by then; "
            f"--out {preview.out}"
        )
