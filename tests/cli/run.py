"""Runs the real command, in this process or in one of its own."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from unittest.mock import patch

from qa_pipeline.cli import main

ROOT = Path(__file__).parents[2]
UTTERANCE = {"role": "agent", "start": 0.5, "end": 2, "text": "您好，很高兴为您服务"}


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **more}


def qa(*arguments, cwd=ROOT, **more):
    """Run the command in this process, with its own arguments, environment, folder and standard streams.

    All that ``qa_in_a_process`` would say, without the seconds in which a new interpreter imports and loads everything.
    Descriptors are redirected, not ``sys.stdout`` alone, so that what worker processes and libraries write is heard.
    """
    command = ["qa-pipeline", *map(str, arguments)]
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, environment(**more), clear=True))
        stack.enter_context(chdir(cwd))
        stack.enter_context(patch.object(sys, "argv", command))
        out, err = stack.enter_context(_into_a_file("stdout")), stack.enter_context(_into_a_file("stderr"))
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
    return subprocess.CompletedProcess(command, code, out(), err())


@contextmanager
def _into_a_file(name):
    """Send a standard stream, and whatever writes to its descriptor, to a file; gives a function that reads it."""
    before, number = getattr(sys, name), {"stdout": 1, "stderr": 2}[name]
    before.flush()
    with tempfile.TemporaryFile() as file:
        kept, told = os.dup(number), []
        os.dup2(file.fileno(), number)
        try:
            with open(number, "w", encoding="utf-8", closefd=False) as stream, patch.object(sys, name, stream):
                yield lambda: told[0]
        finally:
            os.dup2(kept, number)
            os.close(kept)
            file.seek(0)
            told.append(file.read().decode("utf-8").replace("\r\n", "\n"))


def qa_in_a_process(*arguments, cwd=ROOT, **more):
    """For what only a new interpreter shows: its imports, hash seed, traceback and exit."""
    command = [sys.executable, "-m", "qa_pipeline", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment(**more), capture_output=True, text=True, check=False)


def store(path, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"duration": 5, "utterances": [UTTERANCE], **more}, ensure_ascii=False))
    return path
