"""What storing a recording as Opus or MP3 does to it: encoded and decoded again, in memory, by PyAV."""

from __future__ import annotations

import io
from typing import Literal

import av
import numpy as np

from scripts.speech.telephone import TELEPHONE_RATE, Samples, resample

Codec = Literal["opus", "mp3"]

_ENCODERS = {"opus": ("libopus", "ogg", {"application": "voip"}), "mp3": ("libmp3lame", "mp3", {})}


def through_codec(samples: Samples, codec: Codec, bits_per_s: int) -> Samples:
    """Return 8 kHz mono ``samples`` as they come back from a file: same rate, same length, in place to a few ms."""
    name, container_format, options = _ENCODERS[codec]
    file = io.BytesIO()
    with av.open(file, "w", format=container_format) as container:
        stream = container.add_stream(
            name, rate=TELEPHONE_RATE, layout="mono", options={"b": str(bits_per_s), **options}
        )
        whole = (np.clip(samples, -1, 1) * 32_767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = TELEPHONE_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    resampler = av.AudioResampler(format="flt", layout="mono")
    with av.open(file) as container:
        rate = container.streams.audio[0].rate
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    decoded = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.float32)
    back = resample(decoded, rate, TELEPHONE_RATE)[: len(samples)]
    return np.pad(back, (0, len(samples) - len(back)))
