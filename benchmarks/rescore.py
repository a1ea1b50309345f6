"""What judging a scored folder again costs, against scoring the same stored calls first.

    python -m benchmarks.rescore              10,000 calls of 12 turns; --calls 1000 on a busy machine

Whole processes, one after the other: ``qa-pipeline score`` over stored transcripts, then ``qa-pipeline rescore`` of its
folder by the same rule set (the files must be equal) and by a smaller one. Wall time and processor time are printed.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.scaling import _store as store_calls

ROOT = Path(__file__).resolve().parents[1]
TABLES = ("calls", "outcomes", "findings", "utterances")


def timed(*arguments: object) -> tuple[float, float]:
    """Run ``qa-pipeline`` with these arguments; its wall and processor seconds, all its processes together."""
    began, before = time.monotonic(), _processor_s()
    subprocess.run([sys.executable, "-m", "qa_pipeline", *map(str, arguments), "-q"], cwd=ROOT, check=True)
    return time.monotonic() - began, _processor_s() - before


def main() -> None:
    """Score, rescore, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rescore-") as scratch:
        folder = Path(scratch)
        store_calls(folder / "in", asked.calls)
        jobs = ("-j", asked.jobs)
        show("score", timed("score", folder / "in", "--out", folder / "one", *jobs), asked.calls)
        show("rescore, the same set", timed("rescore", folder / "one", "--out", folder / "two", *jobs), asked.calls)
        for table in TABLES:
            for path in (folder / "one" / table).iterdir():
                assert path.read_bytes() == (folder / "two" / table / path.name).read_bytes(), path
        small = ("--ruleset", "red-lines", "--out", folder / "three", *jobs)
        show("rescore, red-lines", timed("rescore", folder / "one", *small), asked.calls)


def show(what: str, seconds: tuple[float, float], calls: int) -> None:
    """One line."""
    wall_s, processor_s = seconds
    per_call = processor_s / calls * 1000
    print(f"{what:<24} {wall_s:7.1f} s wall  {processor_s:7.1f} s processor  {per_call:6.2f} ms a call", flush=True)


def _processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
