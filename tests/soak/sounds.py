"""Short calls cut from the samples, as many as anybody wants, no two alike: the recordings of a made-up night.

Each is a run of utterances of one sample, about 5 to 15 seconds, at another speed and level, with other noise and
silence around it, in mono or stereo, at 8 or 16 kHz, in one of the formats of ``FORMATS``. What was said in it is known.
The same seed gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import yaml
from numpy.typing import NDArray

from qa_pipeline.audio.decode import SAMPLE_RATE, decode

SAMPLES = Path(__file__).parents[2] / "samples"
SHORTEST_S, LONGEST_S = 5.0, 15.0
_PAD_S = 0.2
_TELEPHONE = 8_000

FORMATS = {
    "s16.wav": ("wav", "pcm_s16le"),
    "alaw.wav": ("wav", "pcm_alaw"),
    "ulaw.wav": ("wav", "pcm_mulaw"),
    "flac": ("flac", "flac"),
    "mp3": ("mp3", "libmp3lame"),
    "opus": ("ogg", "libopus"),
    "m4a": ("mp4", "aac"),
    "amr": ("amr", "libopencore_amrnb"),
}
"""Names of formats, whose last part is the file's extension: FFmpeg's container and codec."""

Sound = NDArray[np.float32]
"""(channels, samples) in [-1, 1]."""


@dataclass(frozen=True)
class Call:
    """``sound`` at ``rate`` hertz, and the ``text`` said in it, all channels together in the order of time."""

    sound: Sound
    rate: int
    text: str

    @property
    def duration(self) -> float:
        """In seconds."""
        return self.sound.shape[1] / self.rate


@dataclass(frozen=True)
class _Sample:
    sound: Sound
    said: Sequence[tuple[float, float, str]]


class Studio:
    """Makes calls, from the first ``samples`` samples or all. Loading takes as long as decoding them."""

    def __init__(self, samples: int | None = None) -> None:
        self.samples = [_sample(path) for path in sorted((SAMPLES / "references").glob("*.yaml"))[:samples]]
        self.samples = [sample for sample in self.samples if sample.said]

    def call(self, chance: np.random.Generator) -> Call:
        """The next call."""
        sound, text = _stretch(self.samples[chance.integers(len(self.samples))], chance)
        speed = chance.uniform(0.94, 1.06)
        at = np.arange(0, sound.shape[1] - 1, speed)
        sound = np.stack([np.interp(at, np.arange(sound.shape[1]), channel) for channel in sound])
        if len(sound) == 2 and chance.random() < 0.3:
            sound = sound.mean(axis=0, keepdims=True)
        around = [(0, 0), tuple(int(s * SAMPLE_RATE) for s in chance.uniform(0.05, 1.0, 2))]
        sound = np.pad(sound, around) * 10 ** (chance.uniform(-9, 2) / 20)
        hiss = np.sqrt((sound**2).mean()) * 10 ** (-chance.uniform(25, 45) / 20)
        sound = np.clip(sound + chance.standard_normal(sound.shape) * hiss, -1, 1).astype(np.float32)
        if chance.random() < 0.7:
            even = sound.shape[1] // 2 * 2
            return Call((sound[:, :even:2] + sound[:, 1:even:2]) / 2, _TELEPHONE, text)
        return Call(sound, SAMPLE_RATE, text)


def choose_format(call: Call, chance: np.random.Generator) -> str:
    """A format that can hold ``call``, telephony's own most often."""
    names = [name for name in FORMATS if name != "amr" or (len(call.sound) == 1 and call.rate == _TELEPHONE)]
    weights = np.array([3.0 if name.endswith("wav") else 1.0 for name in names])
    return str(chance.choice(names, p=weights / weights.sum()))


def write(path: Path, sound: Sound, rate: int, kind: str) -> None:
    """Write ``sound`` to ``path`` in the format ``kind``; the same sound gives the same bytes."""
    container_name, codec = FORMATS[kind]
    whole = np.ascontiguousarray((sound.clip(-1, 1) * 32767).round().astype(np.int16).T)
    layout = "mono" if len(sound) == 1 else "stereo"
    exact = {"flags": "+bitexact"}
    with av.open(str(path), "w", format=container_name, options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout, options=exact)
        frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _sample(reference: Path) -> _Sample:
    told = yaml.load(reference.read_text(encoding="utf-8"), yaml.CSafeLoader)
    said = sorted((u["start"], u["end"], u["text"]) for u in told["utterances"])
    path = next((SAMPLES / "calls").glob(f"{reference.stem}.*"))
    return _Sample(decode(path).channels, said)


def _stretch(sample: _Sample, chance: np.random.Generator) -> tuple[Sound, str]:
    """Some utterances in a row with the silence between them, and all that is said then: people talk over one another."""
    said, wanted = sample.said, chance.uniform(SHORTEST_S, LONGEST_S)
    first = last = int(chance.integers(len(said)))
    while last + 1 < len(said) and said[last + 1][1] - said[first][0] <= wanted:
        last += 1
    while first > 0 and said[last][1] - said[first][0] < SHORTEST_S:  # near the end of a call: begin earlier
        first -= 1
    until = max(end for _, end, _ in said[first : last + 1]) + _PAD_S
    since = max(0.0, said[first][0] - _PAD_S)
    heard = [text for start, end, text in said if min(end, until) - max(start, since) >= (end - start) / 2]
    return sample.sound[:, round(since * SAMPLE_RATE) : round(until * SAMPLE_RATE)], "".join(heard)
