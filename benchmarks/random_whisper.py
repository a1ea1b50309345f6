"""Write a Whisper model with the true dimensions of a published size and random weights: for speed, never for words.

    python -m benchmarks.random_whisper tiny /tmp/rw-tiny --tokenizer TOKENIZER_JSON

Where no model hub is reachable. ``--tokenizer`` is the ``tokenizer.json`` of any multilingual Whisper (51,865 tokens).
What such a model writes is nonsense of whatever length the decoder allows, so benchmarks bound it.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np

SIZES = {"tiny": (384, 4, 6, 80), "base": (512, 6, 8, 80), "small": (768, 12, 12, 80), "medium": (1024, 24, 16, 80)}
"""Width, layers of encoder and decoder each, heads, mel bands."""

TOKENS = 51_865


def main() -> None:
    """Make the model that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("out", type=Path)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--quantization", default="int8")
    options = parser.parse_args()
    write(options.size, options.out, options.tokenizer, options.quantization)


def write(size: str, out: Path, tokenizer: Path, quantization: str) -> None:
    """The model of ``size`` in the folder ``out``, as faster-whisper loads it."""
    width, layers, heads, mels = SIZES[size]
    spec = ctranslate2.specs.WhisperSpec(layers, heads, layers, heads)
    _Random(width, mels).fill(spec)
    vocabulary = json.loads(tokenizer.read_text(encoding="utf-8"))
    tokens = dict(vocabulary["model"]["vocab"])
    tokens |= {added["content"]: added["id"] for added in vocabulary["added_tokens"]}
    spec.register_vocabulary([token for token, _ in sorted(tokens.items(), key=lambda item: item[1])])
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], [220, 50257]
    half = range(layers // 2, layers)
    spec.config.alignment_heads = [[layer, head] for layer in half for head in range(heads)]
    spec.config.lang_ids = list(range(50259, 50358))
    spec.validate()
    spec.optimize(quantization=None if quantization == "float32" else quantization)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    spec.save(str(out))
    shutil.copy(tokenizer, out / "tokenizer.json")
    features = {"feature_size": mels, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (out / "preprocessor_config.json").write_text(json.dumps(features))


class _Random:
    def __init__(self, width: int, mels: int) -> None:
        self.width, self.mels = width, mels
        self.chance = np.random.default_rng(0)

    def fill(self, spec: Any) -> None:
        """Every weight that CTranslate2's Whisper has."""
        w = self.width
        self._linear(spec.encoder.conv1, w, self.mels, 3)
        self._linear(spec.encoder.conv2, w, w, 3)
        spec.encoder.position_encodings.encodings = self._array(1500, w)
        for norm in (spec.encoder.layer_norm, spec.decoder.layer_norm):
            self._norm(norm)
        for layer in spec.encoder.layer:
            self._layer(layer, cross=False)
        spec.decoder.embeddings.weight = self._array(TOKENS, w)
        spec.decoder.projection.weight = spec.decoder.embeddings.weight
        spec.decoder.position_encodings.encodings = self._array(448, w)
        for layer in spec.decoder.layer:
            self._layer(layer, cross=True)

    def _layer(self, layer: Any, *, cross: bool) -> None:
        w = self.width
        self._norm(layer.self_attention.layer_norm)
        self._linear(layer.self_attention.linear[0], 3 * w, w)
        self._linear(layer.self_attention.linear[1], w, w)
        if cross:
            self._norm(layer.attention.layer_norm)
            self._linear(layer.attention.linear[0], w, w)
            self._linear(layer.attention.linear[1], 2 * w, w)
            self._linear(layer.attention.linear[2], w, w)
        self._norm(layer.ffn.layer_norm)
        self._linear(layer.ffn.linear_0, 4 * w, w)
        self._linear(layer.ffn.linear_1, w, 4 * w)

    def _linear(self, spec: Any, *shape: int) -> None:
        spec.weight, spec.bias = self._array(*shape), np.zeros(shape[0], np.float32)

    def _norm(self, spec: Any) -> None:
        spec.gamma, spec.beta = np.ones(self.width, np.float32), np.zeros(self.width, np.float32)

    def _array(self, *shape: int) -> np.ndarray:
        return self.chance.standard_normal(shape, np.float32) * np.float32(0.02)


if __name__ == "__main__":
    main()
