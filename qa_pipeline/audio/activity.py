"""When somebody speaks on a channel: the Silero network, behind a level gate.

The spans are *unpadded*: turns, overlap and dead air are measured on them. Recognition wants a little room around
speech, so its cuts are derived from the same spans by ``padded``; the network runs once, over all channels together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.audio.silero import FRAME, speech_probabilities
from qa_pipeline.records import Seconds, Span

_FRAME_S: Seconds = FRAME / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class ActivityOptions:
    """What counts as speech.

    ``threshold`` and ``keep_threshold`` are the network's probabilities: speech begins at the first and lasts while at
    least the second. ``min_silence_s``: a shorter pause does not end a span. ``min_speech_s``: a shorter sound is a
    click (嗯 lasts 0.2 s and stays). ``gate_dbfs``: where not one 32 ms frame's RMS level reaches it, nobody speaks
    and the network is not asked (G.711 idles near -72, a quiet speaker peaks above -50). ``longest_s``: longer speech
    is split at its least speech-like moment, since the recogniser hears at most 30 s at a time.
    """

    threshold: float = 0.5
    keep_threshold: float = 0.35
    min_silence_s: Seconds = 0.3
    min_speech_s: Seconds = 0.1
    gate_dbfs: float = -60.0
    longest_s: Seconds = 28.0


def speech_spans(samples: Samples, options: ActivityOptions | None = None) -> tuple[Span, ...]:
    """The unpadded stretches of speech in ``samples`` ((n,) float32 at 16 kHz), sorted and disjoint, in seconds.

    Spans are accurate to a frame of 32 ms, end within the sound, and are at most ``longest_s`` long: halves of split
    speech touch. ``samples`` is not changed.
    """
    (spans,) = speech_of_channels(samples[np.newaxis], options)
    return spans


def speech_of_channels(channels: Samples, options: ActivityOptions | None = None) -> list[tuple[Span, ...]]:
    """The same for each of ``channels`` ((n_channels, n) float32), at little more than the price of one."""
    options = options or ActivityOptions()
    loud = [index for index, samples in enumerate(channels) if _loud_enough(samples, options.gate_dbfs)]
    spans: list[tuple[Span, ...]] = [()] * len(channels)
    if loud:
        duration = channels.shape[1] / SAMPLE_RATE
        for index, probabilities in zip(loud, speech_probabilities([channels[i] for i in loud]), strict=True):
            spans[index] = spans_from(probabilities, duration, options)
    return spans


def spans_from(probabilities: NDArray[np.float32], duration: Seconds, options: ActivityOptions) -> tuple[Span, ...]:
    """Spans from one speech probability per 32 ms frame; the pure half of ``speech_spans``."""
    runs = _joined(_runs(probabilities, options), options.min_silence_s / _FRAME_S)
    min_run = options.min_speech_s / _FRAME_S
    kept = [run for run in runs if run[1] - run[0] >= min_run]
    pieces = [piece for run in kept for piece in _split(run, probabilities, int(options.longest_s / _FRAME_S))]
    return tuple(Span(start * _FRAME_S, min(end * _FRAME_S, duration)) for start, end in pieces)


def padded(spans: Sequence[Span], pad_s: Seconds, duration: Seconds, longest_s: Seconds = 28.0) -> tuple[Span, ...]:
    """``spans`` with ``pad_s`` of room on either side, within [0, ``duration``]; those that then meet become one.

    Where one would grow beyond ``longest_s`` plus its padding, the two meet in the middle of the pause instead.
    """
    cuts: list[Span] = []
    for span in spans:
        grown = Span(max(0.0, span.start - pad_s), min(duration, span.end + pad_s))
        if not cuts or grown.start >= cuts[-1].end:
            cuts.append(grown)
        elif grown.end - cuts[-1].start <= longest_s + 2 * pad_s:
            cuts[-1] = Span(cuts[-1].start, grown.end)
        else:
            middle = max(cuts[-1].start, (cuts[-1].end + grown.start) / 2)
            cuts[-1:] = [Span(cuts[-1].start, middle), Span(middle, grown.end)]
    return tuple(cuts)


def _runs(probabilities: NDArray[np.float32], options: ActivityOptions) -> Iterator[tuple[int, int, int | None]]:
    """Frames (start, end) at ``keep_threshold`` or above, and the first of them at ``threshold``, if any."""
    keep = np.concatenate(([False], probabilities >= options.keep_threshold, [False]))
    edges = np.flatnonzero(keep[1:] != keep[:-1])
    sure = probabilities >= options.threshold
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        first = int(np.argmax(sure[start:end]))
        yield start, end, start + first if sure[start + first] else None


def _joined(runs: Iterable[tuple[int, int, int | None]], min_gap: float) -> list[tuple[int, int]]:
    """Runs across pauses shorter than ``min_gap`` frames; one that is nowhere sure bridges, but starts or ends none."""
    joined: list[tuple[int, int]] = []
    reach = -math.inf
    for start, end, first in runs:
        bridged = start - reach < min_gap
        if first is not None:
            if joined and bridged:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((first, end))
        if first is not None or bridged:
            reach = end
    return joined


def _split(run: tuple[int, int], probabilities: NDArray[np.float32], longest: int) -> list[tuple[int, int]]:
    """``run`` in pieces of at most ``longest`` frames, cut where it sounds least like speech."""
    start, end = run
    pieces = []
    while end - start > longest:
        # Not in the first half, so that pieces do not crumble; a quarter of a second is averaged, a syllable's length.
        low, high = start + longest // 2, start + longest
        smooth = np.convolve(np.pad(probabilities[low:high], 4, mode="edge"), np.full(8, 1 / 8), mode="valid")
        cut = low + min(int(np.argmin(smooth)), longest - longest // 2)
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)]


def _loud_enough(samples: Samples, gate_dbfs: float) -> bool:
    """Whether any 32 ms frame's RMS reaches the gate."""
    whole = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    tail = samples[whole.size :]
    powers = [*np.einsum("ij,ij->i", whole, whole) / FRAME, *([float(tail @ tail) / len(tail)] if len(tail) else [])]
    return max(powers, default=0.0) >= 10 ** (gate_dbfs / 10)
