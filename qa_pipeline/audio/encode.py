"""Writes sound that people will play: MP3 for any browser, or FLAC. No tags, no names, the same bytes every time."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import numpy as np

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples


class Encoding(StrEnum):
    """The format of a written sound; its value is the file's suffix."""

    MP3 = "mp3"
    FLAC = "flac"


_CODECS = {
    Encoding.MP3: ("libmp3lame", {"b": "64k", "compression_level": "7"}),  # a telephone call needs no better search
    Encoding.FLAC: ("flac", {"compression_level": "8"}),
}
_LOUD = 0.7
"""Where the loudest sample goes: recordings of quiet lines are brought up for a room, never by more than ``_MOST``."""
_MOST = 8.0


def for_a_room(sound: Samples) -> Samples:
    """``sound`` made as loud as it can be without clipping, all channels by one factor."""
    peak = float(np.abs(sound).max(initial=0.0))
    return sound * np.float32(min(_MOST, _LOUD / peak) if peak > 0 else 1.0)


def write_sound(path: Path, sound: Samples, encoding: Encoding) -> None:
    """Write ``sound`` ((1 or 2 channels, samples) float32 in [-1, 1] at 16 kHz). Raises OSError."""
    import av

    codec, options = _CODECS[encoding]
    layout = "mono" if sound.shape[0] == 1 else "stereo"
    whole = np.ascontiguousarray((np.clip(sound[:2], -1.0, 1.0) * 32767).round().astype(np.int16).T)
    with av.open(str(path), "w", format=encoding.value, options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=SAMPLE_RATE, layout=layout, options={"flags": "+bitexact", **options})
        frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = SAMPLE_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
