"""``qa-pipeline report``: the pages that a QA lead opens in the morning."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer

from qa_pipeline.cli import _options as opt


class Length(StrEnum):
    """How long a period is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(report)


def report(
    folders: Annotated[
        list[str],
        typer.Argument(metavar="DIR|URL...", help="score 写出的文件夹；--period 可给多个。 What `score` wrote."),
    ],
    *,
    out: Annotated[str, typer.Option("--out", "-o", metavar="DIR|URL", help="报告写到哪里。 Where the pages go.")],
    period: Annotated[
        Optional[Length],  # noqa: UP045 - typer reads the annotation at run time
        typer.Option("--period", help="周报、月报、季报、年报，跨多夜。 Over many nights, period by period."),
    ] = None,
    history: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads the annotation at run time
        typer.Option("--history", metavar="DIR|URL", help="此前各夜，可写多次。 Earlier nights; repeatable."),
    ] = None,
    baseline: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--baseline", metavar="CSV", help="对比的实现率 indicator,rate。 Rates to compare with."),
    ] = None,
    with_audio: Annotated[
        bool, typer.Option("--with-audio", help="把录音拷进报告（未消音）。 Copy the recordings in, not bleeped.")
    ] = False,
    waveforms: Annotated[
        bool, typer.Option("--waveforms/--no-waveforms", help="画出波形（要读录音）。 Draw the sound.")
    ] = True,
    words: Annotated[
        bool, typer.Option("--words/--no-words", help="数上升的词（--period）。 Count rising words (--period).")
    ] = True,
    mask: Annotated[bool, typer.Option("--mask/--no-mask", help="号码、地址、姓名打码。 Mask callers' data.")] = True,
    jobs: opt.Jobs = None,
    quiet: opt.Quiet = False,
) -> None:
    """写出网页报告：总览和每通电话一页，离线打开。 Write the pages: an overview, and one for each call."""
    from qa_pipeline.cli._errors import reported
    from qa_pipeline.cli._report import batch_bar, show_report
    from qa_pipeline.engines import report as engine
    from qa_pipeline.errors import RequestError
    from qa_pipeline.outputs.report.period import Period
    from qa_pipeline.outputs.report.site import ReportOptions

    options = ReportOptions(mask, with_audio, waveforms, tuple(history or ()), baseline)
    with reported():
        if period is None and len(folders) > 1:
            raise RequestError("一次只出一夜 one night at a time: name the others --history, or choose a --period.")
        with batch_bar(shown=not quiet) as on_batch:
            if period is not None:
                length = Period(period.value)
                written = engine.report_period(folders, out, length, words=words, jobs=jobs, on_batch=on_batch)
            else:
                written = engine.report(folders[0], out, options, jobs=jobs, on_batch=on_batch)
        if not quiet:
            show_report(written)
