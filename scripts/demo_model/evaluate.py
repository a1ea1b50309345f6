"""Measure a model folder through faster-whisper itself: character error rates without punctuation.

    python -m scripts.demo_model.evaluate [FOLDER] [--suites SUITES] [--count 200]

FOLDER is the shipped model unless given. SUITES, comma-separated, all unless given: ``sentences``, ``telephone``,
``packed12``, ``packed``, ``recordings``, ``silence``, ``samples`` (the sample calls, cut by the VAD), ``utterances``
(the same, cut at the reference times). Every suite but the last two is drawn from ``--seed``; its sentences are held
out of training (see ``sentences.py``), and its voices are those of the sample calls. Decoding is as in the product:
batched, without timestamps, beam 5, temperature 0.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from random import Random

import numpy as np
import yaml
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.audio import decode_audio
from faster_whisper.vad import VadOptions, get_speech_timestamps

from scripts.demo_model.features import FEATURE_RATE
from scripts.demo_model.greedy import edit_distance
from scripts.demo_model.sentences import evaluation_text, normalised
from scripts.speech.espeak import speak
from scripts.speech.telephone import TELEPHONE_RATE, Samples, line, mu_law, resample, rms, white_noise
from scripts.speech.voices import VOICES

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "qa_pipeline" / "transcribe" / "demo"
SAMPLES = ROOT / "samples"

PAUSE_S = 0.7
"""Between pieces that are packed into one window: 0.2 s of room on either side and 0.3 s of silence."""

_VAD = VadOptions(min_silence_duration_ms=300, speech_pad_ms=200)
_SPEECH_DB = -26.0


@dataclass(frozen=True)
class Clip:
    """One piece of sound (16 kHz), what is said in it, and where it comes from."""

    sound: Samples
    text: str
    name: str = ""


class Hearer:
    """The model behind faster-whisper's batched pipeline."""

    def __init__(self, folder: Path, compute_type: str, batch_size: int = 8) -> None:
        self._model = WhisperModel(str(folder), device="cpu", compute_type=compute_type, cpu_threads=1)
        self._batch_size = batch_size

    def hear(self, sounds: Sequence[Samples]) -> list[str]:
        """Return the text of every sound, each heard in a window of its own (30 s at most)."""
        texts: list[str] = []
        for first in range(0, len(sounds), self._batch_size):
            texts += self._hear_batch(sounds[first : first + self._batch_size])
        return texts

    def _hear_batch(self, sounds: Sequence[Samples]) -> list[str]:
        ends = np.cumsum([len(sound) for sound in sounds]) / FEATURE_RATE
        starts = [0.0, *ends[:-1].tolist()]
        clips = [{"start": start, "end": end} for start, end in zip(starts, ends.tolist(), strict=True)]
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            np.concatenate(sounds),
            language="zh",
            beam_size=5,
            temperature=0.0,
            batch_size=self._batch_size,
            vad_filter=False,
            clip_timestamps=clips,
        )
        texts = [""] * len(sounds)
        for segment in segments:
            nearest = min(range(len(starts)), key=lambda n: abs(starts[n] - segment.seek / 100))
            texts[nearest] += segment.text
        return texts


@dataclass
class ErrorRate:
    """Sums edits and characters; keeps the worst clips to look at."""

    wrong: int = 0
    characters: int = 0
    clips: int = 0
    exact: int = 0
    seconds: float = 0.0

    def add(self, reference: str, hypothesis: str) -> int:
        """Compare without punctuation; return the edits."""
        wanted, got = normalised(reference), normalised(hypothesis)
        wrong = edit_distance(wanted, got)
        self.wrong += wrong
        self.characters += len(wanted)
        self.clips += 1
        self.exact += wrong == 0
        return wrong

    def include(self, other: ErrorRate) -> None:
        """Add what ``other`` has counted."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def __str__(self) -> str:
        rate = self.wrong / max(1, self.characters)
        exact = self.exact / max(1, self.clips)
        return f"CER {rate:.2%}  ({self.wrong}/{self.characters} characters; {exact:.0%} of {self.clips} exact)"


def spoken(random: Random, *, telephone: bool = False) -> Clip:
    """Speak one held-out sentence in a voice of the pool, at its level on a line, with half a second of pauses."""
    voice = random.choice(list(VOICES.values())).at(rate=random.randint(150, 230))
    text = evaluation_text(random)
    samples = speak(text, voice).telephone().samples
    samples = samples * np.float32(10 ** (_SPEECH_DB / 20) / rms(samples))
    generator = np.random.default_rng(random.randrange(1 << 32))
    law, snr_db = ("mu", 30.0) if telephone else ("none", None)
    samples = np.pad(samples, (TELEPHONE_RATE // 5, 3 * TELEPHONE_RATE // 10))
    sent = line(samples, law=law, snr_db=snr_db, generator=generator)
    return Clip(resample(sent, TELEPHONE_RATE, FEATURE_RATE), text, voice.name)


def joined(clips: Sequence[Clip], pauses_s: Sequence[float]) -> Clip:
    """Lay clips one after another, each followed by its pause."""
    parts = [part for clip, pause in zip(clips, pauses_s, strict=True) for part in (clip.sound, _silence(pause))]
    return Clip(np.concatenate(parts), "".join(clip.text for clip in clips))


def sentences(random: Random, count: int) -> Iterator[Clip]:
    """Unseen sentences, clip by clip, over a clean line."""
    for _ in range(count):
        yield spoken(random)


def telephone(random: Random, count: int) -> Iterator[Clip]:
    """The same kind of sentences through mu-law with noise 30 dB under the speech."""
    for _ in range(count):
        yield spoken(random, telephone=True)


def packed(random: Random, count: int, longest_s: float = 28.0) -> Iterator[Clip]:
    """Windows filled with unseen sentences and short pauses, as the product packs them."""
    for _ in range(count // 4):
        clips = [spoken(random)]
        while True:
            following = spoken(random)
            if sum(len(clip.sound) for clip in [*clips, following]) / FEATURE_RATE + PAUSE_S * len(clips) > longest_s:
                break
            clips.append(following)
        yield joined(clips, [PAUSE_S - 0.5] * len(clips))


def packed_12(random: Random, count: int) -> Iterator[Clip]:
    """The same in windows of 12 seconds."""
    return packed(random, count * 2, longest_s=12.0)


def silence(random: Random, count: int) -> Iterator[Clip]:
    """Quiet lines, with nothing to hear: every character is an insertion, so the rate says little; look at 'exact'."""
    generator = np.random.default_rng(random.randrange(1 << 32))
    for number in range(count // 2):
        noise = white_noise(round(random.uniform(0.5, 10) * TELEPHONE_RATE), random.uniform(-80, -45), generator)
        yield Clip(resample(mu_law(noise) if number % 2 else noise, TELEPHONE_RATE, FEATURE_RATE), "")


def measure_clips(hearer: Hearer, clips: Sequence[Clip], worst: int) -> ErrorRate:
    """Hear every clip; print the ``worst`` ones."""
    rate = ErrorRate(seconds=sum(len(clip.sound) for clip in clips) / FEATURE_RATE)
    found = []
    for clip, text in zip(clips, hearer.hear([clip.sound for clip in clips]), strict=True):
        found.append((rate.add(clip.text, text), clip, text))
    for wrong, clip, text in sorted(found, key=lambda item: -item[0])[:worst]:
        print(f"    {wrong:3d} {clip.name:8s} {clip.text}\n        heard    {text}")
    return rate


def measure_recordings(hearer: Hearer, random: Random, count: int) -> ErrorRate:
    """Ten unseen sentences per recording, pauses of 0.4 to 6 s, one clip per speech span that the VAD finds."""
    rate = ErrorRate()
    for _ in range(count // 20):
        recording = joined([spoken(random) for _ in range(10)], [random.uniform(0.4, 6) for _ in range(10)])
        rate.add(recording.text, "".join(hearer.hear(_speech(recording.sound))))
        rate.seconds += len(recording.sound) / FEATURE_RATE
    return rate


def measure_samples(hearer: Hearer, worst: int, *, by_reference: bool) -> ErrorRate:
    """Hear every channel of the sample calls, cut by the VAD, or into the utterances that the references time.

    A channel that nobody speaks on is heard too: whatever it yields counts as insertions.
    """
    total = ErrorRate()
    for path in sorted((SAMPLES / "calls").glob("s*")):
        reference = yaml.safe_load((SAMPLES / "references" / f"{path.stem}.yaml").read_text("utf-8"))
        stereo = reference["channels"] == 2
        call = ErrorRate()
        for number, sound in enumerate(decode_audio(str(path), split_stereo=True)[: 2 if stereo else 1]):
            said = [utterance for utterance in reference["utterances"] if utterance["channel"] == number]
            if by_reference:
                clips = [Clip(_cut(sound, u["start"] - 0.1, u["end"] + 0.1), u["text"]) for u in said]
                call.include(measure_clips(hearer, clips, worst))
            else:
                call.add("".join(u["text"] for u in said), "".join(hearer.hear(_speech(sound))))
        print(f"  {path.name:38s} {call}", flush=True)
        total.include(call)
    return total


def _speech(sound: Samples) -> list[Samples]:
    spans = get_speech_timestamps(sound.copy(), _VAD)
    return [sound[span["start"] : span["end"]] for span in spans]


def _cut(sound: Samples, start: float, end: float) -> Samples:
    return sound[max(0, round(start * FEATURE_RATE)) : round(end * FEATURE_RATE)]


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * FEATURE_RATE), np.float32)


CLIP_SUITES: dict[str, Callable[[Random, int], Iterator[Clip]]] = {
    "sentences": sentences,
    "telephone": telephone,
    "packed12": packed_12,
    "packed": packed,
    "silence": silence,
}


def main() -> None:
    """Run the suites that were asked for."""
    parser = argparse.ArgumentParser(description="Measure the demo model through faster-whisper.")
    parser.add_argument("folder", type=Path, nargs="?", default=SHIPPED)
    parser.add_argument("--suites", default="sentences,telephone,packed12,packed,recordings,silence,samples,utterances")
    parser.add_argument("--count", type=int, default=200, help="sentences per suite")
    parser.add_argument("--seed", type=int, default=2_026)
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument("--worst", type=int, default=0, help="print this many of the worst clips")
    options = parser.parse_args()
    hearer = Hearer(options.folder, options.compute_type)
    for suite in options.suites.split(","):
        began = time.monotonic()
        random = Random(f"{options.seed} {suite}")
        if suite in ("samples", "utterances"):
            rate = measure_samples(hearer, options.worst, by_reference=suite == "utterances")
        elif suite == "recordings":
            rate = measure_recordings(hearer, random, options.count)
        else:
            rate = measure_clips(hearer, list(CLIP_SUITES[suite](random, options.count)), options.worst)
        took = time.monotonic() - began
        time_taken = f"  {rate.seconds:.0f} s of sound in {took:.0f} s" if rate.seconds else f"  in {took:.0f} s"
        print(f"{suite:40s} {rate}{time_taken}", flush=True)


if __name__ == "__main__":
    main()
