"""Recognition on the sample calls: how often a character is wrong, and how long it takes beside a plain loop.

    python -m benchmarks.recognition cer  [--model demo]
    python -m benchmarks.recognition time [--model demo] [--rounds 5]

``cer`` transcribes ``samples/calls`` through ``qa-pipeline transcribe`` and compares each channel with its reference.

``time`` runs two whole processes in turn, A B A B: ``qa-pipeline score``, and a plain loop over files and channels with
``BatchedInferencePipeline`` and its own speech activity, with the same model, beam, batch, word times and cores; it
does nothing with what it hears. The figure is the ratio of wall times pair by pair, so it holds on a noisy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import yaml

from qa_pipeline.text.cer import ErrorCount, count_errors

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
BEAM, BATCH = 5, 8


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cer", "time", "plain"))
    parser.add_argument("--model", default="demo")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.what == "cer":
        error_rates(options.model)
    elif options.what == "time":
        compare_times(options.model, options.rounds)
    else:
        plain_loop(options.model)


def error_rates(model: str) -> None:
    """Print the CER of every sample call, by role, and over all."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "qa_pipeline", "transcribe", str(SAMPLES / "calls"), "--model", model]
        subprocess.run([*command, "--manifest", str(SAMPLES / "calls.csv"), "--out", folder, "--quiet"], check=True)
        heard = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in Path(folder).glob("s*.json")}
    totals: dict[str, ErrorCount] = defaultdict(ErrorCount)
    for path in sorted((SAMPLES / "references").glob("*.yaml")):
        reference = yaml.safe_load(path.read_text(encoding="utf-8"))
        by_channel = _channel_errors(reference, heard[reference["id"]])
        whole = sum(by_channel.values(), ErrorCount())
        parts = "  ".join(f"{name} {errors.rate:.1%}" for name, errors in by_channel.items())
        print(f"{reference['id']:28s} {whole.rate:6.1%}  {parts}")
        for name, errors in by_channel.items():
            totals[name] += errors
    print("-" * 60)
    for name, errors in [*totals.items(), ("all", sum(totals.values(), ErrorCount()))]:
        print(f"{name:28s} {errors.rate:6.1%}  ({errors.errors} of {errors.characters} characters)")


def _channel_errors(reference: dict, heard: dict) -> dict[str, ErrorCount]:
    """Errors channel by channel, in time order; a mono call's two voices are one channel."""
    channels = sorted({u["channel"] for u in reference["utterances"]})
    errors = {}
    for channel in channels:
        said = [u for u in reference["utterances"] if u["channel"] == channel]
        name = said[0]["role"] if reference["channels"] > 1 else "mono"
        expected = "".join(u["text"] for u in sorted(said, key=lambda u: u["start"]))
        got = "".join(u["text"] for u in heard["utterances"] if u["channel"] == channel)
        errors[name] = count_errors(expected, got)
    return errors


def compare_times(model: str, rounds: int) -> None:
    """Print the wall times of both, and their ratio pair by pair."""
    ours, plain, ratios = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            score = [sys.executable, "-m", "qa_pipeline", "score", str(SAMPLES / "calls"), "--model", model, "--quiet"]
            score += ["--out", f"{folder}/out", "--beam-size", str(BEAM), "--batch-size", str(BATCH)]
            ours.append(_wall(score))
        plain.append(_wall([sys.executable, "-m", "benchmarks.recognition", "plain", "--model", model]))
        ratios.append(ours[-1] / plain[-1])
        print(f"score {ours[-1]:.1f} s, plain loop {plain[-1]:.1f} s, ratio {ratios[-1]:.2f}", flush=True)
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"median ratio {statistics.median(ratios):.2f} ({spread}), {os.cpu_count()} cores")


def _wall(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def plain_loop(model: str) -> None:
    """What somebody would write in an afternoon: every file, every channel, faster-whisper's batched pipeline."""
    import av
    from faster_whisper import BatchedInferencePipeline, WhisperModel, decode_audio

    from qa_pipeline import shipped

    folder = str(shipped.demo_model_folder()) if model == "demo" else model
    loaded = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1)
    pipeline = BatchedInferencePipeline(loaded)
    for path in sorted((SAMPLES / "calls").iterdir()):
        with av.open(str(path)) as container:
            stereo = container.streams.audio[0].channels == 2
        sound = decode_audio(str(path), split_stereo=stereo)
        for channel in sound if stereo else [sound]:
            segments, _ = pipeline.transcribe(
                channel, language="zh", beam_size=BEAM, batch_size=BATCH, temperature=0.0, word_timestamps=True
            )
            for _ in segments:
                pass


if __name__ == "__main__":
    main()
