"""Mains hum: 50 Hz and its multiples under everything that is said, from a badly earthed line or recorder.

It hides where speech begins and pulls speech activity down. Hum stands still for the whole recording and speech does
not, so it shows in the quietest of many seconds: a line at a multiple of 50 Hz, far above what lies beside it. It is
then measured second by second at exactly these frequencies and subtracted; half a hertz beside them nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples

MAINS_HZ = 50
HARMONICS = 10
ABOVE_DB = 15.0
"""How far a line must stand above the sound beside it."""

LOUDEST_IGNORED_DB = -70.0
"""Fainter lines disturb nobody."""

_BLOCK = SAMPLE_RATE  # one second: a hertz of resolution, and mains drift by less
_LOOKS = 40
_QUIETEST = 20  # percentile of the seconds looked at
_CHUNK = 60  # blocks worked on at once
_VOTERS = 11  # blocks: five seconds


def without_hum(samples: Samples) -> Samples:
    """``samples`` ((n,) float32 at 16 kHz) without mains hum; the very same array where there is none."""
    lines = hum_lines(samples)
    return _subtracted(samples, lines) if lines else samples


def hum_lines(samples: Samples) -> tuple[int, ...]:
    """The multiples of 50 Hz that hum, in hertz; empty for sound of less than two seconds."""
    count = len(samples) // _BLOCK
    if count < 2:
        return ()
    looked_at = np.unique(np.linspace(0, count - 1, min(count, _LOOKS)).astype(int))
    window = np.hanning(_BLOCK).astype(np.float32)
    seconds = [np.abs(np.fft.rfft(samples[at * _BLOCK : (at + 1) * _BLOCK] * window)[:700]) for at in looked_at]
    # A sine of amplitude a has a peak of a * n / 4 under a Hann window; its power is a^2 / 2.
    level = 20 * np.log10(np.percentile(np.stack(seconds), _QUIETEST, axis=0) * 4 / _BLOCK / np.sqrt(2) + 1e-9)
    return tuple(hertz for hertz in range(MAINS_HZ, MAINS_HZ * HARMONICS + 1, MAINS_HZ) if _hums(level, hertz))


def _hums(level: NDArray[np.float64], hertz: int) -> bool:
    line = float(level[hertz - 1 : hertz + 2].max())
    beside = float(np.median(np.concatenate((level[hertz - 20 : hertz - 4], level[hertz + 5 : hertz + 21]))))
    return line > LOUDEST_IGNORED_DB and line - beside >= ABOVE_DB


def _subtracted(samples: Samples, lines: Sequence[int]) -> Samples:
    """Every half second under windows that add up to one; what is subtracted changes as slowly as mains do."""
    angles = 2 * np.pi * np.outer(np.arange(_BLOCK) / SAMPLE_RATE, lines)
    waves = np.concatenate((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_BLOCK) / _BLOCK)).astype(np.float32)
    half = _BLOCK // 2
    padded = np.pad(samples, (half, _BLOCK + half))
    blocks = sliding_window_view(padded, _BLOCK)[: len(samples) + half : half]
    # Half a second holds whole waves of every line, so that phases can be compared from block to block: speech that
    # happens to sound at a line for a moment is outvoted by the seconds around it.
    parts = [(blocks[at : at + _CHUNK] * (2 * window)) @ waves for at in range(0, len(blocks), _CHUNK)]
    measured = np.concatenate(parts) * (2 / _BLOCK)
    whole = slice(
        1, max(2, (len(samples) - _BLOCK) // half + 2)
    )  # blocks that reach beyond the sound measure too little
    measured = np.pad(measured[whole], ((1, max(0, len(blocks) - whole.stop)), (0, 0)), mode="edge")
    around = np.pad(measured, ((_VOTERS // 2, _VOTERS // 2), (0, 0)), mode="edge")
    voted = np.median(sliding_window_view(around, _VOTERS, axis=0), axis=-1).astype(np.float32)
    cleaned = samples.copy()
    for at, coefficients in enumerate(voted):
        first, last = max(0, (at - 1) * half), min(len(samples), (at - 1) * half + _BLOCK)
        hum = (waves @ coefficients) * window
        cleaned[first:last] -= hum[first - (at - 1) * half : last - (at - 1) * half]
    return cleaned
