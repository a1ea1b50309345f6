"""How loud each channel is along a call, for drawing: one peak for each step of time, read without resampling."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.container import Opened, opened
from qa_pipeline.errors import RecordingError
from qa_pipeline.records import Seconds

STEPS = 600
"""Peaks per channel, whatever the call's length: as many as a wide screen shows."""

_BLOCK_S = 4

Peaks = NDArray[np.uint8]
"""(channels, steps), 0 silent to 255 full scale, on a square-root scale so that quiet speech is seen."""


def peaks(path: str | Path, duration: Seconds) -> Peaks | None:
    """The peaks of the recording at ``path``, ``duration`` seconds long; None where it cannot be read."""
    if duration <= 0:
        return None
    try:
        return _read(path, duration)
    except (RecordingError, OSError, ValueError):
        return None


def _read(path: str | Path, duration: Seconds) -> Peaks | None:
    with opened(path) as source:
        rate = source.stream.rate or 8000
        step = max(1.0, rate * duration / STEPS)  # samples in one step
        loudest = np.zeros((source.channels, STEPS), np.float32)
        done = 0
        for block in _blocks(source, rate):
            done = _draw(loudest, _channels(block, source.channels), done, step)
    return (np.sqrt(np.clip(loudest, 0.0, 1.0)) * 255).astype(np.uint8) if done else None


def _blocks(source: Opened, rate: int) -> Iterator[NDArray[Any]]:
    """The sound in blocks of some seconds: a frame of 20 ms each by itself would cost twice the time."""
    from av.error import FFmpegError

    held: list[NDArray[Any]] = []
    samples = 0
    try:
        for frame in source.container.decode(source.stream):
            if frame.layout.nb_channels != source.channels:
                break
            held.append(frame.to_ndarray())
            samples += frame.samples
            if samples >= _BLOCK_S * rate:
                yield np.concatenate(held, axis=1)
                held, samples = [], 0
    except FFmpegError:
        pass  # a broken file is drawn as far as it goes; the warnings of the call say why
    if held:
        yield np.concatenate(held, axis=1)


def _draw(loudest: NDArray[np.float32], block: NDArray[np.float32], done: int, step: float) -> int:
    """Raise the steps that ``block``, which begins at sample ``done``, falls into; where the next block begins."""
    first, last = int(done / step), int((done + block.shape[1] - 1) / step)
    starts = [max(0, math.ceil(index * step) - done) for index in range(first, last + 1)]
    found = np.maximum.reduceat(np.abs(block), starts, axis=1)
    first, last = min(first, STEPS - 1), min(last, STEPS - 1)
    np.maximum(loudest[:, first : last + 1], found[:, : last + 1 - first], out=loudest[:, first : last + 1])
    return done + int(block.shape[1])


def _channels(data: NDArray[Any], channels: int) -> NDArray[np.float32]:
    """(channels, samples) float32 in [-1, 1] of a frame in any format that FFmpeg gives, packed or planar."""
    if data.shape[0] != channels:
        data = data.reshape(-1, channels).T
    if data.dtype == np.uint8:
        return (data.astype(np.float32) - np.float32(128)) / np.float32(128)
    if np.issubdtype(data.dtype, np.integer):
        return data.astype(np.float32) / np.float32(np.iinfo(data.dtype).max)
    return data.astype(np.float32)
