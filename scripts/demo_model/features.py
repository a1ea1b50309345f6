"""Log-mel features, exactly as faster-whisper computes them, split into a raw and a normalising half.

The raw half is stored in the corpus; the normalising half depends on the loudest frame of the whole window, so it comes
last, after utterances have been laid out and noise has been added.
"""

from __future__ import annotations

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from scripts.speech.telephone import Samples

FEATURE_RATE = 16_000
FRAMES_PER_S = 100
BANDS = 80
WINDOW_FRAMES = 3_000
"""30 seconds: what Whisper always looks at, padded with zeros after normalisation."""

QUIETEST = -10.0
"""log10 of the smallest power that is told apart from silence."""

_HOP, _WIDTH = 160, 400
_FILTERS = FeatureExtractor().mel_filters.astype(np.float32)
_HANN = np.hanning(_WIDTH + 1)[:-1].astype(np.float32)


def log_mel(samples: Samples) -> NDArray[np.float32]:
    """Return ``(frames, 80)`` log10 mel power of 16 kHz samples, one frame per 10 ms, not below -10."""
    padded = np.pad(samples, (_WIDTH // 2, _WIDTH // 2 + _HOP))
    frames = sliding_window_view(padded, _WIDTH)[::_HOP][: len(samples) // _HOP + 1]
    power = np.abs(np.fft.rfft(frames * _HANN, axis=1)).astype(np.float32) ** 2
    return np.asarray(np.log10(np.maximum(power @ _FILTERS.T, 10.0**QUIETEST)), np.float32)


def normalise(raw: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clip to 8 decades under the loudest value and scale to about [-1, 1], as Whisper wants it."""
    floored = np.maximum(np.maximum(raw, QUIETEST), raw.max() - 8.0)
    return np.asarray((floored + 4.0) / 4.0, np.float32)
