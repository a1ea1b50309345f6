"""What everything but the recogniser costs, and how it grows: decoding, speech activity, features, rules, writing.

    python -m benchmarks.overhead stages  [--calls 12] [--minutes 5]
    python -m benchmarks.overhead scaling [--quick]

Stereo calls (8 kHz WAV) are put together from the samples. The recogniser is replaced by one that answers at once, with
lines of the sample scripts, a few characters changed each time so that no cache helps. Everything else is the real
thing, in this one process: ``WhisperTranscriber.transcribe_many``, roles, the ``hotline`` rules, Parquet.

``stages`` prints seconds of audio for each second of processor time, stage by stage; the target is 300 for all.
``scaling`` runs growing numbers and lengths of calls, each in a process of its own, and prints time and peak memory.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import wave
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from qa_pipeline import __version__, pipeline
from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.outputs.parquet import tables_of, write_part
from qa_pipeline.pipeline import StageClock, score_heard
from qa_pipeline.records import Recording, Word
from qa_pipeline.rules import load
from qa_pipeline.transcribe import prepare
from qa_pipeline.transcribe.hearing import Heard
from qa_pipeline.transcribe.models import DEMO, DeviceChoice, ModelChoice
from qa_pipeline.transcribe.whisper import WhisperOptions, WhisperTranscriber
from qa_pipeline.transcribe.windows import Window

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_PART = 64
STEREO = ("s01-residence-permit", "s05-ceiling-leak", "s09-model-call", "s12-overlap", "s16-filler-words", "s18-bus")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("stages", "scaling", "one"))
    parser.add_argument("--calls", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.what == "scaling":
        scaling(quick=options.quick)
        return
    figures = measured(options.calls, options.minutes)
    print(json.dumps(figures)) if options.what == "one" else show(figures)


def measured(calls: int, minutes: float) -> dict[str, Any]:
    """Score ``calls`` calls of ``minutes`` each; seconds by stage, seconds in all, peak memory."""
    pipeline.perf_counter = prepare.perf_counter = time.process_time  # type: ignore[attr-defined] # not others' work
    rules = load("hotline")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call.wav"
        audio_s = write_call(path, minutes * 60)
        warmed = WhisperTranscriber(ModelChoice(DEMO, "", ""), DeviceChoice("cpu", "int8"), WhisperOptions())
        warmed._ear = QuickEar()  # type: ignore[assignment]
        recordings = [Recording(f"c{n}", f"c{n}", str(path)) for n in range(calls)]
        score_heard(recordings[0], warmed.transcribe(recordings[0]), rules)
        stages: Counter[str] = Counter()
        tables, parts = [], itertools.count()
        began, began_cpu = time.perf_counter(), time.process_time()
        for position, heard in warmed.transcribe_many(recordings):
            clock = StageClock()
            result = score_heard(recordings[position], heard, rules, clock)
            stages.update(clock.seconds)
            stages.update(heard.effort.seconds)
            wrote = time.process_time()
            tables.append(tables_of(result, (), __version__)[0])
            if len(tables) == _PART or position == calls - 1:
                write_part(Path(folder), next(parts), tables, ())
                tables.clear()
            stages["write"] += time.process_time() - wrote
        cpu_s, wall_s = time.process_time() - began_cpu, time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "calls": calls, "audio_s": audio_s * calls, "cpu_s": cpu_s, "wall_s": wall_s, "peak_mb": peak_mb,
        "stages": {name: round(s, 3) for name, s in stages.most_common()},
    }  # fmt: skip


def show(figures: dict[str, Any]) -> None:
    """One line a stage."""
    audio_s = figures["audio_s"]
    for name, seconds in figures["stages"].items():
        if name in ("recognition", "mel", "voices"):
            continue
        print(f"{name:12s} {seconds:8.2f} s  {audio_s / seconds if seconds else float('inf'):8.0f}x realtime")
    print(f"{'all':12s} {figures['cpu_s']:8.2f} s  {audio_s / figures['cpu_s']:8.0f}x realtime, one core")
    print(f"{figures['calls']} stereo calls, {audio_s / 60:.0f} minutes, peak {figures['peak_mb']:.0f} MB")


def scaling(*, quick: bool) -> None:
    """Growing numbers of calls, then growing lengths; a process each, so that peaks are their own."""
    numbers = (10, 40) if quick else (10, 100, 1000)
    lengths = (5, 30) if quick else (2, 10, 30, 60, 240)
    for title, runs in (
        ("calls of 1 minute", [(n, 1.0) for n in numbers]),
        ("one call", [(1, float(m)) for m in lengths]),
    ):
        print(f"{title:18s} {'audio min':>9s} {'cpu s':>8s} {'x realtime':>10s} {'peak MB':>8s}")
        for calls, minutes in runs:
            command = [sys.executable, "-m", "benchmarks.overhead", "one", "--calls", str(calls)]
            answer = subprocess.run(
                [*command, "--minutes", str(minutes)], check=True, capture_output=True, text=True
            ).stdout
            f = json.loads(answer)
            print(
                f"{calls:>4d} x {minutes:>6.0f} min  {f['audio_s'] / 60:9.0f} {f['cpu_s']:8.1f} "
                f"{f['audio_s'] / f['cpu_s']:10.0f} {f['peak_mb']:8.0f}",
                flush=True,
            )


class QuickEar:
    """In the place of ``transcribe.hearing.Ear``: answers at once, as fast as people speak."""

    language = "zh"

    def __init__(self) -> None:
        self.lines = {channel: _lines(role) for channel, role in enumerate(("agent", "customer"))}

    def mel(self, sound: np.ndarray) -> np.ndarray:
        """Nothing: the recogniser's own work."""
        return np.zeros((1, 1), np.float32)

    def hear(self, windows: Sequence[Window], _mels: object, _temperature: float = 0.0) -> list[Heard]:
        """Lines of the sample scripts for each piece, timed evenly."""
        return [self._heard(window) for window in windows]

    def _heard(self, window: Window) -> Heard:
        words = []
        for piece in window.pieces:
            said_s = sum(span.duration for span in piece.speech)
            text = "".join(itertools.takewhile(_Budget(4.5 * said_s), self.lines[window.channel])) or "嗯"
            step = piece.cut.duration / len(text)
            words += [
                Word(piece.offset + i * step, piece.offset + (i + 0.9) * step, c, 0.9) for i, c in enumerate(text)
            ]
        return Heard(window, "".join(w.text for w in words), tuple(words), -0.2, 0.0, 0.9)


class _Budget:
    def __init__(self, characters: float) -> None:
        self.left = characters

    def __call__(self, line: str) -> bool:
        self.left -= len(line)
        return self.left > -5


def _lines(role: str) -> Iterator[str]:
    """The role's lines in the scripts, for ever, no two quite the same."""
    said = [
        u["text"]
        for path in sorted((SAMPLES / "references").glob("*.yaml"))
        for u in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["utterances"]
        if u["role"] == role
    ]
    chance, characters = random.Random(role), sorted({c for line in said for c in line if c > "一"})
    for line in itertools.cycle(said):
        for clause in line.replace("？", "，").replace("。", "，").split("，"):
            if clause:
                yield clause + chance.choice(characters) + "，"


def write_call(path: Path, seconds: float) -> float:
    """A stereo call of ``seconds`` at ``path``, 8 kHz PCM, from sample calls one after another; its true length."""
    sounds = [decode(next((SAMPLES / "calls").glob(f"{name}*"))).channels for name in STEREO]
    sounds = [s[:, ::2] for s in sounds if len(s) == 2]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2), file.setsampwidth(2), file.setframerate(SAMPLE_RATE // 2)
        left = int(seconds * SAMPLE_RATE // 2)
        for sound in itertools.cycle(sounds):
            part = sound[:, :left]
            file.writeframes((part.T * 32767).astype("<i2").tobytes())
            left -= part.shape[1]
            if left <= 0:
                break
    return seconds


if __name__ == "__main__":
    main()
