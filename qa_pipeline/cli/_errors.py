"""How errors reach a person: one red paragraph on stderr and an exit code, no traceback."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from qa_pipeline.errors import QaPipelineError

CANNOT_RUN = 2
OUT_OF_TIME = 3
INTERRUPTED = 130


def debugging() -> bool:
    """Whether the user wants tracebacks (``QA_PIPELINE_DEBUG=1``)."""
    return os.environ.get("QA_PIPELINE_DEBUG", "") not in ("", "0")


_state = {"logging": False}


@contextmanager
def logging(on: bool) -> Iterator[None]:
    """While this is ``on``, complaints are lines of the log too: nobody reads JSON with a red paragraph in it."""
    before, _state["logging"] = _state["logging"], on
    try:
        yield
    finally:
        _state["logging"] = before


def complain(message: str) -> None:
    """Print ``message`` in red on stderr; without colour where the terminal or NO_COLOR says so."""
    if _state["logging"]:
        from qa_pipeline.cli._log import write_line

        write_line("error", message=message)
        return
    colour = None if os.environ.get("NO_COLOR") else typer.colors.RED
    typer.secho(message, fg=colour, err=True)


@contextmanager
def reported() -> Iterator[None]:
    """Turn our own errors into exit code 2 and Ctrl-C into 130; being told to end (SIGTERM) is a Ctrl-C too."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except QaPipelineError as error:
        if debugging():
            raise
        complain(str(error))
        raise typer.Exit(CANNOT_RUN) from None
    except KeyboardInterrupt:
        complain("Interrupted. 已中断。")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
