"""Makes sound files for tests with PyAV, in every form that telephony produces and PyAV can write."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np

RATE = 8_000


def tones(seconds: float = 2.0, rate: int = RATE, frequencies: tuple[int, ...] = (440,)) -> np.ndarray:
    """(channels, samples) float32: one tone per channel at half scale, so that channels can be told apart."""
    time = np.arange(int(seconds * rate)) / rate
    return np.stack([0.5 * np.sin(2 * np.pi * f * time) for f in frequencies]).astype(np.float32)


def encoded(sound: np.ndarray, container: str, codec: str, rate: int = RATE, **options: str) -> bytes:
    """``sound`` as a file's bytes. ``container`` and ``codec`` as FFmpeg names them."""
    buffer = io.BytesIO()
    layout = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0"}[len(sound)]
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout=layout)
        stream.options = options
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.float32), format="fltp", layout=layout)
        frame.sample_rate = rate
        wanted = stream.codec_context.format or frame.format
        resampler = av.AudioResampler(wanted, layout, rate, frame_size=stream.codec_context.frame_size or 0)
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            out.mux(stream.encode(part))
    return buffer.getvalue()


def write(path: Path, sound: np.ndarray, container: str = "wav", codec: str = "pcm_s16le", rate: int = RATE) -> Path:
    """Write ``sound`` to ``path`` and return it."""
    path.write_bytes(encoded(sound, container, codec, rate))
    return path


def pitch(samples: np.ndarray, rate: int = 16_000) -> float:
    """The loudest frequency, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))
