"""Takes what must not be heard out of a sound: the samples go, a tone or silence stands in for them.

Nothing of the old samples is left inside a hole, faded or otherwise: fades are outside, so that an edge does not click.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.records import Seconds, Span

TONE_HZ = 1_000.0
TONE_LEVEL = 0.06
"""Peak of the tone, about 24 dB below full scale: as loud as a voice on the telephone, no louder."""

LONGEST_TONE_S: Seconds = 4.0
"""A longer hole begins with a tone and goes on in silence: nobody wants to hear ten seconds of it."""

FADE_S: Seconds = 0.008


@dataclass(frozen=True, slots=True)
class Hole:
    """What goes: ``span`` in seconds, on one ``channel``."""

    channel: int
    span: Span


def bleeped(sound: Samples, holes: Iterable[Hole]) -> Samples:
    """A copy of ``sound`` ((n_channels, samples) float32 at 16 kHz) with the ``holes`` taken out.

    Holes may overlap, and may reach beyond the sound; those on channels that it has not are no matter.
    """
    out = sound.copy()
    length = out.shape[1]
    for channel, start, end in _merged(holes, length):
        if channel < len(out):
            _fade(out[channel], start, end)
            out[channel, start:end] = _stand_in(end - start)
    return out


def _merged(holes: Iterable[Hole], length: int) -> list[tuple[int, int, int]]:
    """(channel, first sample, end) of each hole, overlapping ones as one, in order."""
    edges = sorted(
        (hole.channel, max(0, int(hole.span.start * SAMPLE_RATE)), min(length, -int(-hole.span.end * SAMPLE_RATE // 1)))
        for hole in holes
    )
    merged: list[tuple[int, int, int]] = []
    for channel, start, end in edges:
        if end <= start:
            continue
        if merged and merged[-1][0] == channel and start <= merged[-1][2]:
            _, first, last = merged.pop()
            merged.append((channel, first, max(last, end)))
        else:
            merged.append((channel, start, end))
    return merged


def _fade(samples: Samples, start: int, end: int) -> None:
    """Bring the sound just before and after the hole down to nothing, in place."""
    n = int(FADE_S * SAMPLE_RATE)
    before, after = samples[max(0, start - n) : start], samples[end : end + n]
    before *= np.linspace(1.0, 0.0, len(before), dtype=np.float32)
    after *= np.linspace(0.0, 1.0, len(after), dtype=np.float32)


def _stand_in(n: int) -> Samples:
    """(n,) a tone that fades in and out, over silence where it would last too long."""
    out = np.zeros(n, np.float32)
    toned = min(n, int(LONGEST_TONE_S * SAMPLE_RATE))
    tone = TONE_LEVEL * np.sin(2 * np.pi * TONE_HZ * np.arange(toned, dtype=np.float32) / SAMPLE_RATE)
    ramp = np.minimum(1.0, np.minimum(np.arange(toned), np.arange(toned)[::-1]) / max(1, int(FADE_S * SAMPLE_RATE)))
    out[:toned] = tone * ramp
    return out
