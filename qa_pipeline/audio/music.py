"""Hold music: where a line plays music to whoever waits.

Music shows itself by tones that stand still for seconds while a voice glides: Seyerlehner, Pohle, Schedl and Widmer,
"Automatic music detection in television productions" (DAFx 2007). In each frame the bins that stand out from their
neighbours are marked; over some seconds the share of frames in which a bin is marked is taken, and the five steepest
peaks of that profile are added up (``steadiness``). On the telephone band speech stays near 1.2 (95 % below 2.0 on the
recordings in docs/telephone.md), tonal music near 3.3. Drums alone are not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.records import Seconds, Span

MIN_STEADINESS = 2.2
MIN_MUSIC_S: Seconds = 5.0
"""Shorter tunes (a jingle, a key melody) are left alone: within them no agent keeps a caller waiting."""

GATE_DBFS = -55.0
ABOVE_NOISE_DB = 10.0

_WINDOW, _HOP = 1024, 512
_HOP_S: Seconds = _HOP / SAMPLE_RATE
_LOW, _HIGH = 300 * _WINDOW // SAMPLE_RATE, 3_400 * _WINDOW // SAMPLE_RATE  # the telephone band; hum lies below
_NEIGHBOURS = 21  # bins, 330 Hz
_STANDS_OUT_DB = 0.1
_STEP = 40  # frames: 1.3 s; a block is two of them
_PEAKS = 5
_ALWAYS = 0.95  # a bin marked in this share of a whole channel is a whistling line, not a tune
_FRAMES_AT_ONCE = 25 * _STEP  # half a minute: bounds the memory


def music_spans(samples: Samples, speech: Sequence[Span]) -> tuple[Span, ...]:
    """Where music plays on one channel ((n,) float32 at 16 kHz), sorted and disjoint; accurate to about a second.

    ``speech`` are the channel's speech spans. Music begins and ends outside them; a span within a run of music is part
    of it only where it is as steady itself (a song).
    """
    levels = _levels(samples)
    spoken = _spoken(len(levels), speech)
    still = levels[~spoken]
    if not len(still):
        return ()
    gate = max(GATE_DBFS, float(np.percentile(levels, 10)) + ABOVE_NOISE_DB)
    if gate > GATE_DBFS + ABOVE_NOISE_DB and np.median(still) > GATE_DBFS + ABOVE_NOISE_DB:
        gate = GATE_DBFS  # it plays all the time: there is no quiet to rise above
    # Most calls have no loud stretch without speech: then nobody need look closer.
    within = round(MIN_MUSIC_S / _HOP_S)
    loud = np.cumsum(np.concatenate(([0], (levels >= gate) & ~spoken)))
    if len(levels) < within or (loud[within:] - loud[:-within]).max() < within / 2:
        return ()
    playing = _playing(samples, levels >= gate)
    runs = [(start, end) for start, end in _runs(playing) if (end - start) * _HOP_S >= MIN_MUSIC_S]
    return tuple(Span(start * _HOP_S, end * _HOP_S) for start, end in _outside_speech(runs, spoken))


def steadiness(samples: Samples) -> NDArray[np.float64]:
    """(blocks,) how still the tones stand in each 2.6 s of ``samples``, every 1.3 s; empty where it is shorter."""
    return np.array([_peaks(profile) for profile in _profiles(_marks(samples))])


def _playing(samples: Samples, loud: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(frames,) whether music plays: steady over a block and its neighbours, and loud enough at all."""
    marks = _marks(samples)
    playing = np.zeros(len(loud), bool)
    if len(marks) < 2:
        return playing
    always = marks.sum(axis=0) >= _ALWAYS * _STEP * len(marks)
    values = np.array([_peaks(profile) for profile in _profiles(np.where(always, 0, marks))])
    smooth = np.median(sliding_window_view(np.pad(values, 1, mode="edge"), 3), axis=1)
    for step, value in enumerate(smooth):
        block = slice(step * _STEP, (step + 2) * _STEP)
        if value >= MIN_STEADINESS and loud[block].mean() >= 0.5:
            playing[block] = True
    return playing


def _profiles(marks: NDArray[np.int64]) -> NDArray[np.float64]:
    """(blocks, bins) in which share of a block's frames each bin is marked; a block is two steps, begun every step."""
    return (marks[:-1] + marks[1:]) / (2 * _STEP)


def _marks(samples: Samples) -> NDArray[np.int64]:
    """(steps, bins) in how many of each step's frames a bin of the telephone band stands out from its neighbours."""
    frames = max(0, (len(samples) - _WINDOW) // _HOP + 1) // _STEP * _STEP
    window = np.hanning(_WINDOW).astype(np.float32)
    found = [np.zeros((0, _HIGH - _LOW), np.int64)]
    half = _NEIGHBOURS // 2
    for at in range(0, frames, _FRAMES_AT_ONCE):
        part = samples[at * _HOP : (min(frames, at + _FRAMES_AT_ONCE) - 1) * _HOP + _WINDOW]
        spectrum = np.fft.rfft(sliding_window_view(part, _WINDOW)[::_HOP] * window, axis=1)
        decibels = 20 * np.log10(np.abs(spectrum[:, _LOW - half : _HIGH + half]) + 1e-5)
        total = np.cumsum(np.pad(decibels, ((0, 0), (1, 0))), axis=1)
        around = (total[:, _NEIGHBOURS:] - total[:, :-_NEIGHBOURS]) / _NEIGHBOURS
        stands_out = (decibels[:, half : half + around.shape[1]] - around > _STANDS_OUT_DB)[:, : _HIGH - _LOW]
        found.append(stands_out.reshape(-1, _STEP, _HIGH - _LOW).sum(axis=1))
    return np.concatenate(found)


def _peaks(profile: NDArray[np.float64]) -> float:
    """The five highest peaks of a profile, each measured from the higher of the valleys beside it, added up."""
    rises = np.diff(profile)
    turns = np.flatnonzero((rises[:-1] >= 0) != (rises[1:] >= 0)) + 1
    bounds = np.concatenate(([0], turns, [len(profile) - 1]))
    heights = [
        profile[here] - max(profile[before], profile[after])
        for before, here, after in zip(bounds[:-2], bounds[1:-1], bounds[2:], strict=True)
    ]
    return float(sum(sorted((h for h in heights if h > 0), reverse=True)[:_PEAKS]))


def _levels(samples: Samples) -> NDArray[np.float64]:
    """(frames,) the level of each hop, in dB of full scale."""
    whole = samples[: len(samples) // _HOP * _HOP].reshape(-1, _HOP)
    power = np.einsum("ij,ij->i", whole, whole).astype(np.float64) / _HOP
    return np.asarray(10 * np.log10(power + 1e-10))


def _spoken(frames: int, speech: Sequence[Span]) -> NDArray[np.bool_]:
    spoken = np.zeros(frames, bool)
    for span in speech:
        spoken[int(span.start / _HOP_S) : int(np.ceil(span.end / _HOP_S))] = True
    return spoken


def _runs(marks: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marks, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _outside_speech(runs: Sequence[tuple[int, int]], spoken: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """The runs without the speech at their ends; one that is mostly speech is none."""
    for start, end in runs:
        free = np.flatnonzero(~spoken[start:end])
        if len(free) * _HOP_S >= MIN_MUSIC_S * 0.8 and len(free) >= (end - start) / 2:
            yield start + int(free[0]), start + int(free[-1]) + 1
