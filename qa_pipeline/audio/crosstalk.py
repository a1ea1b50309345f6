"""Crosstalk (串音, channel bleed): one side's voice heard faintly on the other side's channel.

A pair of wires beside another, a sidetone or a loudspeaker near the handset put the caller's voice on the agent's
channel. Speech activity hears it there, the recogniser writes it down twice, and the agent seems to talk into every
sentence of the caller's.

What tells it from speech is acoustic: the faint channel follows the loud one's level, a moment later and so many
decibels below. ``leak`` finds that moment and that distance over the whole call, ``without_leak`` then takes away the
stretches of speech activity that the leak explains, frame by frame. Whoever speaks into a leak is louder than it, and
stays; whoever repeats the other's words speaks when the other does not, and stays. Text is not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.records import Seconds, Span

MAX_LAG_S: Seconds = 0.5
"""An echo over a long line comes back after this at most; what comes later is an answer."""

MIN_LOSS_DB = 6.0
"""A leak lies at least this far below the voice; what is nearer is a conversation, or the same channel twice."""

MIN_CORRELATION = 0.6
MIN_AGREEMENT = 0.6
"""How alike the two levels must move, and in which share of the frames they must lie the same distance apart (within
``_SAME_DB``). On the samples with a leak made into them the share is 0.71 or more, on calls in which both talk at once
without any leak 0.52 or less."""

MIN_HEARD_S: Seconds = 1.5
MARGIN_DB = 6.0
"""Whoever is louder than the leak by this speaks."""

MIN_OWN_S: Seconds = 0.16
"""How long somebody must be louder than the leak for a span to hold speech of its own: 嗯 lasts 0.2 s."""

MIN_PAUSE_S: Seconds = 0.3
"""Where the leak alone is heard for this long, own speech before and after it are two spans."""

_EDGE_S: Seconds = 0.15  # so near its edge a span's own edge is the better one

_FRAME = 160  # 10 ms
_FRAME_S: Seconds = _FRAME / SAMPLE_RATE
_SMOOTH = 5  # frames: 50 ms, about half a syllable
_TAIL_S: Seconds = 0.2  # a room goes on sounding
_LOUD_DB = 20.0  # below a voice's usual peak: fainter than that, its leak drowns in the noise
_SAME_DB = 3.0
_FLOOR_DB = -90.0

Levels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Leak:
    """How one channel is heard on another: ``lag`` seconds later, ``loss_db`` fainter (> 0).

    ``correlation`` and ``agreement``, both at most 1, say how sure that is.
    """

    lag: Seconds
    loss_db: float
    correlation: float
    agreement: float


def levels(samples: Samples) -> Levels:
    """(frames,) the level of each 10 ms of a channel, smoothed over 50 ms, in dB of full scale."""
    whole = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    power = np.einsum("ij,ij->i", whole, whole).astype(np.float64) / _FRAME
    smooth = np.convolve(power, np.full(_SMOOTH, 1 / _SMOOTH), mode="same") if len(power) >= _SMOOTH else power
    return np.asarray(10 * np.log10(smooth + 10 ** (_FLOOR_DB / 10)))


def leak(loud: Levels, faint: Levels, speech: Sequence[Span], own: Sequence[Span]) -> Leak | None:
    """How the voice of the channel ``loud`` is heard on ``faint``; None where it is not.

    ``speech`` and ``own`` are the speech spans of the two. Only frames count in which the one speaks up and the other
    is below it by ``MIN_LOSS_DB``: the two talking at once say nothing of a leak. Of those, at least ``MIN_HEARD_S``
    must lie in ``own`` (else nothing was taken for speech, and nothing need be done).
    """
    count = min(len(loud), len(faint))
    talking = _mask(speech, count)
    if not talking.any():
        return None
    usual_peak = float(np.percentile(loud[:count][talking], 90))
    audible = talking & (loud[:count] >= usual_peak - _LOUD_DB)
    suspect = _mask(own, count)
    best: Leak | None = None
    for lag in range(int(MAX_LAG_S / _FRAME_S) + 1):
        here, there = loud[: count - lag], faint[lag:count]
        compared = audible[: count - lag] & suspect[lag:count] & (there <= here - MIN_LOSS_DB)
        if compared.sum() * _FRAME_S >= MIN_HEARD_S:
            candidate = _compare(lag * _FRAME_S, here[compared], there[compared])
            best = candidate if best is None or candidate.correlation > best.correlation else best
    sure = best is not None and best.correlation >= MIN_CORRELATION and best.agreement >= MIN_AGREEMENT
    return best if sure else None


def _compare(lag: Seconds, here: Levels, there: Levels) -> Leak:
    apart = here - there
    loss = float(np.median(apart))
    return Leak(lag, loss, _correlation(here, there), float(np.mean(np.abs(apart - loss) <= _SAME_DB)))


def without_leak(own: Sequence[Span], faint: Levels, loud: Levels, found: Leak) -> tuple[Span, ...]:
    """``own``, the speech spans on ``faint``, without what the leak of ``loud`` explains, shortened at their ends.

    A span stays where for long enough somebody is louder than the leak; it then runs from the first such moment to the
    last.
    """
    count = min(len(loud), len(faint))
    lag = round(found.lag / _FRAME_S)
    expected = np.full(count, _FLOOR_DB)
    expected[lag:] = loud[: count - lag] - found.loss_db
    expected = _held(expected)
    above = faint[:count] > expected + MARGIN_DB
    return tuple(piece for span in own for piece in _own_pieces(span, above))


def _own_pieces(span: Span, above: NDArray[np.bool_]) -> list[Span]:
    """The parts of a speech span in which somebody is louder than the leak; its own edges where they lie near."""
    first, last = round(span.start / _FRAME_S), min(len(above), round(span.end / _FRAME_S))
    marks = above[first:last]
    if marks.sum() * _FRAME_S < MIN_OWN_S:
        return []
    pieces = []
    for start, end in _runs(marks, round(MIN_PAUSE_S / _FRAME_S)):
        if marks[start:end].sum() * _FRAME_S < MIN_OWN_S:
            continue
        begin = span.start if start * _FRAME_S <= _EDGE_S else (first + start) * _FRAME_S
        until = span.end if (last - first - end) * _FRAME_S <= _EDGE_S else (first + end) * _FRAME_S
        pieces.append(Span(begin, until))
    return pieces


def _runs(marks: NDArray[np.bool_], bridge: int) -> list[tuple[int, int]]:
    """The runs of True, those that fewer than ``bridge`` frames part taken together."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marks, [False])).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and start - runs[-1][1] < bridge:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _held(expected: Levels) -> Levels:
    """The loudest of the last 0.2 s, so that a room's echo of it is expected too."""
    tail = round(_TAIL_S / _FRAME_S)
    padded = np.concatenate((np.full(tail, _FLOOR_DB), expected, np.full(2, _FLOOR_DB)))
    return np.asarray(np.max(sliding_window_view(padded, tail + 3), axis=1))


def _correlation(one: Levels, other: Levels) -> float:
    a, b = one - one.mean(), other - other.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def _mask(spans: Sequence[Span], count: int) -> NDArray[np.bool_]:
    mask = np.zeros(count, bool)
    for span in spans:
        mask[max(0, round(span.start / _FRAME_S)) : round(span.end / _FRAME_S)] = True
    return mask
