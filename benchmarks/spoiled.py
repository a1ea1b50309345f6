"""The sample calls, spoiled as telephone lines spoil them, and how well they are still recognised.

    python -m benchmarks.spoiled [--model demo] [--only NAME ...] [--every N]

Each kind is made from the clean samples in a temporary folder and goes through ``qa-pipeline transcribe --reference``.
Printed are CER, and how many windows were doubted, heard again and given up; then one utterance as each kind has it.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from qa_pipeline.audio.decode import SAMPLE_RATE, decode

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
SHOWN = "s01-residence-permit"
Spoil = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def clean(sound: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """As it is."""
    return sound


def g711(sound: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """Down to 8 kHz and through mu-law's 8 bits and back."""
    spectrum = np.fft.rfft(sound)
    spectrum[:, int(spectrum.shape[1] * 3400 / (SAMPLE_RATE / 2)) :] = 0
    narrow = np.clip(np.fft.irfft(spectrum, sound.shape[1]), -1, 1)
    squeezed = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)
    coded = np.round(squeezed * 127) / 127
    return np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255


def noise(snr_db: float) -> Spoil:
    """White noise at ``snr_db`` below the loudest tenth of the speech."""

    def spoil(sound: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        frames = sound[:, : sound.shape[1] // 512 * 512].reshape(len(sound), -1, 512)
        level = np.sqrt(np.quantile((frames**2).mean(axis=2), 0.9))
        return sound + chance.standard_normal(sound.shape) * level * 10 ** (-snr_db / 20)

    return spoil


def packet_loss(share: float) -> Spoil:
    """``share`` of the packets of 20 ms are silence, in bursts of three on average, as jitter buffers lose them."""

    def spoil(sound: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        size, kept = SAMPLE_RATE // 50, sound.copy()
        for channel in kept:
            lost = False
            for at in range(0, len(channel), size):
                lost = chance.random() < (2 / 3 if lost else share / (3 * (1 - share)))
                if lost:
                    channel[at : at + size] = 0
        return kept

    return spoil


def bleed(loss_db: float) -> Spoil:
    """Each side faintly on the other's channel, 2 ms late."""

    def spoil(sound: np.ndarray, _: np.random.Generator) -> np.ndarray:
        return sound + np.roll(sound[::-1], 32, axis=1) * 10 ** (-loss_db / 20) if len(sound) == 2 else sound

    return spoil


KINDS: Mapping[str, Spoil] = {
    "clean": clean,
    "g711": g711,
    "noise-20dB": noise(20),
    "noise-10dB": noise(10),
    "packet-loss-2%": packet_loss(0.02),
    "packet-loss-8%": packet_loss(0.08),
    "bleed-20dB": bleed(20),
    "bleed-12dB": bleed(12),
}


def main() -> None:
    """Spoil, recognise, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--only", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    examples = []
    print(f"{'':16s} {'CER':>7s} {'agent':>7s} {'customer':>8s} {'gated':>7s} {'again':>7s} {'dropped':>7s}")
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            quality, example = recognised(Path(folder), KINDS[name], options.model, options.every)
        examples.append((name, example))
        rates = [quality["cer"]["cer"], *(quality["by_role"][role]["cer"] for role in ("agent", "customer"))]
        shares = [quality["windows"][key] for key in ("gated", "redecoded", "dropped")]
        print(f"{name:16s} " + " ".join(f"{value:7.1%}" for value in [*rates, *shares]), flush=True)
    for name, example in examples:
        print(f"{name:16s} {example}")


def recognised(folder: Path, spoil: Spoil, model: str, every: int) -> tuple[dict, str]:
    """What ``quality.json`` says of the spoiled samples, and the first utterance of one of them."""
    (folder / "calls").mkdir()
    chance = np.random.default_rng(0)
    with (folder / "calls.csv").open("w", newline="", encoding="utf-8") as file:
        manifest = csv.writer(file)
        manifest.writerow(["file", "recording_id"])
        for path in sorted((SAMPLES / "calls").iterdir())[::every]:
            _write(folder / "calls" / f"{path.stem}.wav", spoil(decode(path).channels.astype(float), chance))
            manifest.writerow([f"calls/{path.stem}.wav", path.stem])
    command = [sys.executable, "-m", "qa_pipeline", "transcribe", str(folder / "calls"), "--model", model, "--quiet"]
    command += ["--manifest", str(folder / "calls.csv"), "--out", str(folder / "out")]
    subprocess.run([*command, "--reference", str(SAMPLES / "references")], check=True)
    call = json.loads((folder / "out" / f"{SHOWN}.json").read_text(encoding="utf-8"))
    first = call["utterances"][0]["text"] if call["utterances"] else f"({call['dropped'][0]['reason']})"
    return json.loads((folder / "out" / "quality.json").read_text(encoding="utf-8")), first


def _write(path: Path, sound: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(sound)), file.setsampwidth(2), file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(sound.T, -1, 1) * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
