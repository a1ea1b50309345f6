"""``--format``, which ``rules check``, ``rules test`` and ``rules diff`` share: ``sarif``, or ``sarif=FILE``, or both.

One run writes several: annotations into the log, a page for the pull request into a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from qa_pipeline.errors import RequestError

if TYPE_CHECKING:
    from qa_pipeline.rules.report import Report

Formats = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads the annotation at run time
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT[=FILE]",
        help="text、json、junit、sarif、github、markdown；可写多次，=FILE 写进文件。 Format; repeatable.",
    ),
]


def wanted_formats(formats: Sequence[str] | None) -> list[tuple[str, Path | None]]:
    """Each format with the file it goes to (None: the terminal); text where none goes to the terminal.

    Raises ``RequestError`` for an unknown format, before anything is run.
    """
    from qa_pipeline.rules.formats import format_names

    asked = [(name, Path(file) if file else None) for name, _, file in (each.partition("=") for each in formats or [])]
    for name, _ in asked:
        if name not in format_names():
            raise RequestError(f"没有格式 unknown format {name!r}. 可用 known: {', '.join(format_names())}")
    if sum(file is None for _, file in asked) > 1:
        raise RequestError("只有一种格式能打印，其余写进文件 only one format can be printed; give the others =FILE")
    return asked if any(file is None for _, file in asked) else [*asked, ("text", None)]


def show_report(
    report: Report, asked: Sequence[tuple[str, Path | None]], show_text: Callable[[], None] | None = None
) -> None:
    """Write the report in each format asked for; ``show_text`` prints it where text goes to the terminal."""
    from qa_pipeline.rules.formats import write

    for name, file in asked:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(write(report, name), encoding="utf-8")
        elif name == "text" and show_text is not None:
            show_text()
        else:
            typer.echo(write(report, name), nl=False)
