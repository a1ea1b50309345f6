"""``qa-pipeline rules diff``: its options, and how a comparison looks in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer

from qa_pipeline.cli._formats import Formats
from qa_pipeline.cli._options import Jobs, Quiet
from qa_pipeline.cli._visible import visible

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from qa_pipeline.rules.diff import Diff
    from qa_pipeline.rules.diff.gates import GateResult
    from qa_pipeline.rules.diff.pages import Grid

_SET = "文件、名称或 git 版本：HEAD~1:rulesets/hotline.yaml、main。 A path, a shipped name or a git revision."
_COUNT = "N|P%"
_HITS = "RULE=N"
_WIDTH = 130
_WHOLE = ("规则 Rule", "名称 Name", "行 Line")
_ROWS = 40
"""Rows of a table in a terminal; ``--format json`` has all."""


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help=f"旧规则集。 The old set. {_SET}")],
    new: Annotated[str, typer.Argument(metavar="NEW", help=f"新规则集。 The new set. {_SET}")],
    *,
    on: Annotated[
        str,
        typer.Option(
            "--on",
            metavar="CORPUS",
            help="评分表，或转写的文件夹、清单。 A scored folder, or a folder or manifest of transcripts.",
        ),
    ],
    max_changed_calls: Annotated[
        Optional[str],  # noqa: UP045 - typer reads the annotation at run time
        typer.Option("--max-changed-calls", metavar=_COUNT, help="最多多少通有变化。 Calls that may change."),
    ] = None,
    max_grade_flips: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--max-grade-flips", metavar=_COUNT, help="最多多少通改变等级。 Calls whose grade may change."),
    ] = None,
    max_line_grade_flips: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--max-line-grade-flips", metavar=_COUNT, help="线路等级同上。 The same of line grades."),
    ] = None,
    max_mean_shift: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--max-mean-shift", metavar="X", help="平均分最多变化多少。 How far the mean score may shift."),
    ] = None,
    max_call_shift: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--max-call-shift", metavar="X", help="一通最多变化多少分。 How far any call's score may shift."),
    ] = None,
    no_new_veto: Annotated[
        bool, typer.Option("--no-new-veto", help="不许新的一票否决。 No call may be newly vetoed.")
    ] = False,
    max_new_hits: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--max-new-hits", metavar=_HITS, help="规则最多新增几处命中，* 指每条。 Hits a rule may gain."),
    ] = None,
    max_lost_hits: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--max-lost-hits", metavar=_HITS, help="规则最多失去几处命中。 Hits a rule may lose."),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", min=0, help="列出几通变化最大的。 How many of the calls that change most to show.")
    ] = 10,
    quick: Annotated[
        bool, typer.Option("--quick", help="没变的通话不全判。 Judge in full only calls that change; no mean score.")
    ] = False,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="评分表里有的结果也重判，结论一样。 Judge what is scored already too: same result."
        ),
    ] = False,
    jobs: Jobs = None,
    formats: Formats = None,
    quiet: Quiet = False,
) -> None:
    """两个版本在真实通话上有什么不同；超过门槛退出 1。 What a change does to calls; exit 1 past a gate."""
    from qa_pipeline.cli._errors import complain, reported
    from qa_pipeline.cli._formats import show_report, wanted_formats
    from qa_pipeline.cli._progress import progress_bar
    from qa_pipeline.engines.diff import diff as compare
    from qa_pipeline.rules.diff import Gates, crossed_gates
    from qa_pipeline.rules.diff import Limit as Most
    from qa_pipeline.rules.diff.report import new_set_report, report_of
    from qa_pipeline.rules.revisions import NewRuleSetError

    with reported():
        asked = wanted_formats(formats)
        gates = Gates(
            max_changed_calls=None if max_changed_calls is None else Most.read(max_changed_calls),
            max_grade_flips=None if max_grade_flips is None else Most.read(max_grade_flips),
            max_line_grade_flips=None if max_line_grade_flips is None else Most.read(max_line_grade_flips),
            max_mean_shift=_points(max_mean_shift, "--max-mean-shift"),
            max_call_shift=_points(max_call_shift, "--max-call-shift"),
            no_new_veto=no_new_veto,
            max_new_hits=_by_rule(max_new_hits, "--max-new-hits"),
            max_lost_hits=_by_rule(max_lost_hits, "--max-lost-hits"),
        )
        try:
            with progress_bar(shown=not quiet and sys.stderr.isatty()) as on_progress:
                found = compare(
                    old, new, on=on, jobs=jobs, top=top, quick=quick, full=full, gates=gates, on_progress=on_progress
                )
        except NewRuleSetError as new_set:
            show_report(new_set_report(new_set), asked)
            return
        results = crossed_gates(found, gates)
        show_report(report_of(found, results), asked, lambda: None if quiet else show_diff(found, results))
    crossed = [result for result in results if result.crossed]
    if crossed:
        if quiet or ("text", None) not in asked:  # else they stand at the end of what was printed
            complain("\n".join(f"✗ {result.message}" for result in crossed))
        raise typer.Exit(1)


def _points(text: str | None, option: str) -> Decimal | None:
    from qa_pipeline.errors import RequestError

    try:
        points = None if text is None else Decimal(text)
    except InvalidOperation:
        points = Decimal(-1)
    if points is not None and (not points.is_finite() or points < 0):
        raise RequestError(f"{option} {text}: 写成分数 give a number of points, 0 or more")
    return points


def _by_rule(given: Sequence[str] | None, option: str) -> dict[str, int]:
    from qa_pipeline.errors import RequestError

    limits: dict[str, int] = {}
    for each in given or ():
        rule_id, equals, most = each.partition("=")
        if not (rule_id and equals and most.isdecimal()):
            raise RequestError(f"{option} {each}: 写成 write RULE=N, such as dead-air=3, or *=0")
        limits[rule_id] = int(most)
    return limits


def show_diff(diff: Diff, results: tuple[GateResult, ...]) -> None:
    """Print the comparison: tables first, then the calls, and last what is read first."""
    from rich.console import Console
    from rich.text import Text

    from qa_pipeline.rules.diff.pages import call_lines, grids, headline

    console = Console(markup=False, highlight=False, emoji=False)
    console.width = max(console.width, _WIDTH)  # figures that are cut off are no figures
    tables = list(grids(diff))
    for grid in reversed(tables):
        console.print(Text(grid.title, style="bold"), soft_wrap=True)
        console.print(_table(grid))
        more = len(grid.rows) - _ROWS
        console.print(Text(f"… 另有 {more} 行 more rows: --format json\n" if more > 0 else ""), soft_wrap=True)
    calls = diff.tally.most_changed.items
    if calls:
        console.print(Text("变化最大的通话 The calls that change most", style="bold"), soft_wrap=True)
    for delta in calls:
        for line in call_lines(delta, diff):
            console.print(_styled(line), soft_wrap=True)
    if calls:
        console.print()
    for line in headline(diff, results):
        console.print(Text(line, style=_style(line)), soft_wrap=True)


def _table(grid: Grid) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for index, name in enumerate(grid.header):
        side: Literal["left", "right"] = "right" if index and grid.figures else "left"
        table.add_column(name, justify=side, overflow="fold", no_wrap=grid.figures or name in _WHOLE)
    for row in grid.rows[:_ROWS]:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _styled(line: str) -> Text:
    from rich.text import Text

    line = visible(line)
    text = line.strip()
    style = "bold" if text == line else "green" if text.startswith("−") else "red" if text.startswith("+") else ""
    return Text("  " + line, style=style)


def _style(line: str) -> str:
    return {"✗": "bold red", "✓": "green", "!": "yellow", "-": "dim"}.get(line[:1], "")
