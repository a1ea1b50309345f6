"""ONNX models of a few kilobytes in the very shapes that sherpa-onnx loads, made with the ``onnx`` package.

They hear tones instead of voices: what goes through sherpa-onnx around them (features, windows, clustering, decoding,
its own checks of the metadata) is the real thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RATE = 16_000


def save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Mapping[str, np.ndarray],
    metadata: Mapping[str, object],
) -> Path:
    """Write a model to ``path``."""
    values = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(list(nodes), "tiny", list(inputs), list(outputs), values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=str(value))
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return path


def floats(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    """A float tensor."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


SEGMENTATION_METADATA = {
    "num_speakers": 3,
    "powerset_max_classes": 2,
    "num_classes": 7,
    "sample_rate": RATE,
    "window_size": 160_000,
    "receptive_field_size": 991,
    "receptive_field_shift": 270,
    "model_type": "pyannote-segmentation-3.0",
}
EMBEDDING_METADATA = {
    "framework": "wespeaker",
    "language": "Chinese",
    "url": "",
    "comment": "tiny",
    "sample_rate": RATE,
    "output_dim": 2,
    "normalize_samples": 1,
    "feature_normalize_type": "",
}


def segmentation(path: Path, pilots: tuple[float, float], metadata: Mapping[str, object] | None = None) -> Path:
    """pyannote's segmentation: whoever's pilot tone is heard speaks. (1, 1, n) sound -> (1, frames, 7) log-odds."""
    time = np.arange(991) / RATE
    filters = [wave(2 * np.pi * f * time) * np.hanning(991) / 400 for f in pilots for wave in (np.cos, np.sin)]
    # Pairs of a cosine and a sine, squared and added up: the power of each pilot; then a line for each of 7 classes.
    add = np.zeros((7, 4, 1), np.float32)
    add[1, :2], add[2, 2:] = 1e6, 1e6
    bias = np.array([20.0, 0, 0, -100, -100, -100, -100], np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "filters"], ["heard"], kernel_shape=[991], strides=[270]),
        helper.make_node("Mul", ["heard", "heard"], ["power"]),
        helper.make_node("Conv", ["power", "add", "bias"], ["classes"], kernel_shape=[1]),
        helper.make_node("Transpose", ["classes"], ["y"], perm=[0, 2, 1]),
    ]
    constants = {"filters": np.stack(filters)[:, None].astype(np.float32), "add": add, "bias": bias}
    told = SEGMENTATION_METADATA if metadata is None else metadata
    return save(path, nodes, [floats("x", "N", 1, "T")], [floats("y", "N", "F", 7)], constants, told)


def embedding(path: Path, bins: tuple[int, int], metadata: Mapping[str, object] | None = None) -> Path:
    """A voice print of two numbers: how far each of two bands stands above the other. (1, frames, 80) -> (1, 2)."""
    pick = np.zeros((80, 2), np.float32)
    pick[bins[0]], pick[bins[1]] = (1, -1), (-1, 1)
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "pick"], ["apart"]),
        helper.make_node("Relu", ["apart"], ["one"]),
        helper.make_node("Add", ["one", "little"], ["y"]),
    ]
    constants = {"pick": pick, "little": np.full(2, 1e-3, np.float32)}
    told = EMBEDDING_METADATA if metadata is None else metadata
    return save(path, nodes, [floats("x", "N", "T", 80)], [floats("y", "N", 2)], constants, told)
