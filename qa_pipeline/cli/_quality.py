"""The table behind ``transcribe --reference``: how well speech was recognised."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from qa_pipeline.cli._errors import reported

if TYPE_CHECKING:
    from rich.table import Table

    from qa_pipeline.outputs.quality import Quality
    from qa_pipeline.text.cer import ErrorCount

_CALLS, _WORDS = 10, 10
_ROLES = {"agent": "客服 agent", "customer": "客户 customer", "unknown": "未知 unknown", "system": "系统 system"}


@contextmanager
def compared(reference: Path | None, out: str, *, shown: bool) -> Iterator[None]:
    """Let a run write transcripts into ``out``; when it has ended, compare them with those in ``reference``, if any.

    Faulty references are refused before the run begins. A run that did not come to its end is not compared.
    """
    if reference is None:
        yield
        return
    from qa_pipeline.outputs.quality import compare_folder, read_references

    with reported():
        references = read_references(reference)
    try:
        yield
    except typer.Exit as ended:
        if ended.exit_code in (0, 1):
            with reported():
                quality = compare_folder(references, out)
            if shown:
                show_quality(quality)
        raise


def show_quality(quality: Quality) -> None:
    """Print CER by role, channel and call (the worst), the most confused words, and what was not believed."""
    from rich.console import Console

    console = Console()
    console.print(_rates(quality))
    told = quality.as_json()
    words = [f"{c['expected']}→{c['heard'] or '（漏）'} ×{c['times']}" for c in told["most_confused"][:_WORDS]]
    if words:
        console.print("最常混淆 Most confused: " + "，".join(words), highlight=False)
    windows = told["windows"]
    shares = "，".join(
        f"{name} {windows[key]:.1%}"
        for name, key in (("存疑 gated", "gated"), ("重听 redecoded", "redecoded"), ("放弃 dropped", "dropped"))
    )
    console.print(f"识别窗 Windows: {windows['heard']}，{shares}", highlight=False)
    for name, ids in (("没有录音 no recording", quality.missing), ("没有参考 no reference", quality.unreferenced)):
        if ids:
            console.print(f"! {name}: {len(ids)} ({', '.join(ids[:5])})", highlight=False)


def _rates(quality: Quality) -> Table:
    from rich.table import Table

    table = Table(title="识别质量 Recognition quality", title_justify="left")
    table.add_column("")
    table.add_column("字错率 CER", justify="right")
    table.add_column("错字 errors", justify="right")
    table.add_column("总字数 of", justify="right")

    def row(name: str, count: ErrorCount) -> None:
        table.add_row(name, f"{count.rate:.1%}", str(count.errors), str(count.characters))

    row("全部 all", quality.total)
    table.add_section()
    for role, count in sorted(quality.by_role.items()):
        row(_ROLES.get(role, role), count)
    for channel, count in sorted(quality.by_channel.items()):
        row(f"声道 channel {channel}", count)
    table.add_section()
    for call, count in sorted(quality.by_call.items(), key=lambda item: -item[1].rate)[:_CALLS]:
        row(call, count)
    return table
