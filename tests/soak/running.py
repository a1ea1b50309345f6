"""A night's runs of the same command, and the ways in which each may end."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from qa_pipeline.transcribe.store import TranscriptStore
from tests.soak.faults import Expected
from tests.soak.night import ROOT, hear_interrupts

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


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own below ``folder``, where this user may make one; else ``folder`` itself."""
    disk = folder / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "night", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        yield folder
        return
    try:
        yield disk
    finally:  # what is to be looked at, above all where something was wrong
        shutil.copytree(disk / "out", folder / "out", ignore=shutil.ignore_patterns(".lock"))
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def rights() -> Sequence[str]:
    """What a run is started through: root may read everything, and has to forget that for a while."""
    able = os.geteuid() == 0 and subprocess.run([*_WITHOUT_RIGHTS, "true"], check=False).returncode == 0
    return _WITHOUT_RIGHTS if able else ()
