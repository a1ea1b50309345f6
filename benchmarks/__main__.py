"""Every figure of docs/performance.md that one quiet machine can give, one after another.

    python -m benchmarks                      # all: about twenty minutes on two free cores
    python -m benchmarks --only stages calls  # some; --list names them
    python -m benchmarks --tokenizer FILE     # with Whisper's dimensions too (random weights): ten more

Each is a process of its own, and says the machine's load before it begins: other work stretches times, hardly ratios.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

RUNS = {
    "stages": ("overhead", "stages"),
    "growth": ("overhead", "scaling", "--quick"),
    "help": ("scaling", "help"),
    "workers": ("scaling", "workers"),
    "length": ("scaling", "length"),
    "calls": ("scaling", "calls"),
    "cer": ("recognition", "cer"),
    "demo": ("recognition", "time", "--model", "demo"),
    "rules": ("rules",),
    "rescore": ("rescore", "--calls", "1000"),
    "rules-diff": ("rules_diff", "--short"),
}
DIMENSIONS = {
    "tiny": ("--every", "2", "--tokens", "48", "--beam", "1", "--rounds", "2"),
    "small": ("--every", "1", "--tokens", "16", "--beam", "1", "--rounds", "1"),
}
"""Sizes of Whisper and how much of the samples they hear: a window of ``small`` takes seconds."""


def main() -> None:
    """Run what the command line asks for, all of it unless told otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=(*RUNS, *DIMENSIONS), metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json of a multilingual Whisper")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join((*RUNS, *DIMENSIONS)))
        return
    with tempfile.TemporaryDirectory() as room:
        failed = [name for name, command in _commands(asked.only, asked.tokenizer, Path(room)) if _run(name, command)]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


def _commands(only: list[str] | None, tokenizer: Path | None, room: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from ((name, command) for name, command in RUNS.items() if only is None or name in only)
    for size, how in DIMENSIONS.items():
        if tokenizer is not None and (only is None or size in only):
            yield f"a model of {size}'s size", ("random_whisper", size, str(room / size), "--tokenizer", str(tokenizer))
            yield size, ("recognition", "time", "--model", str(room / size), *how)
        elif only is not None and size in only:
            raise SystemExit(f"{size} needs --tokenizer")


def _run(name: str, command: tuple[str, ...]) -> int:
    """Run one benchmark; its exit code."""
    module, *arguments = command
    print(f"\n== {name}: python -m benchmarks.{' '.join(command)}   (load {os.getloadavg()[0]:.1f})", flush=True)
    began = time.monotonic()
    code = subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *arguments], check=False).returncode
    print(f"== {time.monotonic() - began:.0f} s", flush=True)
    return code


if __name__ == "__main__":
    main()
