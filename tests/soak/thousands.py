"""A night of thousands of short recordings with faults among them, ended again and again, through the real demo model.

    python -m tests.soak.thousands --recordings 3600 --ends 12 [--seed 1] [--keep DIR]

Recordings are cut from the samples, no two alike (``sounds``), hundreds of them faulty (``faults``). The real command
(``spiked``) scores them, and is ended by SIGKILL, SIGTERM, Ctrl-C, the end of all its processes at once, a lost worker,
or a full disk, as many times as asked for, spread over the night; meanwhile recordings are archived and replaced. The
same command goes on each time. Then every recording must have exactly one row, of the right status, with words that
say what to do; the words must be those of that recording; nothing that was heard and kept may have been heard again; and
the tables must be those of a run that nobody disturbed. Last, what all this took is printed.

As root the run goes without the right to read what it may not, and writes to a small file system of its own that can be full.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
import psutil

from qa_pipeline.outputs.journal import read_journal
from qa_pipeline.sources.identity import printable
from qa_pipeline.text.cer import ErrorCount, count_errors
from qa_pipeline.transcribe.store import TranscriptStore
from tests.soak.faults import FAILED, FAULTS, Bench, Expected
from tests.soak.night import ROOT, TABLES, examine, hear_interrupts
from tests.soak.sounds import Studio, write

GROUPS = 20
_STRANGERS = 0.05
_DISK_BYTES = 1 << 30
_CHUNK = 1 << 20
_WITHOUT_RIGHTS = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
)


@dataclass
class Night:
    """One night: its recordings, and what was done to the runs so far."""

    folder: Path
    disk: Path
    expected: list[Expected]
    model: Sequence[str]
    floor_s: float
    rights: Sequence[str] = ()
    ends: Counter[str] = field(default_factory=Counter)
    runs: list[set[str]] = field(default_factory=list)

    @property
    def out(self) -> Path:
        """Where the scorecards go."""
        return self.disk / "out"

    @property
    def heard(self) -> Path:
        """Where each decoding is written down."""
        return self.folder / "heard"

    def start(self, *more: str, out: Path | None = None) -> subprocess.Popen[bytes]:
        """The same command as ever, in a session of its own."""
        number = len(self.runs)
        self.runs.append(set(TranscriptStore(self.out / "transcripts").keys()))
        command = [*self.rights, sys.executable, "-m", "tests.soak.spiked", "score", "in", "--manifest", "calls.csv"]
        command += ["--out", str(out or self.out), "--log-json", *self.model, *more]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "SPIKED_HEARD": str(self.heard)}
        environment |= {"SPIKED_RUN": str(number), "SPIKED_FLOOR_S": str(self.floor_s)}
        with (self.folder / f"run-{number:02d}.jsonl").open("wb") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=subprocess.DEVNULL, stderr=log,
                start_new_session=True, preexec_fn=hear_interrupts,  # noqa: PLW1509 - no threads here
            )  # fmt: skip

    def said(self) -> str:
        """The last words of the last run."""
        return (self.folder / f"run-{len(self.runs) - 1:02d}.jsonl").read_text(encoding="utf-8")[-2000:]

    def decodings(self) -> list[tuple[int, str]]:
        """(run, digest of the bytes) of everything that was decoded so far."""
        text = self.heard.read_text(encoding="ascii") if self.heard.exists() else ""
        lines = (line.split() for line in text[: text.rfind("\n") + 1].split("\n") if line)
        return [(int(run), digest) for run, digest in lines]


def main() -> None:
    """Make a night, live through it, look at what is left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=int, default=3600)
    parser.add_argument("--ends", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--floor-s", type=float, default=60.0, help="how long a hang may last")
    parser.add_argument("--keep", type=Path, help="a new folder that stays (default: one that goes)")
    asked = parser.parse_args()
    with _room(asked.keep) as folder, _small_disk(folder) as disk:
        began = time.monotonic()
        expected = make(folder, asked.recordings, asked.seed)
        print(f"{len(expected)} recordings made in {time.monotonic() - began:.0f} s", flush=True)
        model = ("--model", "demo", "--beam-size", "1", "--jobs", "2", "--worker-memory", "0.8", "--patience", "1")
        night = Night(folder, disk, expected, model, asked.floor_s, _WITHOUT_RIGHTS if _can_drop_rights() else ())
        began, cpu = time.monotonic(), _processor_s()
        live_through(night, asked.ends, random.Random(asked.seed), full_disk=disk != folder)
        wall_s, cpu_s = time.monotonic() - began, _processor_s() - cpu
        check(night)
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


def _by_signal(number: int) -> Callable[[Night, subprocess.Popen[bytes], random.Random], bool]:
    def end(night: Night, run: subprocess.Popen[bytes], chance: random.Random) -> bool:
        time.sleep(chance.uniform(0, 1))
        run.send_signal(number)
        code = run.wait(600)
        assert code == -number if number == signal.SIGKILL else code in (130, 0, 1), (code, night.said())
        return True

    return end


def _machine(night: Night, run: subprocess.Popen[bytes], chance: random.Random) -> bool:
    """Every process of it at once, as when the power goes."""
    os.killpg(run.pid, signal.SIGKILL)
    return run.wait(600) != 0


def _worker(night: Night, run: subprocess.Popen[bytes], chance: random.Random) -> bool:
    """One worker; the run itself goes on."""
    workers = [p for p in psutil.Process(run.pid).children() if "spawn_main" in " ".join(p.cmdline())]
    if workers:
        chance.choice(workers).kill()
    return False


def _full_disk(night: Night, run: subprocess.Popen[bytes], chance: random.Random) -> bool:
    """No byte more can be written, until the run has ended and somebody makes room."""
    ballast = night.disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (_CHUNK, 4096, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
    code = run.wait(900)
    ballast.unlink()
    assert code == 2, (code, night.said())
    assert "No space left" in night.said(), night.said()
    return True


ENDS: dict[str, Callable[[Night, subprocess.Popen[bytes], random.Random], bool]] = {
    "SIGKILL": _by_signal(signal.SIGKILL),
    "worker": _worker,
    "SIGTERM": _by_signal(signal.SIGTERM),
    "full disk": _full_disk,
    "machine": _machine,
    "SIGINT": _by_signal(signal.SIGINT),
}
"""How a run ends. Each tells whether it has."""


def check(night: Night) -> None:
    """Raise AssertionError where a row is missing, double, wrong, or another's."""
    rows = duckdb.sql(
        f"select source_uri, status, error_message, warnings, duration_s, recording_id from '{night.out}/calls/*.parquet'"
    )
    found = {row[0]: row[1:] for row in rows.fetchall()}
    assert len(rows) == len(found) == len(night.expected), (len(rows), len(found), len(night.expected))
    wrong = [fault for one in night.expected for fault in _faults_of(one, *found[printable(str(one.path))][:4])]
    assert not wrong, f"{len(wrong)} wrong rows: {wrong[:5]}"
    left = list(night.out.rglob("*.tmp"))
    assert not left, left
    _check_heard_once(night)
    _check_undisturbed(night)


def _faults_of(
    one: Expected, status: str, message: str | None, warnings: str | None, duration: float | None
) -> Iterator[str]:
    if status != one.status and not one.either:
        yield f"{one.path} ({one.kind}) is {status}: {message}"
    if status == FAILED and not (one.says and re.search(one.says, message or "")):
        yield f"{one.path} ({one.kind}) says {message!r}"
    if one.kind == "cut off" and not re.search(one.says, warnings or ""):
        yield f"{one.path} ({one.kind}) warns {warnings!r}"
    if one.kind == "changed" and (duration or 0) < 10:
        yield f"{one.path} is still the shorter one: {duration} s"


def _check_heard_once(night: Night) -> None:
    """What lay in the store when a run began was not decoded by it."""
    keys = _keys_of(night)
    for run, digest in night.decodings():
        assert keys.get(digest) not in night.runs[run], f"run {run} heard {keys[digest]} again"


def _keys_of(night: Night) -> dict[str, str]:
    """The key in the store of each recording that is still there, by the digest of its bytes."""
    entries = [e for e in read_journal(night.out).entries if e.key and Path(e.recording.path).is_file()]
    return {_digest(Path(entry.recording.path)): entry.key for entry in entries if entry.key}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _check_undisturbed(night: Night) -> None:
    """Another run over the same transcripts, of which nothing is ended, hears nothing but failures and says the same."""
    known, before = _keys_of(night), len(night.decodings())
    whole = night.folder / "whole"
    code = night.start("--store", str(night.out / "transcripts"), out=whole).wait(3600)
    assert code == 1, (code, night.said())
    again = {digest for _, digest in night.decodings()[before:]} & known.keys()
    assert not again, f"heard again: {again}"
    gone = ", ".join(
        "'" + printable(str(one.path)).replace("'", "''") + "'" for one in night.expected if one.kind == "removed"
    )
    for table in TABLES:
        ours, theirs = (_rows(at, table, gone) for at in (night.out, whole))
        for one, other in ((ours, theirs), (theirs, ours)):
            differing = duckdb.sql(f"{one} except all {other}").to_arrow_table()
            assert not len(differing), (table, differing.slice(0, 2).to_pylist())


def _rows(out: Path, table: str, gone: str) -> str:
    """All rows but of recordings that went in between; how long a hang lasted is said in words, and differs."""
    calls = f"from '{out}/calls/*.parquet' where source_uri not in ({gone})"
    if table == "calls":
        return f"select * exclude (error_message) {calls}"
    return f"select * from '{out}/{table}/*.parquet' where recording_id in (select recording_id {calls})"


def tell(night: Night, wall_s: float, cpu_s: float) -> None:
    """Print what was there, what was done to it, and what it took."""
    kinds = Counter(one.kind for one in night.expected)
    print(f"\n{len(night.expected)} recordings, one row each, {len(night.expected) - kinds['call']} of them odd:")
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    query = "select count(*) filter (status='scored'), count(*) filter (status='failed'), sum(duration_s)/3600"
    scored, failed, hours = duckdb.sql(f"{query} from '{night.out}/calls/*.parquet'").fetchall()[0]
    print(f"{scored} scored, {failed} failed, {hours:.2f} hours of sound")
    print(f"{len(night.runs) - 1} runs of the same command; ends: {dict(night.ends)}")
    keys = _keys_of(night)
    counted = Counter(digest for run, digest in night.decodings() if run < len(night.runs) - 1 and digest in keys)
    print(
        f"{len(counted)} sounds recognised; again, in hand when a run or worker ended: {counted.total() - len(counted)}"
    )
    _tell_words(night)
    summary = json.loads((night.out / "run.json").read_bytes())["summary"]
    print(f"{wall_s:.0f} s of wall time, at least {cpu_s:.0f} s of processor time (what killed workers took is not counted), "
          f"peak memory of the last run {summary['peak_memory_bytes'] / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}")  # fmt: skip


def _tell_words(night: Night) -> None:
    """How far each recording's words are from what is said in it: words of another call would be all wrong."""
    query = f"""select source_uri, string_agg(text, '' order by start_s) from '{night.out}/utterances/*.parquet'
                join '{night.out}/calls/*.parquet' using (recording_id) group by all"""
    said = dict(duckdb.sql(query).fetchall())
    errors = {
        one: count_errors(one.text, said.get(printable(str(one.path)), ""))
        for one in night.expected
        if one.text is not None and one.kind in ("call", "twin", "wrong extension", "odd name", "name in GBK", "silent")
    }
    total = sum(errors.values(), ErrorCount())
    rates = [count.rate for count in errors.values()]
    others = [one for one, count in errors.items() if count.rate > 0.8]
    print(
        f"CER {total.rate:.1%} over {total.characters} characters, median call {median(rates):.1%}, above 80 %: {len(others)}"
    )
    assert len(others) <= 0.02 * len(errors), [
        (one.path.name, said.get(printable(str(one.path)))) for one in others[:5]
    ]


@contextmanager
def _room(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="thousands-") as folder:
        yield Path(folder)


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own below ``folder``, where this user may make one; else ``folder`` itself."""
    disk = folder / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "night", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        yield folder
        return
    try:
        yield disk
        shutil.copytree(disk / "out", folder / "out", ignore=shutil.ignore_patterns(".lock"))
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _can_drop_rights() -> bool:
    """Root may read everything, so it has to forget that for a while."""
    return os.geteuid() == 0 and subprocess.run([*_WITHOUT_RIGHTS, "true"], check=False).returncode == 0


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
