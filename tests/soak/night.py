"""A night that is killed again and again, and must come out whole all the same.

Recordings are small files that tell a fake recogniser what to do: most are heard in 50 ms, some are broken, one kills the
process that hears it, one never comes to an end; beside them lie stored transcripts. A run of the real ``score`` in a
process of its own is ended at a random moment, by SIGKILL, SIGTERM or Ctrl-C, or one of its workers is killed, and the
same command is given again. After every end the output folder is examined, and after the last run every recording has
exactly one row, byte for byte those of a run that nobody disturbed.

    python -m tests.soak.night --kills 40 --calls 300        # the long form; the short one is in tests/engines/test_kill.py
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psutil

from tests.engines.fakes import Counting, put

ROOT = Path(__file__).parents[2]
TABLES = ("calls", "outcomes", "findings", "utterances")
FAULTS = {"broken": "raise", "bug": "bug", "killer": "kill", "endless": "sleep", "leaver": "exit"}
SAID = {"role": "agent", "start": 0.5, "end": 2.0, "text": "您好，很高兴为您服务"}


@dataclass
class Told:
    """What a night came to. ``heard``: how often the recogniser heard recordings, in all."""

    ends: Counter[str] = field(default_factory=Counter)
    recordings: int = 0
    faulty: int = 0
    heard: int = 0
    runs: int = 0
    seconds: float = 0.0


def make(folder: Path, calls: int, faults: Mapping[str, str]) -> int:
    """A night's recordings: ``calls`` that are heard, as many stored transcripts, and the faults; how many in all."""
    put(folder, **{f"n{n:05d}": "nap" for n in range(calls)}, **faults)
    for n in range(calls):
        said = [{**SAID, "text": f"您好，{n}号为您服务"}]
        (folder / f"s{n:05d}.json").write_text(json.dumps({"id": f"s{n:05d}", "duration": 4, "utterances": said}))
    return 2 * calls + len(faults)


def kill_night(
    folder: Path, *, calls: int, kills: int, seed: int, patience_s: float = 15.0, faults: Mapping[str, str] = FAULTS
) -> Told:
    """Run a night in ``folder`` through ``kills`` ends. Raises AssertionError where anything is lost, double or torn."""
    chance, told, began = random.Random(seed), Told(), time.monotonic()
    told.recordings, told.faulty = make(folder / "in", calls, faults), len(faults)
    out, done = folder / "out", set[str]()
    while told.ends.total() < kills:
        run = start(folder, out, patience_s)
        told.runs += 1
        how = chance.choice(("SIGKILL", "SIGKILL", "SIGTERM", "SIGINT", "worker"))
        if how == "worker":
            survive_lost_worker(run, chance)
        first = out / "run.json" if chance.random() < 0.3 else folder / "heard"
        ended = wait_for(run, chance.uniform(0.1, 3.0), first)
        if not ended:
            run.send_signal(signal.SIGKILL if how == "worker" else getattr(signal, how))
        run.wait(300)
        told.ends[how if not ended else "finished before"] += 1
        done = examine(out, done)
        if ended and len(done) == told.recordings:  # begin another night
            shutil.rmtree(out)
            done = set()
    while len(done) < told.recordings:
        told.runs += 1
        assert start(folder, out, patience_s).wait(600) in (0, 1)
        done = examine(out, done)
    check_whole(folder, out, told, patience_s)
    told.heard, told.seconds = len((folder / "heard").read_text().split()), time.monotonic() - began
    return told


def start(folder: Path, out: Path, patience_s: float) -> subprocess.Popen[bytes]:
    """The run, in a process of its own."""
    command = [sys.executable, "-m", "tests.soak.night", "--run", str(folder), "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NIGHT_PATIENCE_S": str(patience_s)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=hear_interrupts, **quiet)  # noqa: PLW1509 - no threads


def hear_interrupts() -> None:
    """A shell starts its background jobs deaf to Ctrl-C, and so would be what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(run: subprocess.Popen[bytes], seconds: float, first: Path) -> bool:
    """Let the run work for some seconds from when it writes into ``first``; whether it ended by itself."""
    began, until = time.time(), time.monotonic() + 120
    while run.poll() is None and time.monotonic() < until and not _written_since(first, began):
        time.sleep(0.02)
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _written_since(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime >= moment
    except FileNotFoundError:
        return False


def survive_lost_worker(run: subprocess.Popen[bytes], chance: random.Random) -> None:
    """Kill one of the run's workers as soon as there is one."""
    for _ in range(200):
        try:
            workers = [p for p in psutil.Process(run.pid).children() if "spawn_main" in " ".join(p.cmdline())]
        except psutil.Error:
            return
        if workers:
            time.sleep(chance.uniform(0, 3))
            with_luck = chance.choice(workers)
            if with_luck.is_running():
                with_luck.kill()
            return
        time.sleep(0.05)


def examine(out: Path, before: set[str]) -> set[str]:
    """Everything is readable, no recording has two rows, none that had one has none, nothing half-written shows."""
    if not (out / "run.json").exists():
        return before
    json.loads((out / "run.json").read_bytes())
    if not any((out / "calls").glob("*.parquet")):
        assert not before
        return before
    found = {table: duckdb.sql(f"select * from '{out}/{table}/*.parquet'").to_arrow_table() for table in TABLES}
    ids = Counter(found["calls"]["recording_id"].to_pylist())
    assert max(ids.values(), default=1) == 1, f"two rows: {ids.most_common(3)}"
    said = Counter(zip(*(found["utterances"].columns[n].to_pylist() for n in (0, 1)), strict=True))
    assert max(said.values(), default=1) == 1, f"said twice: {said.most_common(3)}"
    scored = {
        row[0]
        for row in duckdb.sql(f"select recording_id from '{out}/calls/*.parquet' where status='scored'").fetchall()
    }
    assert scored <= set(found["outcomes"]["recording_id"].to_pylist()), "a scored call without outcomes"
    journaled = set(_journaled(out))
    assert journaled <= set(ids), "the journal names what has no row"
    assert before <= set(ids), f"lost: {sorted(before - set(ids))[:5]}"
    return journaled


def _journaled(out: Path) -> Iterator[str]:
    for path in (out / "journal").glob("part-*.jsonl"):
        for line in path.read_text().splitlines()[1:]:
            yield json.loads(line)["recording"]["recording_id"]


def check_whole(folder: Path, out: Path, told: Told, patience_s: float) -> None:
    """One row each, and the same files as a run that nobody disturbed."""
    count = f"select count(*), count(distinct recording_id), sum((status = 'failed')::int) from '{out}/calls/*.parquet'"
    found = duckdb.sql(count).fetchall()
    assert found == [(told.recordings, told.recordings, told.faulty)], found
    whole = folder / "whole"
    assert start(folder, whole, patience_s).wait(600) == 1
    for table in TABLES:
        ours, theirs = ({p.name: p.read_bytes() for p in (at / table).iterdir()} for at in (out, whole))
        assert ours.keys() == theirs.keys(), table
        differing = [name for name in ours if ours[name] != theirs[name]]
        assert not differing or table == "calls", (table, differing)  # how long a hang lasted is said in words
    shape = "select recording_id, status, error_stage, score, n_findings from '{}/calls/*.parquet' order by all"
    assert duckdb.sql(shape.format(out)).fetchall() == duckdb.sql(shape.format(whole)).fetchall()


def run(folder: Path, out: Path) -> int:
    """The real ``score``, with a hang given up after seconds instead of minutes."""
    from qa_pipeline.engines import plan, supervise
    from qa_pipeline.engines.local import score
    from qa_pipeline.engines.run import RunInterrupted

    patience_s = float(os.environ["NIGHT_PATIENCE_S"])
    plan.Limits = lambda **given: supervise.Limits(floor_s=patience_s, **{**given, "patience": 0.001})  # type: ignore
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        summary = score(folder / "in", out=out, jobs=2, ruleset="red-lines", recogniser=MixedCounting(folder / "heard"))
    except RunInterrupted:
        return 130
    return 1 if summary.failed else 0


@dataclass(frozen=True)
class MixedCounting:
    """Sound goes to the fake, stored transcripts are replayed, as on the command line."""

    path: Path

    def __call__(self) -> object:
        from qa_pipeline.transcribe.dispatch import MixedTranscriber

        return MixedTranscriber(Counting(self.path)())


def main() -> None:
    """The long form, and the run itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.run is not None:
        raise SystemExit(run(asked.run, asked.out))
    with tempfile.TemporaryDirectory(prefix="night-") as folder:
        told = kill_night(Path(folder), calls=asked.calls, kills=asked.kills, seed=asked.seed)
    again = told.heard - asked.calls
    print(f"{told.recordings} recordings, {told.runs} runs, ended by {dict(told.ends)}: one row each.")
    print(f"Heard again because a run ended in the middle of them: {again}. {told.seconds:.0f} s.")


if __name__ == "__main__":
    main()
