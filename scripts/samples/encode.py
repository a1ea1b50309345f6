"""Write int16 samples as FLAC, Ogg Opus, MP3 or A-law WAV with PyAV, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

_CODECS: dict[str, tuple[str, dict[str, str]]] = {
    "flac": ("flac", {"compression_level": "8"}),
    "opus": ("libopus", {"b": "32k", "application": "voip"}),
    "mp3": ("libmp3lame", {"b": "32k", "joint_stereo": "0"}),
    "alaw-wav": ("pcm_alaw", {}),
}


def write_audio(path: Path, samples: NDArray[np.int16], rate: int, encoding: str) -> None:
    """Write ``(samples, channels) int16``; ``encoding`` is ``flac``, ``opus``, ``mp3`` or ``alaw-wav``."""
    codec, options = _CODECS[encoding]
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout, options={"flags": "+bitexact", **options})
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
