"""From a file to one float32 array per channel at 16 kHz. Says what is missing; never guesses, never mixes channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.container import Opened, opened
from qa_pipeline.audio.probe import AudioInfo, describe
from qa_pipeline.records import Seconds

SAMPLE_RATE = 16_000
"""What Whisper and Silero expect, in hertz."""

# Decoders drop or add a frame or two at either end (MP3: 1,105 samples); nobody calls that truncated.
_SLACK_S = 0.5
_SLACK_SHARE = 0.02
# A header may claim years; beyond this the buffer grows with what is really there, copying it. Up to this it is taken
# at its word: memory that no sample is written to costs nothing, and a copy of four hours costs gigabytes.
_FIRST_BUFFER_S = 5 * 3600.0
_BLOCK = 1 << 21  # two minutes

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sound:
    """A decoded recording: ``channels`` is (n_channels, samples) float32 in [-1, 1] at 16 kHz, ``duration`` its length.

    ``warnings`` says what was lost on the way (cut off, damaged, more sound tracks), in words.
    """

    channels: Samples
    duration: Seconds
    warnings: tuple[str, ...] = ()


def decode(path: str | Path) -> Sound:
    """Every channel of the recording at ``path``, as many as it really has.

    A damaged stretch becomes silence of the same length where its length is known, and a warning. Raises
    ``RecordingError`` where nothing usable is left: ``READ`` without bytes, ``DECODE`` without sound.
    """
    with opened(path) as source:
        info = describe(source)
        try:
            track, loss = _read(source, info)
        except MemoryError as error:
            raise source.error("is too long for this machine's memory; cut it into parts") from error
        if track.length == 0:
            raise source.error(_nothing_usable(loss))
        sound = track.samples()
        duration = sound.shape[1] / SAMPLE_RATE
        return Sound(sound, duration, tuple(_warnings(source, info, loss, duration)))


@dataclass(slots=True)
class _Loss:
    """What could not be decoded."""

    packets: int = 0
    damaged: int = 0
    damaged_s: Seconds = 0.0
    broke_off: bool = False


@dataclass(slots=True)
class _Track:
    """Sound as it arrives: one array that grows, so that a call is in memory once."""

    data: Samples
    length: int = 0

    @classmethod
    def of(cls, info: AudioInfo) -> _Track:
        expected = min((info.duration or 60.0) + 1.0, _FIRST_BUFFER_S)
        return cls(np.empty((info.channels, int(expected * SAMPLE_RATE)), np.float32))

    def extend(self, n: int) -> Samples:
        """Room for ``n`` more samples, to be filled by the caller."""
        if self.length + n > self.data.shape[1]:
            larger = np.empty((self.data.shape[0], (self.length + n) * 3 // 2), np.float32)
            larger[:, : self.length] = self.data[:, : self.length]
            self.data = larger
        self.length += n
        return self.data[:, self.length - n : self.length]

    def samples(self) -> Samples:
        """What arrived, made fit for the recogniser in place: no NaN, nothing beyond full scale."""
        sound = self.data[:, : self.length]
        for at in range(0, self.length, _BLOCK):  # a mask of a whole long recording weighs as much as a third of it
            block = sound[:, at : at + _BLOCK]
            if block.min() >= -1.0 and block.max() <= 1.0:  # a NaN makes both NaN
                continue
            np.nan_to_num(block, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
            np.clip(block, -1.0, 1.0, out=block)
        return sound


def _read(source: Opened, info: AudioInfo) -> tuple[_Track, _Loss]:
    track, loss, resample = _Track.of(info), _Loss(), _Resampler(source)
    for packet in _packets(source, loss):
        frames = _frames(packet, loss)
        if frames is None:
            lost_s = float(packet.duration * packet.time_base) if packet.duration and packet.time_base else 0.0
            loss.damaged_s += lost_s
            track.extend(int(lost_s * SAMPLE_RATE))[:] = 0.0
            continue
        for frame in frames:
            for block in resample(frame):
                track.extend(block.shape[1])[:] = block
    for block in resample.flush():
        track.extend(block.shape[1])[:] = block
    if loss.packets and loss.damaged == loss.packets:
        track.length = 0  # nothing but our own silence
    return track, loss


def _packets(source: Opened, loss: _Loss) -> Iterator[Any]:
    """The audio stream's packets, up to the end or to where the file breaks off."""
    from av.error import EOFError as EndOfFile
    from av.error import FFmpegError

    try:
        yield from source.container.demux(source.stream)
    except EndOfFile:
        return
    except FFmpegError:
        loss.broke_off = True


def _frames(packet: Any, loss: _Loss) -> list[Any] | None:
    """The packet's frames; None where it is damaged. The last packet of a stream is empty and flushes the decoder."""
    from av.error import EOFError as EndOfFile
    from av.error import FFmpegError

    loss.packets += packet.size > 0
    try:
        return list(packet.decode())
    except EndOfFile:
        return []
    except FFmpegError:
        loss.damaged += packet.size > 0
        return None


@dataclass(slots=True)
class _Resampler:
    """Brings frames to 16 kHz float, channel by channel. Starts anew where the stream changes its rate on the way."""

    source: Opened
    kind: tuple[str, str, int] | None = None
    graph: Any = field(default=None)

    def __call__(self, frame: Any) -> Iterator[Samples]:
        """Blocks of (n_channels, samples), whatever the filter has ready."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self.kind:
            yield from self.flush()
            self._start(frame)
            self.kind = kind
        frame.pts = None  # the channels of one file share one clock; damaged time stamps must not tear holes
        for block in self.graph.resample(frame):
            yield block.to_ndarray()

    def flush(self) -> Iterator[Samples]:
        """What the filter still holds."""
        if self.graph is not None:
            for block in self.graph.resample(None):
                if block is not None:
                    yield block.to_ndarray()

    def _start(self, frame: Any) -> None:
        from av.audio.resampler import AudioResampler

        if frame.layout.nb_channels != self.source.channels:
            raise self.source.error(
                f"changes from {self.source.channels} to {frame.layout.nb_channels} channels on the way; "
                "export it again with one layout"
            )
        self.graph = AudioResampler(format="fltp", layout=frame.layout.name, rate=SAMPLE_RATE)


def _nothing_usable(loss: _Loss) -> str:
    if loss.damaged:
        return f"none of its {loss.packets} blocks of sound can be decoded; the file is damaged, copy it again"
    return "has a header but no sound in it; was the recording cut off or never started?"


def _warnings(source: Opened, info: AudioInfo, loss: _Loss, duration: Seconds) -> Iterator[str]:
    tracks = len(source.container.streams.audio)
    if tracks > 1:
        yield f"has {tracks} sound tracks; only the first was read"
    if loss.damaged:
        yield (
            f"{loss.damaged} of {loss.packets} blocks of sound could not be decoded; "
            f"silence stands in for {loss.damaged_s:.1f} s"
        )
    promised = info.promised
    if promised is not None and promised - duration > max(_SLACK_S, _SLACK_SHARE * promised):
        yield f"ends early: {duration:.1f} s decoded of {promised:.1f} s promised by the header"
    elif loss.broke_off:
        yield f"ends early: the file breaks off after {duration:.1f} s"
