"""Recognition on the sample calls: how often a character is wrong, and how long it takes beside plain loops.

    python -m benchmarks.recognition cer  [--model demo]
    python -m benchmarks.recognition time [--model demo] [--rounds 3] [--every 1] [--tokens N]

``cer`` transcribes ``samples/calls`` through ``qa-pipeline transcribe --reference``.

``time`` runs three whole processes in turn, A B C A B C: ``score``, a plain loop over files and channels with
``BatchedInferencePipeline`` and its own speech activity, and one with ``WhisperModel.transcribe`` (no batches), with
the same model, beam, batch, word times and cores; the loops do nothing with what they hear. The figure is the ratio of
wall times round by round, so it holds on a noisy machine. ``--every 5`` takes every fifth sample. ``--tokens`` bounds
what is written for each window, and takes the gate away: for models with random weights
(``benchmarks.random_whisper``).
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from qa_pipeline.transcribe.gate import gate_limits
from qa_pipeline.transcribe.hearing import Ear
from qa_pipeline.transcribe.models import DeviceChoice, resolve_model
from qa_pipeline.transcribe.whisper import WhisperOptions, WhisperTranscriber

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


SIDES = ("ours", "batched", "sequential")
NO_GATE = gate_limits().model_copy(
    update={
        "min_avg_logprob": -1e9,
        "max_compression_ratio": 1e9,
        "max_characters_per_s": 1e9,
        "wordless_s": 1e9,
        "loops": {10**6: 2},
    }
)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cer", "time", *SIDES))
    parser.add_argument("--model", default="demo")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--tokens", type=int)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--without", choices=SIDES[1:])
    options = parser.parse_args()
    work = Work(options.model, options.every, options.tokens, options.beam, options.batch)
    if options.what == "cer":
        error_rates(options.model)
    elif options.what == "time":
        compare_times(work, options.rounds, [side for side in SIDES if side != options.without])
    else:
        {"ours": ours, "batched": batched, "sequential": sequential}[options.what](work)


@dataclass(frozen=True, slots=True)
class Work:
    """What all sides do: the same model, files and options."""

    model: str
    every: int
    tokens: int | None
    beam: int
    batch: int

    def files(self) -> list[Path]:
        """The sample calls, or every so manieth."""
        return sorted((SAMPLES / "calls").iterdir())[:: self.every]

    def as_options(self) -> list[str]:
        """For another process."""
        plain = [
            "--model",
            self.model,
            "--every",
            str(self.every),
            "--beam",
            str(self.beam),
            "--batch",
            str(self.batch),
        ]
        return plain + (["--tokens", str(self.tokens)] if self.tokens else [])


def error_rates(model: str) -> None:
    """Print the CER of the samples by role, channel and call."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "qa_pipeline", "transcribe", str(SAMPLES / "calls"), "--model", model]
        command += ["--manifest", str(SAMPLES / "calls.csv"), "--out", folder]
        subprocess.run([*command, "--reference", str(SAMPLES / "references")], check=True)


def compare_times(work: Work, rounds: int, sides: list[str]) -> None:
    """Print wall and processor times of all sides, and ours as a share of each other's."""
    ratios: dict[str, list[tuple[float, float]]] = {side: [] for side in sides[1:]}
    for _ in range(rounds):
        took = {side: _measured(side, work) for side in sides}
        for side in sides[1:]:
            ratios[side].append((took["ours"][0] / took[side][0], took["ours"][1] / took[side][1]))
        print("  ".join(f"{side} {wall:.1f} s ({cpu:.1f} s cpu)" for side, (wall, cpu) in took.items()), flush=True)
    for side, found in ratios.items():
        for name, figures in zip(("wall", "cpu"), zip(*found, strict=True), strict=True):
            spread = f"{min(figures):.2f} to {max(figures):.2f}"
            print(f"ours / {side}, {name}: median {statistics.median(figures):.2f} ({spread}), {os.cpu_count()} cores")


def _measured(side: str, work: Work) -> tuple[float, float]:
    """Seconds on the wall and of processors, those of its own processes included."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "benchmarks.recognition", side, *work.as_options()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, cpu


def ours(work: Work) -> None:
    """``qa_pipeline.score``, from sound to Parquet."""
    from qa_pipeline import score

    made = partial(bounded, work) if work.tokens else None
    with tempfile.TemporaryDirectory() as folder:
        score(work.files(), out=f"{folder}/out", model=None if made else work.model, recogniser=made,
              beam_size=work.beam, batch_size=work.batch)  # fmt: skip


class Bounded(WhisperTranscriber):
    """Writes at most ``tokens`` for each window, as the loops do."""

    tokens = 64

    def ear(self) -> Ear:
        """The same, bounded."""
        ear = super().ear()
        ear._settings = replace(ear._settings, max_new_tokens=self.tokens)
        return ear


def bounded(work: Work) -> WhisperTranscriber:
    """Our recogniser without its gate, which would hear nonsense again and again. One core for each process."""
    options = WhisperOptions(beam_size=work.beam, batch_size=work.batch, cpu_threads=1, limits=NO_GATE)
    made = Bounded(resolve_model(work.model, "cpu"), DeviceChoice("cpu", "int8"), options)
    made.tokens = work.tokens or made.tokens
    made.load()
    return made


def batched(work: Work) -> None:
    """What somebody would write in an afternoon: every file, every channel, faster-whisper's batched pipeline."""
    from faster_whisper import BatchedInferencePipeline

    pipeline = BatchedInferencePipeline(_loaded(work))
    for channel in _channels(work):
        segments, _ = pipeline.transcribe(channel, batch_size=work.batch, **_asked(work))
        list(segments)


def sequential(work: Work) -> None:
    """The same in an hour: no batches, as faster-whisper's front page shows it."""
    whisper = _loaded(work)
    for channel in _channels(work):
        segments, _ = whisper.transcribe(channel, vad_filter=True, condition_on_previous_text=False, **_asked(work))
        list(segments)


def _asked(work: Work) -> dict[str, Any]:
    bound = {"max_new_tokens": work.tokens} if work.tokens else {}
    return {"language": "zh", "beam_size": work.beam, "temperature": 0.0, "word_timestamps": True, **bound}


def _loaded(work: Work) -> Any:
    from faster_whisper import WhisperModel

    folder = resolve_model(work.model, "cpu").folder
    return WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1)


def _channels(work: Work) -> Iterator[Any]:
    import av
    from faster_whisper import decode_audio

    for path in work.files():
        with av.open(str(path)) as container:
            stereo = container.streams.audio[0].channels == 2
        sound = decode_audio(str(path), split_stereo=stereo)
        yield from sound if stereo else [sound]


if __name__ == "__main__":
    main()
