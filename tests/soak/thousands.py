"""A night of thousands of short recordings with faults among them, ended again and again, through the real demo model.

    python -m tests.soak.thousands --recordings 3600 --ends 12 [--seed 1] [--keep DIR]

Recordings are cut from the samples, no two alike (``sounds``), hundreds of them faulty (``faults``). The real command
(``spiked``) scores them, and is ended by SIGKILL, SIGTERM, Ctrl-C, the end of all its processes at once, a lost worker,
or a full disk, as many times as asked for, spread over the night; meanwhile recordings are archived and replaced. The
same command goes on each time. Then every recording must have exactly one row, of the right status, with words that
say what to do; the words must be those of that recording; nothing that was heard and kept may have been heard again; and
the tables must be those of a run that nobody disturbed (``--anew``: which recognises everything once more). Last, what
all this took is printed.

As root the run goes without the right to read what it may not, and writes to a small file system that can be full.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.soak.afterwards import check, tell
from tests.soak.faults import FAULTS, Bench, Expected
from tests.soak.night import examine
from tests.soak.running import ENDS, Night, rights, small_disk
from tests.soak.sounds import Studio, write

GROUPS = 20
_STRANGERS = 0.05


def main() -> None:
    """Make a night, live through it, look at what is left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=int, default=3600)
    parser.add_argument("--ends", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--floor-s", type=float, default=60.0, help="how long a hang may last")
    parser.add_argument("--anew", action="store_true", help="the undisturbed run recognises everything by itself")
    parser.add_argument("--keep", type=Path, help="a new folder that stays (default: one that goes)")
    asked = parser.parse_args()
    with _room(asked.keep) as folder, small_disk(folder) as disk:
        began = time.monotonic()
        expected = make(folder, asked.recordings, asked.seed)
        print(f"{len(expected)} recordings made in {time.monotonic() - began:.0f} s", flush=True)
        model = ("--model", "demo", "--beam-size", "1", "--jobs", "2", "--worker-memory", "0.8", "--patience", "1")
        night = Night(folder, disk, expected, model, asked.floor_s, rights())
        began, cpu = time.monotonic(), _processor_s()
        live_through(night, asked.ends, random.Random(asked.seed), full_disk=disk != folder)
        wall_s, cpu_s = time.monotonic() - began, _processor_s() - cpu
        check(night, anew=asked.anew)
        tell(night, wall_s, cpu_s)


def make(folder: Path, recordings: int, seed: int) -> list[Expected]:
    """Put a night's recordings into ``folder/in``, and what the hotline knows of most of them into ``calls.csv``."""
    chance, studio = np.random.default_rng(seed), Studio()
    bench = Bench(studio, chance)
    counts = {put: max(1, round(recordings * share / 1000)) for put, share in FAULTS.items()}
    faults = [put for put, count in counts.items() for _ in range(count)]
    puts: list[Callable[[Path], Expected]] = [bench.call] * (recordings - len(faults))
    puts += [lambda stem, put=put: put(bench, stem) for put in faults]  # type: ignore[misc]
    order = [0, *(1 + chance.permutation(len(puts) - 1))]  # the first is a good one, which others can be twins of
    expected = []
    for number, index in enumerate(order):
        group = folder / "in" / f"queue-{number % GROUPS:02d}"
        group.mkdir(parents=True, exist_ok=True)
        expected.append(puts[index](group / f"n{number:05d}"))
    _write_manifest(folder, expected, chance)
    return expected


def _write_manifest(folder: Path, expected: Sequence[Expected], chance: np.random.Generator) -> None:
    with (folder / "calls.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "recording_id", "agent_id", "queue", "started_at", "campaign"])
        for number, one in enumerate(expected):
            name = str(one.path.relative_to(folder))
            needed = one.kind in ("missing", "removed", "changed")
            strange = name != name.strip() or name.encode("utf-8", "replace") != os.fsencode(name)
            if strange or (not needed and chance.random() < _STRANGERS):
                continue
            moment = f"2026-11-20T{8 + number % 12:02d}:{number % 60:02d}:00+08:00"
            table.writerow(
                [name, f"n{number:05d}", f"{2000 + number % 80}", one.path.parent.name, moment, "冬季\u2028供暖"]
            )


def live_through(night: Night, ends: int, chance: random.Random, *, full_disk: bool) -> None:
    """Run the night through ``ends`` ends, each when another share of it is heard, and then to its own end."""
    ways = [way for way in ENDS if full_disk or way != "full disk"]
    sound = len({one.path for one in night.expected if one.kind in ("call", "wrong extension", "odd name", "cut off")})
    run, done = None, set[str]()
    for number in range(ends):
        run = run or night.start()
        _wait_for(night, run, sound * (number + 1) / (ends + 1))
        if number == ends // 2:
            _meddle(night)
        way = ways[number % len(ways)] if run.poll() is None else "ended by itself before"
        night.ends[way] += 1
        if run.poll() is None and not ENDS[way](night, run, chance):
            continue  # it goes on
        run = None
        done = examine(night.out, done)
        print(f"{time.strftime('%H:%M:%S')} {way}: {len(done)} rows", flush=True)
    for _ in range(4):
        run = run or night.start()
        code = run.wait(5400)
        assert code in (0, 1), (code, night.said())
        done = examine(night.out, done)
        if len(done) == len(night.expected):
            return
        run = None
    raise AssertionError(f"{len(done)} rows of {len(night.expected)}")


def _wait_for(night: Night, run: subprocess.Popen[bytes], enough: float) -> None:
    """Until ``enough`` different recordings were decoded in all, and one by this run; or the run has ended."""
    this = len(night.runs) - 1
    while run.poll() is None:
        decodings = night.decodings()
        if len({digest for _, digest in decodings}) >= enough and any(number == this for number, _ in decodings):
            return
        time.sleep(0.3)


def _meddle(night: Night) -> None:
    """Somebody archives some recordings, and replaces others by what the switch had kept."""
    chance, studio = np.random.default_rng(99), Studio()
    for one in night.expected:
        if one.kind == "removed":
            one.path.unlink()
        if one.kind == "changed":
            longer = [studio.call(chance).sound[:1] for _ in range(2)]
            write(one.path, np.concatenate(longer, axis=1), 8_000, "s16.wav")


@contextmanager
def _room(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="thousands-") as folder:
        yield Path(folder)


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
