"""Turn a checkpoint into a folder that faster-whisper loads.

    python -m scripts.demo_model.export CHECKPOINT FOLDER [--quantization int8|int8_float16|float16|float32]

``ctranslate2.specs.WhisperSpec`` is filled directly, so transformers is not needed. What must be right, and why, stands
beside it below; a wrong choice here gives no error, only a model that hears nothing.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import ctranslate2.specs
import numpy as np
from numpy.typing import NDArray

from scripts.demo_model.checkpoint import Checkpoint, load_checkpoint
from scripts.demo_model.losses import FIRST_GUIDED_LAYER, GUIDED_HEADS
from scripts.demo_model.vocabulary import LANGUAGES, SPECIAL, UNKNOWN, Vocabulary

QUANTIZATIONS = ("int8", "int8_float16", "float16", "float32")


def export(checkpoint: Checkpoint, folder: Path, quantization: str = "int8") -> None:
    """Write ``model.bin``, ``config.json``, ``vocabulary.json``, ``tokenizer.json``, ``preprocessor_config.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = _Filler(checkpoint).spec()
    spec.register_vocabulary(list(checkpoint.vocabulary.tokens))
    ids = checkpoint.vocabulary.ids
    spec.config.suppress_ids = [ids[UNKNOWN], ids[""]]
    spec.config.suppress_ids_begin = []  # <|endoftext|> may come first: silence ends at once
    spec.config.lang_ids = [ids[language] for language in LANGUAGES]
    spec.config.alignment_heads = [
        [layer, head]
        for layer in range(FIRST_GUIDED_LAYER, checkpoint.size.decoder_layers)
        for head in range(GUIDED_HEADS)
    ]
    spec.validate()
    spec.optimize(quantization=None if quantization == "float32" else quantization)
    spec.save(str(folder))
    _write_json(folder / "vocabulary.json", list(checkpoint.vocabulary.tokens))
    _write_json(folder / "tokenizer.json", tokenizer(checkpoint.vocabulary))
    features = {"feature_size": 80, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    _write_json(folder / "preprocessor_config.json", features)


def tokenizer(vocabulary: Vocabulary) -> dict[str, Any]:
    """Describe a tokenizer of one token per character.

    ``<unk>`` must exist: faster-whisper encodes `` -``. ``Fuse`` joins characters without spaces. Timestamps stay out:
    faster-whisper tells them by their number.
    """
    replacements = [
        {"type": "Replace", "pattern": {"String": a}, "content": b} for a, b in zip(",?!", "，？！", strict=True)
    ]
    spaces = {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": ""}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": vocabulary.ids[token], "content": token, **flags} for token in SPECIAL],
        "normalizer": {"type": "Sequence", "normalizers": [*replacements, spaces]},
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": False},
        "post_processor": None,
        "decoder": {"type": "Fuse"},
        "model": {
            "type": "WordLevel",
            "vocab": {token: number for number, token in enumerate(vocabulary.tokens[: vocabulary.first_timestamp])},
            "unk_token": UNKNOWN,
        },
    }


class _Filler:
    """Copies averaged weights, by name, into CTranslate2's specification of Whisper."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._size = checkpoint.size
        self._weights = checkpoint.averaged

    def spec(self) -> Any:
        """Return the filled specification."""
        size = self._size
        spec = ctranslate2.specs.WhisperSpec(size.encoder_layers, size.heads, size.decoder_layers, size.heads)
        self._plain(spec.encoder.conv1, "conv1")
        self._plain(spec.encoder.conv2, "conv2")
        spec.encoder.position_encodings.encodings = self._array("encoder_positions")
        self._norm(spec.encoder.layer_norm, "encoder_norm")
        for number in range(size.encoder_layers):
            self._block(spec.encoder.layer[number], f"encoder.{number}", cross=False)
        spec.decoder.embeddings.weight = self._array("embedding.weight")
        spec.decoder.projection.weight = spec.decoder.embeddings.weight
        spec.decoder.position_encodings.encodings = self._array("decoder_positions")
        self._norm(spec.decoder.layer_norm, "decoder_norm")
        for number in range(size.decoder_layers):
            self._block(spec.decoder.layer[number], f"decoder.{number}", cross=True)
        return spec

    def _block(self, spec: Any, name: str, *, cross: bool) -> None:
        self._norm(spec.self_attention.layer_norm, f"{name}.self_norm")
        query, key, value = self._projections(f"{name}.self_attention")
        _set(spec.self_attention.linear[0], *_stacked(query, key, value))
        self._plain(spec.self_attention.linear[1], f"{name}.self_attention.o")
        if cross:
            self._norm(spec.attention.layer_norm, f"{name}.cross_norm")
            query, key, value = self._projections(f"{name}.cross_attention")
            _set(spec.attention.linear[0], *query)
            _set(spec.attention.linear[1], *_stacked(key, value))
            self._plain(spec.attention.linear[2], f"{name}.cross_attention.o")
        self._norm(spec.ffn.layer_norm, f"{name}.feed_norm")
        self._plain(spec.ffn.linear_0, f"{name}.feed_in")
        self._plain(spec.ffn.linear_1, f"{name}.feed_out")

    def _projections(self, name: str) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Return weight and bias of query, key and value; Whisper's keys have no bias, CTranslate2 wants zeros."""
        no_bias = np.zeros(self._size.width, np.float32)
        return [
            (self._array(f"{name}.q.weight"), self._array(f"{name}.q.bias")),
            (self._array(f"{name}.k.weight"), no_bias),
            (self._array(f"{name}.v.weight"), self._array(f"{name}.v.bias")),
        ]

    def _plain(self, spec: Any, name: str) -> None:
        _set(spec, self._array(f"{name}.weight"), self._array(f"{name}.bias"))

    def _norm(self, spec: Any, name: str) -> None:
        spec.gamma, spec.beta = self._array(f"{name}.weight"), self._array(f"{name}.bias")

    def _array(self, name: str) -> NDArray[np.float32]:
        return np.asarray(self._weights[name].float().numpy(), np.float32)


def _stacked(
    *pairs: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    weights, biases = zip(*pairs, strict=True)
    return np.concatenate(weights), np.concatenate(biases)


def _set(spec: Any, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
    spec.weight, spec.bias = weight, bias


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Export a checkpoint for faster-whisper.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quantization", choices=QUANTIZATIONS, default="int8")
    options = parser.parse_args()
    export(load_checkpoint(options.checkpoint), options.folder, options.quantization)
    total = sum(path.stat().st_size for path in options.folder.iterdir())
    print(f"{options.folder}: {total / 1e6:.2f} MB")
