"""Write ``qa_pipeline/audio/silero.npz`` from the network that faster-whisper bundles.

    pip install onnx && python -m scripts.silero.build

The network is Silero VAD v6 (https://github.com/snakers4/silero-vad, MIT licence, Silero Team). Its first convolution
is a Fourier transform with a Hann window, which numpy does itself; only the window is kept of it. Of kernels that reach
into padding only, the rest is kept.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from qa_pipeline.audio.silero import WEIGHTS


def main() -> None:
    """Read, rearrange, write."""
    import onnx
    from faster_whisper.utils import get_assets_path
    from onnx import numpy_helper

    graph = onnx.load(str(Path(get_assets_path()) / "silero_vad_v6.onnx")).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    kernels = [stored[f"encoder.conv_layers.{i}.weight"] for i in range(4)]  # (out, in, 3)
    taps = [np.concatenate([kernel[:, :, tap].T for tap in range(3)]) for kernel in kernels]
    lstm_in, lstm_again, lstm_bias = (name for name in stored if name.startswith("onnx::LSTM"))
    halved = np.repeat(np.float32([0.5, 0.5, 0.5, 1.0]), 128)
    bias = stored[lstm_bias][0]
    arrays = {
        "window": stored["encoder.feature_extractor.forward_basis_buffer"][0, 0],
        "conv1": taps[0],
        "conv2": taps[1],
        "conv3": taps[2][64:],  # one row comes out, of the last two of three: the first is padding
        "conv4": kernels[3][:, :, 1].T,  # one row in, one out: the kernel's ends see padding only
        **{f"conv{i + 1}_bias": stored[f"encoder.conv_layers.{i}.bias"] for i in range(4)},
        "lstm_in": stored[lstm_in][0].T * halved,
        "lstm_again": stored[lstm_again][0].T * halved,
        "lstm_bias": (bias[:512] + bias[512:]) * halved,
        "out": stored["decoder.conv1d.weight"][0, :, 0],
        "out_bias": stored["decoder.conv1d.bias"],
    }
    np.savez(WEIGHTS, **{name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()})
    print(f"{WEIGHTS}: {WEIGHTS.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
