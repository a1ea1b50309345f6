"""``qa-pipeline export``: the scorecards as a workbook or as CSV files."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from qa_pipeline.cli import _options as opt


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(export)


def export(
    folder: Annotated[str, typer.Argument(metavar="DIR|URL", help="score 写出的文件夹。 What `score` wrote.")],
    *,
    xlsx: Annotated[
        Optional[str],  # noqa: UP045 - typer reads the annotation at run time
        typer.Option("--xlsx", metavar="FILE|URL", help="写成 Excel 工作簿。 Write a workbook."),
    ] = None,
    csv: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--csv", metavar="DIR|URL", help="写成 CSV，每个视图一个。 Write CSV files, one a view."),
    ] = None,
    report: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--report", metavar="DIR|URL", help="链接指向的报告。 The report that links lead into. (xlsx)"),
    ] = None,
    mask: Annotated[bool, typer.Option("--mask/--no-mask", help="号码、地址、姓名打码。 Mask callers' data.")] = True,
    quiet: opt.Quiet = False,
) -> None:
    """导出 Excel 或 CSV：通话、问题、指标、坐席…… Export as a workbook or CSV."""
    from qa_pipeline.cli._errors import reported
    from qa_pipeline.errors import RequestError
    from qa_pipeline.outputs.export import export as write

    with reported():
        if xlsx is None and csv is None:
            raise RequestError("写到哪里？ Where to? Give --xlsx FILE or --csv DIR, or both.")
        written = write(folder, xlsx=xlsx, csv=csv, report=report, masked=mask)
    if not quiet:
        for each in written:
            for path in each.paths:
                typer.echo(f"已写 written: {path}")
            for name, rows in each.left_out.items():
                typer.echo(f"! {name}: {rows} 行放不下，用 --csv rows found no room; use --csv", err=True)
