"""Tones that telephone equipment sends: keys (DTMF), the ringing and the busy tone, single beeps.

Each 32 ms is held against pure sine waves: a key is one frequency of four low ones and one of four high ones (ITU-T
Q.23) that together make up nearly all of the sound; the ringing and busy tones are one steady frequency (450 Hz in
China, 400 to 480 Hz elsewhere) that comes and goes in their rhythm: ringing 1 s on and 4 s off, busy 0.35 s and 0.35 s
(GF 002-9002.1). A voice holds no such purity: no key is found in the speech of docs/telephone.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.records import Seconds, SoundEvent, SoundKind

GATE_DBFS = -50.0
KEYS = ("123A", "456B", "789C", "*0#D")
_LOWS, _HIGHS = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0)
_PURITY = 0.85  # the share of the sound that the two frequencies of a key, or the one of a tone, make up
_TWIST_DB = 10.0  # how much louder one frequency of a key may be
_MIN_KEY_FRAMES = 2  # wholly inside the key: it lasts 48 ms or more (telephones send 65 ms at least)
_MIN_TONE_S: Seconds = 0.25
_STEADY_HZ = 12.0
_RINGS_HZ = (390.0, 490.0)

_FRAME, _HOP = 512, 256  # 32 ms, every 16 ms
_HOP_S: Seconds = _HOP / SAMPLE_RATE
_LOBE = 2  # bins: what a Hann window makes of a sine
_FRAMES_AT_ONCE = 2_000  # half a minute: bounds the memory


def tones(samples: Samples, channel: int) -> tuple[SoundEvent, ...]:
    """The tones on one channel ((n,) float32 at 16 kHz), in time order, exact to about 20 ms.

    Presses of one key after another are one event each. What rings or beeps in no known rhythm is a ``tone``.
    """
    frames = _frames(samples)
    events = [*_keys(frames, channel), *_rhythms(_steady(frames), channel)]
    return tuple(sorted(events, key=lambda event: (event.start, event.end)))


@dataclass(frozen=True)
class _Frames:
    """By frame: its loudest ``frequency`` in hertz, the share that it makes up, and the key, -1 where there is none."""

    frequency: NDArray[np.float64]
    purity: NDArray[np.float64]
    key: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Tone:
    start: Seconds
    end: Seconds
    frequency: float


def _frames(samples: Samples) -> _Frames:
    count = max(0, (len(samples) - _FRAME) // _HOP + 1)
    frequency, purity, key = np.zeros(count), np.zeros(count), np.full(count, -1)
    for at in range(0, count, _FRAMES_AT_ONCE):
        last = min(count, at + _FRAMES_AT_ONCE)
        cut = sliding_window_view(samples[at * _HOP : (last - 1) * _HOP + _FRAME], _FRAME)[::_HOP]
        energy = np.einsum("ij,ij->i", cut, cut).astype(np.float64)
        loud = np.flatnonzero(energy / _FRAME >= 10 ** (GATE_DBFS / 10))
        if len(loud):
            where, cut = at + loud, cut[loud]
            frequency[where], purity[where] = _loudest(cut)
            key[where] = _key_of(cut, energy[loud])
    return _Frames(frequency, purity, key)


def _loudest(cut: Samples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The loudest frequency of each frame and the share of the frame's energy around it (a Hann lobe, 125 Hz).

    The frequency lies between bins, by the parabola through the logarithms of the three highest; 0 in impure frames.
    """
    waves = np.fft.rfft(cut * np.hanning(_FRAME).astype(np.float32), axis=1).astype(np.complex64)
    spectrum = np.square(waves.real) + np.square(waves.imag)
    peak = np.clip(np.argmax(spectrum, axis=1), _LOBE, spectrum.shape[1] - _LOBE - 1)
    near = spectrum[np.arange(len(cut))[:, None], peak[:, None] + np.arange(-_LOBE, _LOBE + 1)]
    share = near.sum(axis=1) / np.maximum(spectrum.sum(axis=1), 1e-20)
    before, at, after = (np.log(np.maximum(near[:, _LOBE + d], 1e-20)) for d in (-1, 0, 1))
    bend = before - 2 * at + after
    shift = np.where(bend < -1e-6, 0.5 * (before - after) / np.minimum(bend, -1e-6), 0.0)
    frequency = (peak + np.clip(shift, -0.5, 0.5)) * (SAMPLE_RATE / _FRAME)
    return np.where(share >= _PURITY, frequency, 0.0), share.astype(np.float64)


def _key_of(cut: Samples, energy: NDArray[np.float64]) -> NDArray[np.int64]:
    """The key that each frame sounds like, as ``4 * row + column``; -1 where it is none."""
    time = np.arange(_FRAME) / SAMPLE_RATE
    angles = 2 * np.pi * np.outer(time, (*_LOWS, *_HIGHS))
    # A sine of amplitude a has a projection of a * n / 2 and an energy of a^2 * n / 2.
    waves = np.concatenate((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)
    projection = (cut @ waves) ** 2
    power = (projection[:, :8] + projection[:, 8:]).astype(np.float64) * (2 / _FRAME)
    row, column = np.argmax(power[:, :4], axis=1), np.argmax(power[:, 4:], axis=1)
    rows = np.arange(len(cut))
    low, high = power[rows, row], power[rows, 4 + column]
    pure = low + high >= _PURITY * energy
    twist = np.abs(10 * np.log10(np.maximum(low, 1e-20) / np.maximum(high, 1e-20)))
    return np.where(pure & (twist <= _TWIST_DB), 4 * row + column, -1)


def _keys(frames: _Frames, channel: int) -> Iterator[SoundEvent]:
    for first, last in _runs_of_equal(frames.key):
        key = int(frames.key[first])
        start, end = _times(first, last)
        if key >= 0 and last - first >= _MIN_KEY_FRAMES:
            yield SoundEvent(SoundKind.DTMF, channel, start, end, KEYS[key // 4][key % 4])


def _steady(frames: _Frames) -> list[_Tone]:
    """The stretches in which one frequency stands still."""
    found: list[_Tone] = []
    first: int | None = None
    for at in range(len(frames.purity) + 1):
        pure = at < len(frames.purity) and frames.purity[at] >= _PURITY and frames.key[at] < 0
        if first is not None and pure and abs(frames.frequency[at] - frames.frequency[first]) <= _STEADY_HZ:
            continue
        if first is not None and (at - first) * _HOP_S >= _MIN_TONE_S:
            found.append(_Tone(*_times(first, at), float(np.median(frames.frequency[first:at]))))
        first = at if pure else None
    return found


def _rhythms(found: Sequence[_Tone], channel: int) -> Iterator[SoundEvent]:
    """Ringing and busy tones with their pauses as one event each; what else stands still for 0.6 s, by itself."""
    at = 0
    while at < len(found):
        group = [found[at]]
        while at + len(group) < len(found) and _same_rhythm(group, found[at + len(group)]):
            group.append(found[at + len(group)])
        kind = _kind(group)
        if kind is SoundKind.TONE:
            tone = group[0]
            if tone.end - tone.start >= 0.6:
                yield SoundEvent(kind, channel, tone.start, tone.end, f"{tone.frequency:.0f} Hz")
            at += 1
            continue
        yield SoundEvent(kind, channel, group[0].start, group[-1].end)
        at += len(group)


def _same_rhythm(group: Sequence[_Tone], following: _Tone) -> bool:
    last = group[-1]
    pause, length = following.start - last.end, following.end - following.start
    alike = abs(following.frequency - last.frequency) <= _STEADY_HZ
    even = len(group) < 2 or abs(pause - (group[1].start - group[0].end)) <= 0.3
    return alike and even and abs(length - (last.end - last.start)) <= 0.3 and pause <= 5.0


def _kind(group: Sequence[_Tone]) -> SoundKind:
    first = group[0]
    length = first.end - first.start
    if not _RINGS_HZ[0] <= first.frequency <= _RINGS_HZ[1]:
        return SoundKind.TONE
    if len(group) >= 3 and length <= 0.8 and group[1].start - first.end <= 0.8:
        return SoundKind.BUSY
    return SoundKind.RINGBACK if 0.7 <= max(tone.end - tone.start for tone in group) <= 2.2 else SoundKind.TONE


def _runs_of_equal(values: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    if len(values):
        yield from pairwise([0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)])


def _times(first: int, last: int) -> tuple[Seconds, Seconds]:
    """From when to when frames ``first`` to ``last`` (exclusive) sound."""
    return first * _HOP_S, (last - 1) * _HOP_S + _FRAME / SAMPLE_RATE
