"""How loud a channel is: its speech, its noise, and how much of it is clipped.

Levels are RMS in dB relative to full scale (a square wave of amplitude 1 is 0, a sine -3.01), never below ``FLOOR_DB``.
A long recording is gone through in blocks, so that no copy of it is made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.records import ChannelSound, Seconds, Span

FLOOR_DB = -100.0
"""The level of digital silence; 16-bit sound has nothing below -96."""

CLIP_LEVEL = 0.97
"""Samples at or beyond this are at the end of the scale: G.711 ends at 0.98, 16-bit sound at 1."""

_FRAME = 512  # 32 ms, as speech activity counts
_BLOCK = 1 << 21  # two minutes
_MARGIN_S: Seconds = 0.1  # speech spans are unpadded: their edges still hold a little voice
_MIN_NOISE_FRAMES = 10


def channel_sound(samples: Samples, speech: Sequence[Span]) -> ChannelSound:
    """How one channel sounds; ``samples`` is (n,) float32 at 16 kHz, ``speech`` its unpadded spans, disjoint.

    ``speech_db`` is the level over all speech. ``noise_db`` is the median level of the 32 ms frames without speech (a
    knock or a key tone does not move it); where somebody speaks nearly all the time, of the quietest tenth of all
    frames. ``snr_db`` is the one above the other. On an empty channel the noise is ``FLOOR_DB``.
    """
    speech_db = level_db(samples, speech)
    powers = _frame_powers(samples)
    noise_db = _decibels(_noise_power(powers, speech))
    snr_db = None if speech_db is None else speech_db - noise_db
    return ChannelSound(speech_db, noise_db, snr_db, _clipped(samples))


def level_db(samples: Samples, spans: Iterable[Span]) -> float | None:
    """The RMS level of ``samples`` within ``spans``, all taken together; None where they hold no sample."""
    energy, count = 0.0, 0
    for start, end in _pieces(spans, len(samples)):
        piece = samples[start:end]
        energy += float(piece @ piece)
        count += len(piece)
    return _decibels(energy / count) if count else None


def _pieces(spans: Iterable[Span], length: int) -> Iterator[tuple[int, int]]:
    """The sample ranges of ``spans`` within the sound, in blocks."""
    for span in spans:
        start, end = max(0, round(span.start * SAMPLE_RATE)), min(length, round(span.end * SAMPLE_RATE))
        for at in range(start, end, _BLOCK):
            yield at, min(end, at + _BLOCK)


def _frame_powers(samples: Samples) -> NDArray[np.float64]:
    """(frames,) the mean power of each whole 32 ms frame; of all there is where the sound is shorter than one."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if not len(frames):
        return np.array([float(samples @ samples) / len(samples)] if len(samples) else [0.0])
    powers: NDArray[np.float64] = np.einsum("ij,ij->i", frames, frames).astype(np.float64) / _FRAME
    return powers


def _noise_power(powers: NDArray[np.float64], speech: Sequence[Span]) -> float:
    spoken = np.zeros(len(powers), bool)
    for span in speech:
        start = max(0, math.floor((span.start - _MARGIN_S) * SAMPLE_RATE / _FRAME))
        spoken[start : max(0, math.ceil((span.end + _MARGIN_S) * SAMPLE_RATE / _FRAME))] = True
    still = powers[~spoken]
    if len(still) >= _MIN_NOISE_FRAMES or not spoken.any():
        return float(np.median(still))
    quietest = np.sort(powers)[: max(1, len(powers) // 10)]
    return float(np.median(quietest))


def _clipped(samples: Samples) -> float:
    """The share of samples at the end of the scale."""
    if not len(samples):
        return 0.0
    blocks = (samples[at : at + _BLOCK] for at in range(0, len(samples), _BLOCK))
    return sum(int(np.count_nonzero(np.abs(block) >= CLIP_LEVEL)) for block in blocks) / len(samples)


def _decibels(power: float) -> float:
    """``power`` (mean square) in dB of full scale, no lower than ``FLOOR_DB``; NaN counts as silence."""
    return max(FLOOR_DB, 10 * math.log10(power)) if power > 0 else FLOOR_DB
