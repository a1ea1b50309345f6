"""The bar on a terminal while a run goes on: how much audio is done, how fast, how long yet, and at what cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_pipeline.engines.run import OnProgress, Progress

BAR = 10  # columns


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[OnProgress | None]:
    """A bar on stderr that fits 80 columns; None where nobody looks."""
    if not shown:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(bar_width=BAR), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("准备 getting ready", total=None)

        def update(progress: Progress) -> None:
            bar.update(task, total=1.0, completed=share(progress), description=told(progress))

        yield update


def share(progress: Progress) -> float:
    """How much is done, in [0, 1]: by audio where somebody has measured it, else by count."""
    if progress.audio_total_s and progress.done < progress.total:
        return min(1.0, progress.audio_s / progress.audio_total_s)
    return progress.done / progress.total if progress.total else 1.0


def told(progress: Progress) -> str:
    """The figures beside the bar; what nobody knows yet is left out."""
    speed = progress.audio_s / progress.wall_s if progress.wall_s > 0 else 0.0
    parts = [
        f"{progress.done}/{progress.total}",
        f"剩余 ETA {clock(_left_s(progress))}",
        f"{speed:.0f} 音频h/h" if progress.audio_s else "",
        f"[red]失败 failed {progress.failed}[/]" if progress.failed else "",
        f"{progress.memory_bytes / 2**30:.1f} GB" if progress.memory_bytes else "",
    ]
    return "  ".join(part for part in parts if part)


def _left_s(progress: Progress) -> float | None:
    """Where nobody measured audio, one piece of work is like another."""
    if progress.audio_total_s is not None or not progress.done:
        return progress.left_s
    return progress.wall_s / progress.done * (progress.total - progress.done)


def clock(seconds: float | None) -> str:
    """``1:02:03``, or dashes where nobody knows."""
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"
