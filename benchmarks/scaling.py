"""How a run grows: with the number of calls, with their length, with workers; and how long ``--help`` takes.

    python -m benchmarks.scaling [calls length workers help] [--short]

Whole processes of ``qa-pipeline score`` from start to end. ``calls``: 10 to 10,000 stored calls of 12 turns, no sound;
``length``: one recording of 1 to 60 minutes, put together from the samples, through the demo model; ``workers``: the
same recordings with 1, 2, 4 ... processes, as many as there are cores. Memory is the peak of the whole process tree,
shared pages counted once. Machines are noisy, so each table gives ratios to a line of its own, and processor time,
which other work disturbs least, stands beside the wall time. ``--short`` ends each table early.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from benchmarks.rules import _lines
from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.engines.machine import usable_cores
from qa_pipeline.records import Role

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples" / "calls"
CALLS, LENGTHS_MIN = (10, 100, 1000, 10_000), (1, 5, 20, 60)
TURNS = 12


@dataclass(frozen=True)
class Cost:
    """What one process with its children took: seconds of wall and of processor time, and megabytes at the peak."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def main() -> None:
    """Run what the command line asks for, all of it unless told otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=[*TABLES, []], help="which tables (default: all)")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    print(f"{usable_cores()} cores, load {os.getloadavg()[0]:.1f}")
    for name in options.what or TABLES:
        with tempfile.TemporaryDirectory() as folder:
            print(f"\n{name}", flush=True)
            TABLES[name](Path(folder), options.short)


def calls(room: Path, short: bool) -> None:
    """Stored calls: time should grow with their number, memory should not."""
    sizes = CALLS[:-1] if short else CALLS
    _store(room / "stored", max(sizes))
    names = sorted((room / "stored").iterdir())
    costs = {}
    print(
        f"{'calls':>8}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'CPU ms a call':>15}{'after starting':>16}{'memory':>9}"
    )
    for size in sizes:
        given = room / f"{size}"
        given.mkdir()
        for path in names[:size]:
            (given / path.name).hardlink_to(path)
        cost = costs[size] = _score(room, str(given), "--jobs", "2")
        first = costs[sizes[0]]
        marginal = 1000 * (cost.cpu_s - first.cpu_s) / (size - sizes[0]) if size > sizes[0] else float("nan")
        print(
            f"{size:8}{cost.wall_s:9.1f}{cost.cpu_s:9.1f}{cost.peak_mb:9.0f}{1000 * cost.cpu_s / size:15.1f}"
            f"{marginal:16.1f}{cost.peak_mb / first.peak_mb:9.2f}",
            flush=True,
        )


def length(room: Path, short: bool) -> None:
    """One call, longer and longer: time should grow with its length, memory with its decoded sound and no faster."""
    base: Cost | None = None
    print(f"{'minutes':>8}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'CPU s a minute':>16}{'memory':>9}")
    for minutes in LENGTHS_MIN[:-1] if short else LENGTHS_MIN:
        path = room / f"{minutes}.wav"
        _record(path, 60 * minutes, first=0)
        cost = _score(room, str(path), "--jobs", "1", "--model", "demo")
        base = base or cost
        print(
            f"{minutes:8}{cost.wall_s:9.1f}{cost.cpu_s:9.1f}{cost.peak_mb:9.0f}{cost.cpu_s / minutes:16.2f}"
            f"{cost.peak_mb / base.peak_mb:9.2f}",
            flush=True,
        )


def workers(room: Path, short: bool) -> None:
    """The same recordings with more processes."""
    for number in range(8 if short else 16):
        _record(room / "in" / f"{number}.wav", 90, first=number)
    jobs, base = 1, None
    print(f"{'workers':>8}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'times as fast':>15}")
    while jobs <= usable_cores():
        cost = _score(room, "in", "--jobs", str(jobs), "--model", "demo")
        base = base or cost
        speed = base.wall_s / cost.wall_s
        print(f"{jobs:8}{cost.wall_s:9.1f}{cost.cpu_s:9.1f}{cost.peak_mb:9.0f}{speed:15.2f}", flush=True)
        jobs *= 2


def start(room: Path, short: bool) -> None:
    """``--help``, beside a Python that does nothing."""
    rounds = 5 if short else 15
    bare = [_run([sys.executable, "-c", "pass"], room).wall_s for _ in range(rounds)]
    for arguments in (["--help"], ["score", "--help"]):
        ours = [_run([sys.executable, "-m", "qa_pipeline", *arguments], room).wall_s for _ in range(rounds)]
        print(
            f"{' '.join(arguments):15} {statistics.median(ours):.3f} s (best {min(ours):.3f}), "
            f"Python alone {statistics.median(bare):.3f} s"
        )


TABLES: dict[str, Callable[[Path, bool], None]] = {"calls": calls, "length": length, "workers": workers, "help": start}


def _score(room: Path, source: str, *options: str) -> Cost:
    out = tempfile.mkdtemp(dir=room)
    command = [sys.executable, "-m", "qa_pipeline", "score", source, "--out", f"{out}/out", "--quiet", *options]
    return _run(command, room)


def _run(command: Sequence[str], room: Path) -> Cost:
    """Run ``command`` to its end, and look at its memory ten times a second meanwhile."""
    began, used, peak = time.monotonic(), _processor_s(), 0
    with subprocess.Popen(
        command, cwd=room, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    ) as child:
        while child.poll() is None:
            peak = max(peak, _tree_bytes(child.pid))
            _wait_a_little(child)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {child.returncode}")
    return Cost(time.monotonic() - began, _processor_s() - used, peak / 1e6)


def _wait_a_little(child: subprocess.Popen) -> None:
    """Wait a tenth of a second, or less if it ends."""
    try:
        child.wait(0.1)
    except subprocess.TimeoutExpired:
        return


def _tree_bytes(pid: int) -> int:
    total = 0
    try:
        top = psutil.Process(pid)
        for process in (top, *top.children(recursive=True)):
            total += process.memory_full_info().pss
    except psutil.Error:
        return total
    return total


def _processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _store(folder: Path, number: int) -> None:
    """Stored calls of ``TURNS`` turns, drawn from the samples' scripts."""
    folder.mkdir()
    rng = random.Random(7)
    said = {role: _lines(role) for role in (Role.AGENT, Role.CUSTOMER)}
    for index in range(number):
        now, utterances = 0.5, []
        for turn in range(TURNS):
            role = (Role.AGENT, Role.CUSTOMER)[turn % 2]
            text = rng.choice(said[role])
            end = now + len(text) / 4.5
            utterances.append(
                {"role": role.value, "channel": turn % 2, "start": round(now, 2), "end": round(end, 2), "text": text}
            )
            now = end + 0.6
        call = {"id": f"b{index:05d}", "duration": round(now, 2), "channels": 2, "utterances": utterances}
        (folder / f"b{index:05d}.json").write_text(json.dumps(call, ensure_ascii=False), encoding="utf-8")


def _record(path: Path, seconds: float, *, first: int) -> None:
    """A stereo WAV of ``seconds``: sample calls one after another, beginning with number ``first``."""
    import wave

    path.parent.mkdir(exist_ok=True)
    files, pieces, have = sorted(SAMPLES.iterdir()), [], 0.0
    while have < seconds:
        sound = decode(str(files[first % len(files)]))
        first += 1
        if len(sound.channels) == 2:
            pieces.append(np.stack(sound.channels, axis=1))
            have += sound.duration
    samples = np.concatenate(pieces)[: int(seconds * SAMPLE_RATE)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((samples * 32767).clip(-32768, 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
