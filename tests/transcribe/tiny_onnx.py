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
    *,
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
    return save(path, nodes, [floats("x", "N", 1, "T")], [floats("y", "N", "F", 7)], constants=constants, metadata=told)


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
    return save(path, nodes, [floats("x", "N", "T", 80)], [floats("y", "N", 2)], constants=constants, metadata=told)


CHARACTERS = "您好请讲"
PILOTS = (4500.0, 5200.0, 6000.0, 6900.0)
"""The tone that stands for each of ``CHARACTERS``: telephone speech has nothing up there."""

_LFR = {
    "lfr_window_size": 7,
    "lfr_window_shift": 6,
    "neg_mean": ",".join(["0"] * 560),
    "inv_stddev": ",".join(["1"] * 560),
}
_TAGS = ("<|zh|>", "<|ANGRY|>", "<|Laughter|>", "<|withitn|>")
SENSE_VOICE_METADATA = {
    **{"vocab_size": 9, "normalize_samples": 0, "with_itn": 14, "without_itn": 15, **_LFR},
    **{"lang_auto": 0, "lang_zh": 3, "lang_en": 4, "lang_yue": 7, "lang_ja": 11, "lang_ko": 12},
}
PARAFORMER_METADATA = {"vocab_size": 6, **_LFR}


def _integers(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.INT32, ["N"])


def mel_band(frequency: float, highest: float = 7600.0) -> int:
    """Which of Kaldi's 80 mel bands from 20 Hz to ``highest`` has its peak nearest to ``frequency``."""
    low, high, here = (1127 * np.log(1 + f / 700) for f in (20.0, highest, frequency))
    return round((here - low) / (high - low) * 81) - 1


def _heard(loudness: float, highest: float) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    """(N, T, 4) ``apart``: how far each pilot's band stands above ``loudness`` in the middle of each stacked frame."""
    pick = np.zeros((560, len(CHARACTERS)), np.float32)
    for at, pilot in enumerate(PILOTS):
        band = 3 * 80 + mel_band(pilot, highest)
        pick[band - 1 : band + 2, at] = 1 / 3
    nodes = [
        helper.make_node("MatMul", ["x", "pick"], ["bands"]),
        helper.make_node("Sub", ["bands", "floor"], ["apart"]),
    ]
    return nodes, {"pick": pick, "floor": np.float32(loudness)}


def sense_voice(folder: Path, tags: Sequence[str] = _TAGS, metadata: Mapping[str, object] | None = None) -> Path:
    """A folder with a SenseVoice that writes a character for each pilot, its four ``tags`` before them."""
    symbols = ["<blank>", *tags, *CHARACTERS]
    size, first = len(symbols), 1 + len(tags)
    place = np.zeros((len(CHARACTERS), size), np.float32)
    place[range(4), range(first, size)] = 1.0
    prefix = np.full((1, 4, size), -10, np.float32)
    prefix[0, range(4), range(1, first)] = 10.0
    rest = np.full(size, -5, np.float32)
    rest[0], rest[first:] = 0.0, 0.0
    hear, constants = _heard(15.0, 7600.0)
    nodes = [
        *hear,
        helper.make_node("MatMul", ["apart", "place"], ["placed"]),
        helper.make_node("Add", ["placed", "rest"], ["body"]),
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Slice", ["shape", "zero", "one"], ["many"]),
        helper.make_node("Concat", ["many", "ones"], ["times"], axis=0),
        helper.make_node("Tile", ["prefix", "times"], ["tags"]),
        helper.make_node("Concat", ["tags", "body"], ["logits"], axis=1),
    ]
    constants |= {"place": place, "prefix": prefix, "rest": rest, "ones": np.array([1, 1])}
    constants |= {"zero": np.array([0]), "one": np.array([1])}
    inputs = [floats("x", "N", "T", 560), _integers("x_length"), _integers("language"), _integers("text_norm")]
    told = SENSE_VOICE_METADATA if metadata is None else metadata
    save(
        folder / "model.int8.onnx",
        nodes,
        inputs,
        [floats("logits", "N", "L", size)],
        constants=constants,
        metadata=told,
    )
    _write_tokens(folder, symbols)
    return folder


def paraformer(folder: Path, metadata: Mapping[str, object] | None = None) -> Path:
    """A folder with a Paraformer that writes the characters in order, up to the first whose pilot is not heard."""
    symbols = ["<blank>", "</s>", *CHARACTERS]
    place = np.zeros((4, len(symbols)), np.float32)
    place[range(4), range(2, 6)] = 1.0
    end = np.full((4, len(symbols)), -5, np.float32)
    end[:, 1] = 0.0
    end[range(4), range(2, 6)] = 0.0
    hear, constants = _heard(16.0, 8000.0)
    nodes = [
        *hear,
        helper.make_node("ReduceMax", ["apart"], ["most"], axes=[1], keepdims=0),
        helper.make_node("Unsqueeze", ["most", "last"], ["column"]),
        helper.make_node("Mul", ["column", "place"], ["placed"]),
        helper.make_node("Add", ["placed", "end"], ["logits"]),
        helper.make_node("Identity", ["x_length"], ["token_num"]),
    ]
    constants |= {"place": place, "end": end, "last": np.array([2])}
    inputs = [floats("x", "N", "T", 560), _integers("x_length")]
    outputs = [floats("logits", "N", 4, len(symbols)), _integers("token_num")]
    told = PARAFORMER_METADATA if metadata is None else metadata
    save(folder / "model.onnx", nodes, inputs, outputs, constants=constants, metadata=told)
    _write_tokens(folder, symbols)
    return folder


def _write_tokens(folder: Path, symbols: Sequence[str]) -> None:
    lines = [f"{symbol} {number}\n" for number, symbol in enumerate(symbols)]
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")
