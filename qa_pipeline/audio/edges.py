"""Where speech begins and ends, to a hundredth of a second: the edges of speech activity drawn to the sound's own.

The network judges 32 ms at a time and is late by one judgement or two, more where a word begins softly. The sound's
level knows better: an edge is moved to where the level, near it, last rises from or falls to the noise. Where noise
hides that, the edge stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.records import Seconds, Span

ABOVE_NOISE_DB = 8.0
BELOW_SPEECH_DB = 30.0
"""Sound counts as speech near an edge where it is this far above the noise, and no farther than this below the span's
own level."""

EARLIER_S: Seconds = 0.4
LATER_S: Seconds = 0.2
"""How far an edge may be moved out of the span, and into it."""

_FRAME = 160  # 10 ms
_FRAME_S: Seconds = _FRAME / SAMPLE_RATE
_BREAK = 4  # frames: a stop consonant is silent for 40 ms
_FLOOR_DB = -90.0


def drawn_to_sound(spans: Sequence[Span], samples: Samples) -> tuple[Span, ...]:
    """``spans`` (sorted, disjoint) with their edges where the level of ``samples`` rises and falls; still disjoint."""
    if not spans:
        return ()
    levels = _levels(samples)
    noise = _noise(levels, spans)
    drawn: list[Span] = []
    for index, span in enumerate(spans):
        before = drawn[-1].end if drawn else 0.0
        after = spans[index + 1].start if index + 1 < len(spans) else len(samples) / SAMPLE_RATE
        drawn.append(_drawn(span, levels, noise, before, after))
    return tuple(drawn)


def _drawn(span: Span, levels: NDArray[np.float64], noise: float, before: Seconds, after: Seconds) -> Span:
    first, last = round(span.start / _FRAME_S), min(len(levels), round(span.end / _FRAME_S))
    if last - first < 2 * _BREAK:
        return span
    threshold = max(noise + ABOVE_NOISE_DB, float(np.percentile(levels[first:last], 90)) - BELOW_SPEECH_DB)
    loud = levels >= threshold
    if not loud[first:last].any():
        return span
    start = _rise(loud, first, max(round(before / _FRAME_S), first - round(EARLIER_S / _FRAME_S)))
    end = len(loud) - _rise(
        loud[::-1],
        len(loud) - last,
        max(len(loud) - min(len(loud), round(after / _FRAME_S)), len(loud) - last - round(EARLIER_S / _FRAME_S)),
    )
    begins = max(before, start * _FRAME_S) if start != first else span.start
    ends = min(after, end * _FRAME_S) if end != last else span.end
    return Span(begins, ends) if ends > begins else span


def _rise(loud: NDArray[np.bool_], edge: int, earliest: int) -> int:
    """The frame near ``edge`` from which it is loud: back over loud frames and short breaks, else on to the first."""
    at = edge
    if not loud[edge : edge + _BREAK].any():
        ahead = np.flatnonzero(loud[edge : edge + round(LATER_S / _FRAME_S) + 1])
        return edge + int(ahead[0]) if len(ahead) else edge
    while at > earliest:
        behind = np.flatnonzero(loud[max(earliest, at - _BREAK) : at])
        if not len(behind):
            break
        at = max(earliest, at - _BREAK) + int(behind[0])
    if at == edge and not loud[edge]:
        at = edge + int(np.argmax(loud[edge : edge + _BREAK]))
    # Loud all the way to the limit is no rise: something else sounds there, and the network's word stands.
    return edge if at <= earliest and earliest > 0 and loud[max(0, earliest - _BREAK) : earliest].any() else at


def _levels(samples: Samples) -> NDArray[np.float64]:
    """(frames,) the level of each 10 ms, in dB of full scale."""
    whole = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    power = np.einsum("ij,ij->i", whole, whole).astype(np.float64) / _FRAME
    return np.asarray(10 * np.log10(power + 10 ** (_FLOOR_DB / 10)))


def _noise(levels: NDArray[np.float64], spans: Sequence[Span]) -> float:
    """The usual level outside speech; of the quietest tenth where there is hardly any outside."""
    outside = np.ones(len(levels), bool)
    for span in spans:
        outside[max(0, int((span.start - EARLIER_S) / _FRAME_S)) : round((span.end + LATER_S) / _FRAME_S)] = False
    still = levels[outside]
    return (
        float(np.median(still)) if len(still) >= 20 else float(np.percentile(levels, 10)) if len(levels) else _FLOOR_DB
    )
