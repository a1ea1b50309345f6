"""What judging a scored folder again costs, against scoring the same stored calls first.

    python -m benchmarks.rescore      10,000 calls of 12 turns, 1,000 of them scored and then multiplied

Whole processes, one after the other: ``qa-pipeline score`` over stored transcripts, then ``qa-pipeline rescore`` of ten
times as many scorecards by the same set (the files must be equal), and by changed ones. With ``--full`` every rule is
judged again; that is measured on the scored calls themselves, and the files must be equal. Wall time and processor time
are printed; on a busy machine the second is the one to trust.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.multiplied import multiplied
from benchmarks.scaling import _store as store_calls

ROOT = Path(__file__).resolve().parents[1]
TABLES = ("calls", "outcomes", "findings", "utterances")
HEAD = 'ruleset: changed\ntitle: 改动\nversion: "1"\ninclude: [hotline]\n'
CHANGES = {
    "points": "override: {polite-closing: {why: 试, set: {score: {deduct: 7}}}}\n",
    "a phrase more": "lexicons: {banned-rules: {append: [制度不允许]}}\n",
    "a limit, and a phrase more": (
        "parameters: {dead-air-max-s: 5}\nlexicons: {banned-rules: {append: [制度不允许]}}\n"
    ),
}


def timed(*arguments: object) -> tuple[float, float]:
    """Run ``qa-pipeline`` with these arguments; its wall and processor seconds, all its processes together."""
    began, before = time.monotonic(), _processor_s()
    subprocess.run([sys.executable, "-m", "qa_pipeline", *map(str, arguments), "-q"], cwd=ROOT, check=True)
    return time.monotonic() - began, _processor_s() - before


def main() -> None:
    """Score, rescore, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--scored", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rescore-") as scratch:
        folder = Path(scratch)
        store_calls(folder / "in", asked.scored)
        few, jobs = folder / "few", ("-j", asked.jobs)
        show("score", timed("score", folder / "in", "--out", few, *jobs), asked.scored)
        one = multiplied(few, folder / "one", asked.calls // asked.scored)
        show("the same set", timed("rescore", one, "--out", folder / "two", *jobs), asked.calls)
        same(one, folder / "two")
        for number, (name, text) in enumerate(CHANGES.items()):
            changed = folder / "changed.yaml"
            changed.write_text(HEAD + text, encoding="utf-8")
            again = folder / f"changed-{number}"
            show(name, timed("rescore", one, "--ruleset", changed, "--out", again, *jobs), asked.calls)
        few_again = {}
        for more in ([], ["--full"]):
            out = few_again[len(more)] = folder / f"few-{len(more)}"
            cost = timed("rescore", few, "--ruleset", changed, "--out", out, *more, *jobs)
            show(" ".join(["  the last,", str(asked.scored), *more]), cost, asked.scored)
        same(*few_again.values())


def same(one: Path, other: Path) -> None:
    """Stop where two folders hold other rows."""
    for table in TABLES:
        for path in sorted((one / table).iterdir()):
            if not pq.read_table(path).equals(pq.read_table(other / table / path.name), check_metadata=True):
                raise SystemExit(f"{path} differs")


def show(what: str, seconds: tuple[float, float], calls: int) -> None:
    """One line."""
    wall_s, processor_s = seconds
    per_call = processor_s / calls * 1000
    print(f"{what:<28} {wall_s:7.1f} s wall  {processor_s:7.1f} s processor  {per_call:6.2f} ms a call", flush=True)


def _processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
