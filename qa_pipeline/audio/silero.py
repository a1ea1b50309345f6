"""The Silero VAD network in numpy: the same figures as onnxruntime gives, at two to three times its speed.

Its frames are so small that onnxruntime spends its time between the multiplications. Here hundreds of frames go through
each layer at once, and the recurrent layer, which must go frame by frame, takes all channels along. The weights
(``silero.npz``) are those of ``silero_vad_v6.onnx`` as faster-whisper bundles it (Silero Team, MIT licence), written by
``python -m scripts.silero.build``.

The network, for each 32 ms frame and the 4 ms before it: magnitudes of four windowed Fourier transforms, four
convolutions over them, an LSTM of 128 cells over time, one linear layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FRAME = 512
"""Samples per judgement: 32 ms at 16 kHz."""

WEIGHTS = Path(__file__).parent / "silero.npz"

_CONTEXT = 64
_WINDOW, _HOP, _BANDS, _CELLS = 256, 128, 129, 128
_BLOCK = 1_875  # frames, a minute: bounds the memory that a four-hour file takes
_CHUNK = 128  # frames that go through the convolutions at once: what fits the processor's cache


@dataclass(frozen=True, slots=True)
class Weights:
    """The layers, each as the matrix that its input rows are multiplied with, and what is added.

    The LSTM's gates stand in the order input, output, forget, cell; the first three are halved, since a logistic
    function is a hyperbolic tangent of half its argument.
    """

    window: Floats
    conv1: Floats
    conv1_bias: Floats
    conv2: Floats
    conv2_bias: Floats
    conv3: Floats
    conv3_bias: Floats
    conv4: Floats
    conv4_bias: Floats
    lstm_in: Floats
    lstm_again: Floats
    lstm_bias: Floats
    out: Floats
    out_bias: Floats


@cache
def weights() -> Weights:
    """The shipped weights."""
    with np.load(WEIGHTS) as stored:
        return Weights(**{name: stored[name] for name in Weights.__slots__})


def speech_probabilities(channels: Sequence[Floats]) -> Floats:
    """(channels, frames): the probability of speech in each frame; ``channels`` are equally long, (samples,) each.

    The last frame is filled with silence. The channels go through the LSTM side by side, and their samples are left as
    they are.
    """
    frames = [_frames(samples) for samples in channels]
    found = np.empty((len(channels), len(frames[0])), np.float32)
    state = _State.at_rest(len(channels))
    for start in range(0, found.shape[1], _BLOCK):
        inputs = np.stack([_gate_inputs(one[start : start + _BLOCK]) for one in frames], axis=1)
        found[:, start : start + _BLOCK] = _remembered(inputs, state).T
    return found


@dataclass(slots=True)
class _State:
    """What the LSTM keeps in mind of each channel."""

    hidden: Floats
    cell: Floats

    @classmethod
    def at_rest(cls, channels: int) -> _State:
        return cls(np.zeros((channels, _CELLS), np.float32), np.zeros((channels, _CELLS), np.float32))


def _frames(samples: Floats) -> Floats:
    """(frames, 576): each frame of ``samples`` with the 64 samples before it."""
    count = -(-len(samples) // FRAME)
    padded = np.zeros(_CONTEXT + count * FRAME, np.float32)
    padded[_CONTEXT : _CONTEXT + len(samples)] = samples
    step = padded.strides[0]
    return as_strided(padded, (count, _CONTEXT + FRAME), (FRAME * step, step), writeable=False)


def _gate_inputs(frames: Floats) -> Floats:
    """(frames, 512): what each frame says to the LSTM's gates; all frames of digital silence say the same."""
    w = weights()
    inputs = np.empty((len(frames), 4 * _CELLS), np.float32)
    inputs[:] = _encoded(np.zeros_like(frames[:1]), w) @ w.lstm_in + w.lstm_bias
    (sounding,) = np.nonzero(frames.any(axis=1))
    for start in range(0, len(sounding), _CHUNK):
        chosen = sounding[start : start + _CHUNK]
        inputs[chosen] = _encoded(frames[chosen], w) @ w.lstm_in + w.lstm_bias
    return inputs


def _remembered(inputs: Floats, state: _State) -> Floats:
    """(frames, channels): the probabilities, from ``inputs`` ((frames, channels, 512)); ``state`` is carried on."""
    w = weights()
    hidden, cell, again, half = state.hidden, state.cell, w.lstm_again, np.float32(0.5)
    heard = np.empty((*inputs.shape[:2], _CELLS), np.float32)
    # So small are these arrays that making one costs as much as filling it: all are made before the first frame.
    gates, fresh = np.empty((len(cell), 4 * _CELLS), np.float32), np.empty_like(cell)
    logistic = gates[:, : 3 * _CELLS]
    take, give, keep, new = (gates[:, at * _CELLS : (at + 1) * _CELLS] for at in range(4))
    for said, told in zip(inputs, heard, strict=True):
        np.dot(hidden, again, gates)
        np.add(gates, said, gates)
        np.tanh(gates, gates)
        np.multiply(logistic, half, logistic)
        np.add(logistic, half, logistic)
        np.multiply(cell, keep, cell)
        np.multiply(take, new, fresh)
        np.add(cell, fresh, cell)
        np.tanh(cell, fresh)
        hidden = np.multiply(give, fresh, told)
    state.hidden = hidden.copy()
    np.maximum(heard, 0, out=heard)
    probabilities: Floats = 1 / (1 + np.exp(-(heard @ w.out + w.out_bias)))
    return probabilities


def _encoded(frames: Floats, w: Weights) -> Floats:
    """(frames, 128): the convolutions' word on each frame."""
    n = len(frames)
    # Four rows of magnitudes with a row of zeros on either side; then rows of three neighbours are windows of memory.
    magnitudes = np.zeros((n, 6, _BANDS), np.float32)
    magnitudes[:, 1:5] = _magnitudes(frames, w.window)
    first = _convolved(_neighbours(magnitudes, 4, 1), w.conv1, w.conv1_bias)
    rows = np.zeros((n, 5, _CELLS), np.float32)
    rows[:, 1:] = first.reshape(n, 4, _CELLS)
    second = _convolved(_neighbours(rows, 2, 2), w.conv2, w.conv2_bias).reshape(n, -1)
    return _convolved(_convolved(second, w.conv3, w.conv3_bias), w.conv4, w.conv4_bias)


def _magnitudes(frames: Floats, window: Floats) -> Floats:
    """(frames, 4, 129): windowed Fourier transforms of 16 ms every 8 ms; the end is mirrored to fill the last."""
    n, length = frames.shape
    extended = np.empty((n, length + _CONTEXT), np.float32)
    extended[:, :length] = frames
    extended[:, length:] = frames[:, length - 2 : length - 2 - _CONTEXT : -1]
    row, step = extended.strides
    spectra = np.fft.rfft(as_strided(extended, (n, 4, _WINDOW), (row, _HOP * step, step)) * window)
    real, imaginary = spectra.real, spectra.imag
    return np.sqrt(real * real + imaginary * imaginary)


def _neighbours(rows: Floats, count: int, stride: int) -> Floats:
    """(frames * count, 3 * width): of each frame's ``rows``, every run of three neighbours, ``stride`` rows apart."""
    n, _, width = rows.shape
    frame, row, step = rows.strides
    return as_strided(rows, (n, count, 3 * width), (frame, stride * row, step)).reshape(n * count, 3 * width)


def _convolved(rows: Floats, matrix: Floats, bias: Floats) -> Floats:
    product: Floats = rows @ matrix
    product += bias
    return np.maximum(product, 0, out=product)
