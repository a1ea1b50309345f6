"""The command ``qa-pipeline``: each file here is a command group that parses, calls one library function and prints.

A file whose name does not begin with ``_`` has ``register(app)``. None imports anything heavy before its command runs,
so ``--help`` stays fast. Exit codes: 0 good, 1 something that was checked failed, 2 the request cannot run, 3 the time
budget was used up before the work was, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import io
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Annotated, Optional, cast

import typer
from typer.core import TyperGroup

from qa_pipeline import __version__
from qa_pipeline.cli._errors import complain, debugging

app = typer.Typer(
    name="qa-pipeline",
    help="热线录音质检：录音 → 转写 → 规则 → Parquet 评分表。 QA scoring of hotline recordings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts faster and breaks no line inside a word
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"qa-pipeline {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="版本。 Show the version.")
    ] = False,
    config: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads the annotation at run time
        typer.Option(
            "--config",
            metavar="TOML",
            envvar="QA_PIPELINE_CONFIG",
            help="选项文件。 Options under the same names. (default: ./qa-pipeline.toml)",
        ),
    ] = None,
) -> None:
    """The options of the command itself."""
    from qa_pipeline.cli._config import read_config
    from qa_pipeline.cli._errors import reported

    with reported():
        context.default_map = read_config(config, cast(TyperGroup, context.command))


for _module in sorted(iter_modules(__path__), key=lambda module: module.name):
    if not _module.name.startswith("_"):
        import_module(f"{__name__}.{_module.name}").register(app)


def main() -> None:
    """Run the command. Raises SystemExit."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console in GBK or a name that is no UTF-8 is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    with contextlib.suppress(BrokenPipeError):
        try:
            app()
        except Exception as error:
            if debugging() or isinstance(error, BrokenPipeError):
                raise
            complain(f"Internal error: {type(error).__name__}: {error}. QA_PIPELINE_DEBUG=1 shows where.")
            raise SystemExit(2) from None
