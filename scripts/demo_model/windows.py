"""What one training step sees: utterances laid out in windows, with tokens and exact times.

Two kinds of window: short ones (cheap; one or two utterances, standing anywhere in the 30 seconds) and full ones (30 s
padded with zeros, as faster-whisper feeds the model; one utterance or many). A few hold no speech at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scripts.demo_model.corpus import Utterance
from scripts.demo_model.features import FEATURE_RATE, FRAMES_PER_S, QUIETEST, WINDOW_FRAMES, log_mel, normalise
from scripts.demo_model.vocabulary import Vocabulary
from scripts.speech.telephone import mu_law, white_noise

NO_LOSS = -100
MOST_TOKENS = 440
_WIDE_BAND_FROM = 63
"""The first mel band above 4 kHz, where a telephone carries nothing."""


@dataclass(frozen=True)
class FrameLabels:
    """Numbers for what a frame can hold: phoneme, syllable, tone; 0 is silence or unknown."""

    phonemes: tuple[str, ...]
    syllables: tuple[str, ...]
    tones: tuple[str, ...]

    @property
    def counts(self) -> list[int]:
        """Classes of each kind, silence included."""
        return [len(names) + 1 for names in (self.phonemes, self.syllables, self.tones)]


def frame_labels_of(utterances: list[Utterance]) -> FrameLabels:
    """Collect every label that occurs."""
    return FrameLabels(
        tuple(sorted({name for u in utterances for name, _ in u.phonemes if not name.startswith("_")})),
        tuple(sorted({base for u in utterances for _, _, _, base, _ in u.characters})),
        tuple(sorted({tone for u in utterances for *_, tone in u.characters})),
    )


@dataclass(frozen=True)
class Window:
    """One training example. ``features`` ``(frames, 80)``; ``labels`` ``(frames / 2, 3)``; the first ``prompt`` tokens
    are previous text without loss; ``guides`` says where each character sounds: ``(token position, first encoder frame,
    end encoder frame)``; ``offset`` is the encoder position of the first frame.
    """

    features: NDArray[np.float32]
    tokens: list[int]
    prompt: int
    guides: list[tuple[int, int, int]]
    labels: NDArray[np.int64]
    offset: int = 0
    silent: bool = False


@dataclass(frozen=True)
class Batch:
    """Windows as tensors: see ``collate``."""

    features: Tensor
    tokens: Tensor
    targets: Tensor
    offsets: Tensor
    guides: Tensor
    labels: Tensor


class WindowMaker:
    """Lays out windows at random; equal seeds give equal windows."""

    def __init__(self, utterances: list[Utterance], vocabulary: Vocabulary, labels: FrameLabels, seed: int) -> None:
        self.utterances = utterances
        self.vocabulary = vocabulary
        self.random = Random(seed)
        self.generator = np.random.default_rng(seed)
        self._numbers = [
            {name: number + 1 for number, name in enumerate(names)}
            for names in (labels.phonemes, labels.syllables, labels.tones)
        ]

    def batches(self, encoder_frames: int) -> Iterator[list[list[Utterance]]]:
        """Yield, for ever, groups of one or two utterances of like length that fill a batch of short windows."""
        while True:
            pool = [self._some(self.random.choice((1, 1, 2))) for _ in range(512)]
            pool.sort(key=_length)
            groups, current = [], []
            for group in pool:
                current.append(group)
                if len(current) * _length(group) / 2 > encoder_frames:
                    groups.append(current)
                    current = []
            self.random.shuffle(groups)
            yield from groups

    def short(self, utterances: list[Utterance]) -> Window:
        """Lay out utterances with short pauses; half of the windows begin somewhere inside the 30 seconds."""
        starts, end = self._places(utterances, pause=0.4)
        length = min(WINDOW_FRAMES, end + self.random.randint(0, 50))
        room = (WINDOW_FRAMES - length) // 2 - 250  # a batch is as long as its longest window
        offset = self.random.randint(0, room) if room > 0 and self.random.random() < 0.5 else 0
        return self._window(utterances, starts, length, offset)

    def full(self) -> Window:
        """Lay out utterances in 30 seconds: a third of the windows hold one, the others up to a random fill."""
        if self.random.random() < 0.07:
            return self.silence()
        wanted = self.random.uniform(300, WINDOW_FRAMES)
        utterances = self._some(1)
        while self.random.random() > 0.12 and _length(utterances) < wanted and len(utterances) < 12:
            utterances += self._some(1)
        pause = self.random.choice((0.25, 0.5, 1.5))
        starts, end = self._places(utterances, pause)
        while end > WINDOW_FRAMES - 10:
            utterances = utterances[:-1] or [min(self._some(8), key=lambda utterance: utterance.frames)]
            starts, end = self._places(utterances, pause)
        sounding = (
            WINDOW_FRAMES if self.random.random() < 0.25 else min(WINDOW_FRAMES, end + self.random.randint(0, 80))
        )
        window = self._window(utterances, starts, sounding, 0)
        if len(window.tokens) > MOST_TOKENS:
            return self.full()
        return replace(window, features=_padded(window.features), labels=_padded(window.labels, WINDOW_FRAMES // 2))

    def silence(self) -> Window:
        """Make a window of silence, noise or a ring tone: the right answer is to end at once."""
        count = int(self.random.uniform(0.3, 30) * FEATURE_RATE)
        sound = white_noise(count, self.random.uniform(-95, -40), self.generator)
        kind = self.random.random()
        if kind < 0.2:
            sound = np.zeros_like(sound)
        elif kind < 0.4:
            sound = mu_law(sound)
        elif kind < 0.55:
            seconds = np.arange(count) / FEATURE_RATE
            tone = np.sin(2 * np.pi * 450 * seconds) * (seconds % 5 < 1) * self.random.uniform(0.02, 0.3)
            sound = (sound + tone).astype(np.float32)
        if self.random.random() < 0.6:  # a telephone carries no noise above 4 kHz
            sound = np.repeat(sound[::2], 2)[:count]
        features = _padded(normalise(log_mel(sound))[:WINDOW_FRAMES])
        named = self.vocabulary.special
        tokens = [
            named("startoftranscript"),
            named("zh"),
            named("transcribe"),
            named("notimestamps"),
            named("endoftext"),
        ]
        return Window(features, tokens, 0, [], np.zeros((WINDOW_FRAMES // 2, 3), np.int64), silent=True)

    def _some(self, count: int) -> list[Utterance]:
        return self.random.choices(self.utterances, k=count)

    def _places(self, utterances: list[Utterance], pause: float) -> tuple[list[int], int]:
        """Return the first frame of every utterance and the frame where the last one ends."""
        lead = self.random.choice((0.0, self.random.uniform(0, 0.3), self.random.uniform(0, 1)))
        starts, end = [], round(lead * FRAMES_PER_S)
        for utterance in utterances:
            starts.append(end)
            end += utterance.frames + 10 + round(FRAMES_PER_S * self.random.expovariate(1 / pause))
        return starts, starts[-1] + utterances[-1].frames

    def _window(self, utterances: list[Utterance], starts: list[int], length: int, offset: int) -> Window:
        """Put features, labels and tokens together."""
        raw = np.full((length, 80), QUIETEST, np.float32)
        labels = np.zeros((length, 3), np.int64)
        for utterance, start in zip(utterances, starts, strict=True):
            raw[start : start + utterance.frames] = utterance.features[: length - start]
            labels[start : start + utterance.frames] = self._labels(utterance)[: length - start]
        with_times = self.random.random() < 0.3
        tokens, prompt, guides = self._tokens(utterances, starts, offset, with_times=with_times)
        return Window(normalise(self._air(raw)), tokens, prompt, guides, labels[::2], offset)

    def _tokens(
        self, utterances: list[Utterance], starts: list[int], offset: int, *, with_times: bool
    ) -> tuple[list[int], int, list[tuple[int, int, int]]]:
        """Return the token sequence, how much of it is previous text, and the guides."""
        named = self.vocabulary.special
        tokens = self._previous_text() if self.random.random() < 0.15 else []
        prompt = len(tokens)
        tokens += [named("startoftranscript"), named("zh"), named("transcribe")]
        if not with_times:
            tokens.append(named("notimestamps"))
        guides = []
        for utterance, start in zip(utterances, starts, strict=True):
            began = (start / 2 + offset) / 50
            if with_times:
                tokens.append(self.vocabulary.timestamp(began))
            for index, first, end, _, _ in utterance.characters:
                frames = int(start / 2 + first * 50), int(start / 2 + end * 50) + 1
                guides.append((len(tokens) + index - 1, *frames))
            tokens += self.vocabulary.encode(utterance.text)
            if with_times:
                tokens.append(self.vocabulary.timestamp(began + utterance.frames / FRAMES_PER_S))
        return [*tokens, named("endoftext")], prompt, guides

    def _previous_text(self) -> list[int]:
        """Return ``<|startofprev|>`` and up to 60 tokens of unrelated text, as an initial prompt would be."""
        said = "".join(utterance.text for utterance in self._some(3))
        return [self.vocabulary.special("startofprev"), *self.vocabulary.encode(said)[-self.random.randint(1, 60) :]]

    def _labels(self, utterance: Utterance) -> NDArray[np.int64]:
        """Return ``(frames, 3)`` phoneme, syllable and tone numbers."""
        phonemes, syllables, tones = self._numbers
        labels = np.zeros((utterance.frames, 3), np.int64)
        ends = [start for _, start in utterance.phonemes[1:]] + [utterance.frames / FRAMES_PER_S]
        for (name, start), end in zip(utterance.phonemes, ends, strict=False):
            labels[round(start * FRAMES_PER_S) : round(end * FRAMES_PER_S), 0] = phonemes.get(name, 0)
        for _, start, end, base, tone in utterance.characters:
            span = slice(round(start * FRAMES_PER_S), round(end * FRAMES_PER_S))
            labels[span, 1], labels[span, 2] = syllables.get(base, 0), tones.get(tone, 0)
        return labels

    def _air(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """Change the level, often add steady noise 32 to 75 dB under the loudest band, sometimes tint the spectrum."""
        draw = self.random.uniform
        raw = raw + draw(-3.0, 0.6)
        if self.random.random() < 0.5:
            power = self.generator.gamma(draw(1.5, 4), 0.4, size=raw.shape) + 1e-3
            noise = np.log10(power).astype(np.float32) + (raw.max() - draw(3.2, 7.5))
            if self.random.random() < 0.75:
                noise[:, _WIDE_BAND_FROM:] -= 9
            loudest = np.maximum(raw, noise)
            raw = loudest + np.log10(10 ** np.maximum(raw - loudest, -6) + 10 ** np.maximum(noise - loudest, -6))
        if self.random.random() < 0.3:
            bends = [draw(-0.3, 0.3) for _ in range(5)]
            raw = raw + np.interp(np.arange(80), (0, 20, 40, 60, 80), bends).astype(np.float32)
        return np.asarray(raw, np.float32)


def collate(windows: list[Window], vocabulary: Vocabulary) -> Batch:
    """Pad to one length, features with 0.0 as faster-whisper does, and work out the targets.

    No loss on previous text, nor on ``<|notimestamps|>``, which a decoder is always given. After
    ``<|startoftranscript|>`` a silent window wants ``<|nospeech|>``: that is where its probability is read.
    """
    frames = max(len(window.features) for window in windows)
    frames += frames % 2
    longest = max(len(window.tokens) for window in windows)
    features = torch.zeros(len(windows), 80, frames)
    labels = torch.zeros(len(windows), frames // 2, 3, dtype=torch.long)
    tokens = torch.full((len(windows), longest), vocabulary.end_of_text)
    targets = torch.full((len(windows), longest), NO_LOSS)
    guides = []
    for number, window in enumerate(windows):
        features[number, :, : len(window.features)] = torch.from_numpy(window.features.T.copy())
        known = min(len(window.labels), frames // 2)
        labels[number, :known] = torch.from_numpy(window.labels[:known])
        tokens[number, : len(window.tokens)] = torch.tensor(window.tokens)
        targets[number, window.prompt : len(window.tokens) - 1] = torch.tensor(window.tokens[window.prompt + 1 :])
        if window.silent:
            targets[number, 0] = vocabulary.special("nospeech")
        guides += [(number, *guide) for guide in window.guides if guide[2] < frames // 2]
    targets[targets == vocabulary.special("notimestamps")] = NO_LOSS
    offsets = torch.tensor([min(window.offset, WINDOW_FRAMES // 2 - frames // 2) for window in windows])
    return Batch(features, tokens, targets, offsets, torch.tensor(guides or [(0, 0, 0, 1)]), labels)


def _length(utterances: list[Utterance]) -> float:
    """Frames that a group needs, usual pauses included."""
    return sum(utterance.frames for utterance in utterances) + 60 * len(utterances)


def _padded(values: NDArray[Any], length: int = WINDOW_FRAMES) -> NDArray[Any]:
    return np.pad(values, ((0, length - len(values)), (0, 0)))
