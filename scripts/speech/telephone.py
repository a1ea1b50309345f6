"""A telephone line in numpy: resampling, band limit, G.711 companding, noise, tilt.

All functions take and return ``(n,) float32`` in [-1, 1] and change no argument.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

TELEPHONE_RATE = 8_000


def resample(samples: Samples, source: int, target: int) -> Samples:
    """Change the sampling rate with an ideal (Fourier) filter; the length becomes ``ceil(n * target / source)``.

    Zeros are appended first, both to make the ratio exact and to keep the end from ringing into the beginning.
    """
    if source == target or len(samples) == 0:
        return samples.astype(np.float32)
    common = math.gcd(source, target)
    up, down = target // common, source // common
    length = math.ceil(len(samples) * up / down)
    blocks = -(-(len(samples) + source // 50) // (down * 32)) * 32  # a multiple of 32 keeps the transform fast
    spectrum = np.fft.rfft(samples, blocks * down)
    wanted = blocks * up // 2 + 1
    kept = np.zeros(wanted, spectrum.dtype)
    shared = min(wanted, len(spectrum))
    kept[:shared] = spectrum[:shared]
    resampled = np.fft.irfft(kept, blocks * up) * (up / down)
    return resampled[:length].astype(np.float32)


def band_limit(samples: Samples, rate: int, low: float = 300.0, high: float = 3_400.0) -> Samples:
    """Keep ``low``..``high`` hertz, with raised-cosine edges a quarter of each corner frequency wide."""
    frequencies = np.fft.rfftfreq(_padded(samples, rate), 1 / rate)
    gain = _edge(frequencies, 0.75 * low, low) * (1 - _edge(frequencies, high, min(1.25 * high, rate / 2)))
    return _filtered(samples, rate, gain)


def tilt(samples: Samples, rate: int, db_per_octave: float) -> Samples:
    """Make the sound brighter (positive) or duller (negative) around 1 kHz."""
    frequencies = np.maximum(np.fft.rfftfreq(_padded(samples, rate), 1 / rate), 100.0)
    return _filtered(samples, rate, 10 ** (db_per_octave * np.log2(frequencies / 1_000) / 20))


def add_noise(samples: Samples, snr_db: float, generator: np.random.Generator) -> Samples:
    """Add white noise ``snr_db`` decibels below the RMS of ``samples``; silence stays silence."""
    noise = generator.standard_normal(len(samples)).astype(np.float32)
    return _clipped(samples + noise * (rms(samples) * 10 ** (-snr_db / 20)))


def white_noise(count: int, level_db: float, generator: np.random.Generator) -> Samples:
    """Return ``count`` samples of white noise whose RMS is ``level_db`` relative to full scale (-60: a quiet line)."""
    return _clipped(generator.standard_normal(count).astype(np.float32) * 10 ** (level_db / 20))


def rms(samples: Samples) -> float:
    """Root mean square; 0.0 for nothing."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def mu_law(samples: Samples) -> Samples:
    """Go through 8-bit mu-law (America, Japan) and back: ITU-T G.711 by its continuous formula, 255 levels."""
    compressed = np.sign(samples) * np.log1p(255 * np.abs(_clipped(samples))) / np.log(256)
    quantised = np.round(compressed * 127) / 127
    return _clipped(np.sign(quantised) * np.expm1(np.abs(quantised) * np.log(256)) / 255)


def a_law(samples: Samples) -> Samples:
    """Go through 8-bit A-law (China, Europe) and back: ITU-T G.711 by its continuous formula, A = 87.6."""
    scale = 1 + np.log(87.6)
    size = np.abs(_clipped(samples))
    compressed = np.where(size < 1 / 87.6, 87.6 * size, 1 + np.log(np.maximum(87.6 * size, 1))) / scale
    quantised = (np.floor(compressed * 127.999) + 0.5) / 128
    expanded = np.where(quantised < 1 / scale, quantised * scale, np.exp(quantised * scale - 1)) / 87.6
    return _clipped(np.sign(samples) * expanded)


def line(samples: Samples, *, law: str, snr_db: float | None, generator: np.random.Generator) -> Samples:
    """Send 8 kHz samples through a line: band limit, optional noise, then companding (``mu``, ``a`` or ``none``)."""
    heard = band_limit(samples, TELEPHONE_RATE)
    if snr_db is not None:
        heard = add_noise(heard, snr_db, generator)
    if law == "mu":
        return mu_law(heard)
    if law == "a":
        return a_law(heard)
    if law == "none":
        return heard
    raise ValueError(f"unknown companding law {law!r}: mu, a or none")


def _clipped(samples: NDArray[np.floating]) -> Samples:
    clipped: Samples = np.clip(samples, -1, 1).astype(np.float32)
    return clipped


def _padded(samples: Samples, rate: int) -> int:
    """A transform length with 20 ms of room behind the sound, a multiple of 256."""
    return -(-(len(samples) + rate // 50) // 256) * 256


def _edge(frequencies: NDArray[np.floating], start: float, stop: float) -> NDArray[np.floating]:
    """Rise from 0 at ``start`` to 1 at ``stop`` hertz along a raised cosine."""
    place = np.clip((frequencies - start) / (stop - start), 0, 1)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * place))


def _filtered(samples: Samples, rate: int, gain: NDArray[np.floating]) -> Samples:
    size = _padded(samples, rate)
    filtered = np.fft.irfft(np.fft.rfft(samples, size) * gain, size)
    kept: Samples = np.asarray(filtered[: len(samples)], np.float32)
    return kept
