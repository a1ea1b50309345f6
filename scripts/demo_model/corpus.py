"""The training corpus: synthesised utterances as log-mel features, with the time of every character and phoneme.

    python -m scripts.demo_model.corpus --out DIR --utterances 24000 --seed 1 --jobs 2 --stored 0.3

Every utterance is sent through a telephone line of its own here, as a waveform (companding and band limits cannot be
imitated on features); a share of ``--stored`` also goes through Opus or MP3. A shard is a pair ``NAME.npy`` (features,
float16) and ``NAME.jsonl`` (one utterance per line); equal seeds give equal shards.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scripts.demo_model.features import FEATURE_RATE, log_mel
from scripts.demo_model.sentences import evaluation_text, training_text
from scripts.speech.codec import Codec, through_codec
from scripts.speech.espeak import Speech, speak
from scripts.speech.telephone import TELEPHONE_RATE, Samples, line, resample, rms, tilt
from scripts.speech.voices import EXTRA_VARIANTS, FASTEST, SLOWEST, VOICES, Voice

LONGEST_S = 25.0
GROUP = 16
"""Utterances that one recording stores, where a codec is used: encoding them one by one would take most of the time."""

SHARD = 1_500
_CODECS: tuple[tuple[Codec, int], ...] = (
    ("opus", 12_000),
    ("opus", 16_000),
    ("opus", 24_000),
    ("mp3", 16_000),
    ("mp3", 24_000),
)
_GAP = TELEPHONE_RATE // 10


@dataclass(frozen=True)
class Utterance:
    """One spoken text. ``features`` is ``(frames, 80) float16``, raw log10 mel power at 100 frames/s.

    ``characters`` holds ``(index in text, start, end, syllable, tone)``; ``phonemes`` holds ``(name, start)``; seconds.
    """

    text: str
    features: NDArray[np.float16]
    characters: list[tuple[int, float, float, str, str]]
    phonemes: list[tuple[str, float]]

    @property
    def frames(self) -> int:
        """Length in hundredths of a second."""
        return len(self.features)


def load(folder: Path) -> list[Utterance]:
    """Load all shards of ``folder`` into memory, in the order of their names."""
    utterances = []
    for path in sorted(folder.glob("*.jsonl")):
        features = np.load(path.with_suffix(".npy"))
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            span = features[row["first"] : row["first"] + row["frames"]]
            utterances.append(Utterance(row["text"], span, row["characters"], row["phonemes"]))
    if not utterances:
        raise FileNotFoundError(f"no corpus shard (*.jsonl) in {folder}")
    return utterances


def any_voice(random: Random) -> Voice:
    """Draw a speaker, mostly of the pool, at any rate and pitch that the samples may use."""
    if random.random() < 0.75:
        voice = random.choice(list(VOICES.values()))
    else:
        voice = Voice("extra", random.choice(EXTRA_VARIANTS), "male")
    rate = random.randint(SLOWEST, FASTEST) if random.random() < 0.4 else random.randint(165, 225)
    return voice.at(rate=rate, pitch=random.randint(25, 75), pitch_range=random.randint(30, 70))


def through_a_line(samples: Samples, random: Random) -> Samples:
    """Send 8 kHz samples through a random channel: a fifth stays clean, the rest becomes telephone sound."""
    if random.random() < 0.2:
        return samples
    level = 10 ** (random.uniform(-32, -16) / 20) / max(rms(samples), 1e-6)
    heard = np.clip(samples * np.float32(level), -1, 1)
    if random.random() < 0.4:
        heard = tilt(heard, TELEPHONE_RATE, random.uniform(-3, 3))
    generator = np.random.default_rng(random.randrange(1 << 32))
    snr_db = None if random.random() < 0.35 else random.uniform(20, 45)
    law = random.choice(("mu", "mu", "a", "a", "none"))
    sent = line(heard, law=law, snr_db=snr_db, generator=generator)
    return np.asarray(np.round(sent * 2_048) / 2_048, np.float32) if law == "none" else sent


def stored(sounds: list[Samples], random: Random) -> list[Samples]:
    """Put 8 kHz sounds into one Opus or MP3 recording and take them out again."""
    codec, bits_per_s = random.choice(_CODECS)
    gap = np.zeros(_GAP, np.float32)
    tape = through_codec(np.concatenate([part for sound in sounds for part in (sound, gap)]), codec, bits_per_s)
    starts = np.cumsum([0] + [len(sound) + _GAP for sound in sounds])
    return [tape[start : start + len(sound)] for start, sound in zip(starts, sounds, strict=False)]


def utterance_row(speech: Speech, sent: Samples) -> tuple[dict[str, Any], NDArray[np.float16]]:
    """Return the index row (without ``first``) and the features of one utterance, ``sent`` as it is heard (8 kHz)."""
    features = log_mel(resample(sent, TELEPHONE_RATE, FEATURE_RATE)).astype(np.float16)
    places = [index for index, char in enumerate(speech.text) if "\u4e00" <= char <= "\u9fff"]
    characters = [
        (index, round(character.start, 3), round(character.end, 3), syllable.base, syllable.tone)
        for index, character, syllable in zip(places, speech.characters, speech.syllables, strict=True)
    ]
    phonemes = [(phoneme.name, round(phoneme.start, 3)) for phoneme in speech.phonemes]
    row = {
        "text": speech.text,
        "voice": speech.voice.variant,
        "rate": speech.voice.rate,
        "frames": len(features),
        "characters": characters,
        "phonemes": phonemes,
    }
    return row, features


def write_shard(
    path: Path, seed: int, count: int, stored_share: float, text: Callable[[Random], str] = training_text
) -> None:
    """Synthesise ``count`` utterances into ``path`` (without suffix); run it in a fresh process to get equal bytes."""
    random = Random(seed)
    rows: list[dict[str, Any]] = []
    blocks: list[NDArray[np.float16]] = []
    first = 0
    while len(rows) < count:
        spoken = [speak(text(random), any_voice(random)) for _ in range(min(GROUP, count - len(rows)))]
        spoken = [speech for speech in spoken if speech.duration <= LONGEST_S]
        sent = [through_a_line(speech.telephone().samples, random) for speech in spoken]
        if random.random() < stored_share:
            sent = stored(sent, random)
        for speech, sound in zip(spoken, sent, strict=True):
            row, features = utterance_row(speech, sound)
            rows.append({**row, "first": first})
            blocks.append(features)
            first += len(features)
    np.save(path.with_suffix(".npy"), np.concatenate(blocks))
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    path.with_suffix(".jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{path.name}: {count} utterances, {first / 360_000:.2f} h", flush=True)


def build(folder: Path, utterances: int, seed: int, jobs: int, stored_share: float) -> None:
    """Write all shards, ``jobs`` at a time, and a small ``eval/`` shard of held-out sentences."""
    (folder / "eval").mkdir(parents=True, exist_ok=True)
    shards = -(-utterances // SHARD)
    tasks: list[tuple[Any, ...]] = [
        (folder / "eval" / "held-out", seed * 1_000 + 999, 64, stored_share, evaluation_text)
    ]
    tasks += [(folder / f"shard-{n:03d}", seed * 1_000 + n, utterances // shards, stored_share) for n in range(shards)]
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=1) as pool:
        pool.starmap(write_shard, tasks, chunksize=1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Synthesise the training corpus of the demo model.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--utterances", type=int, default=24_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--stored", type=float, default=0.3, help="the share that goes through Opus or MP3")
    options = parser.parse_args()
    build(options.out, options.utterances, options.seed, options.jobs, options.stored)
