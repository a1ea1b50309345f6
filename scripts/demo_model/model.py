"""The Whisper architecture in PyTorch, as small as it gets: about 4.4 million parameters.

Attention is written with plain ``bmm``: on two CPU cores that is faster than PyTorch's fused attention, and the
cross-attention weights are needed for the guided loss.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

BANDS = 80
ENCODER_POSITIONS = 1_500
DECODER_POSITIONS = 448

_LOCAL_SHIFTS: tuple[tuple[int | None, ...], ...] = (
    (-2, 2, 0, None),
    (-4, 4, -1, 1),
    (-8, 8, 2, None),
    (-3, 3, None, None),
)
"""Per encoder layer and head: at which relative position (20 ms steps) the head looks before it has learnt anything."""


@dataclass(frozen=True)
class ModelSize:
    """The dimensions. ``vocabulary`` and ``frame_labels`` are counts of tokens and of frame classes."""

    vocabulary: int
    frame_labels: int
    width: int = 192
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 3


class Attention(nn.Module):
    """Multi-head attention with Whisper's biases: none on the keys."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width)
        self.k = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, width)
        self.o = nn.Linear(width, width)

    def forward(self, x: Tensor, source: Tensor, *, causal: bool = False) -> tuple[Tensor, Tensor]:
        """Return the mixed ``(batch, length, width)`` and the weights ``(batch, heads, length, source length)``."""
        batch, length, width = x.shape
        size = width // self.heads

        def split(projected: Tensor) -> Tensor:
            parts = projected.view(batch, -1, self.heads, size).transpose(1, 2)
            return parts.reshape(batch * self.heads, -1, size)

        scores = torch.bmm(split(self.q(x)) * size**-0.5, split(self.k(source)).transpose(1, 2))
        if causal:
            scores = scores + torch.full((length, length), -math.inf, dtype=scores.dtype).triu(1)
        values = split(self.v(source))
        weights = scores.softmax(-1).to(values.dtype)
        mixed = torch.bmm(weights, values).view(batch, self.heads, length, size)
        joined = mixed.transpose(1, 2).reshape(batch, length, width)
        return self.o(joined), weights.view(batch, self.heads, length, -1)


class Block(nn.Module):
    """One pre-norm transformer layer; with ``cross`` it also looks at the encoder."""

    def __init__(self, width: int, heads: int, *, cross: bool) -> None:
        super().__init__()
        self.self_norm = nn.LayerNorm(width)
        self.self_attention = Attention(width, heads)
        self.cross_norm = nn.LayerNorm(width) if cross else None
        self.cross_attention = Attention(width, heads) if cross else None
        self.feed_norm = nn.LayerNorm(width)
        self.feed_in = nn.Linear(width, 4 * width)
        self.feed_out = nn.Linear(4 * width, width)

    def forward(self, x: Tensor, heard: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Return the new states and, for a decoder layer, its cross-attention weights."""
        normed = self.self_norm(x)
        x = x + self.self_attention(normed, normed, causal=heard is not None)[0]
        weights = None
        if heard is not None and self.cross_norm is not None and self.cross_attention is not None:
            mixed, weights = self.cross_attention(self.cross_norm(x), heard)
            x = x + mixed
        x = x + self.feed_out(functional.gelu(self.feed_in(self.feed_norm(x))))
        return x, weights


class TinyWhisper(nn.Module):
    """Encoder, decoder, and a frame classifier that only training uses."""

    def __init__(self, size: ModelSize) -> None:
        super().__init__()
        self.size = size
        width = size.width
        self.conv1 = nn.Conv1d(BANDS, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("encoder_positions", sinusoids(ENCODER_POSITIONS, width))
        self.encoder = nn.ModuleList(Block(width, size.heads, cross=False) for _ in range(size.encoder_layers))
        self.encoder_norm = nn.LayerNorm(width)
        self.frame_classes = nn.Linear(width, size.frame_labels)
        self.embedding = nn.Embedding(size.vocabulary, width)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.decoder_positions = nn.Parameter(torch.randn(DECODER_POSITIONS, width) * 0.01)
        self.decoder = nn.ModuleList(Block(width, size.heads, cross=True) for _ in range(size.decoder_layers))
        self.decoder_norm = nn.LayerNorm(width)

    def encode(self, features: Tensor, offsets: Tensor | None = None) -> Tensor:
        """Hear ``(batch, 80, frames)`` normalised log-mel; return ``(batch, frames / 2, width)``.

        ``offsets`` (encoder positions, per item) lets a short window stand anywhere in the 30 seconds.
        """
        x = functional.gelu(self.conv2(functional.gelu(self.conv1(features)))).transpose(1, 2)
        places = torch.arange(x.shape[1])
        x = x + self.encoder_positions[places if offsets is None else offsets[:, None] + places[None]]
        for block in self.encoder:
            x, _ = block(x)
        return self.encoder_norm(x)  # type: ignore[no-any-return]

    def decode(self, tokens: Tensor, heard: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return decoder states ``(batch, length, width)`` and each layer's cross-attention weights."""
        x = self.embedding(tokens) + self.decoder_positions[: tokens.shape[1]]
        attention = []
        for block in self.decoder:
            x, weights = block(x, heard)
            attention.append(weights)
        return self.decoder_norm(x), attention

    def logits(self, states: Tensor) -> Tensor:
        """Score every token; the output projection is the embedding."""
        return states @ self.embedding.weight.t()

    def start_local(self, strength: float = 1.1) -> None:
        """Start encoder heads as attention to a fixed neighbour, and the convolutions loud.

        With PyTorch's own start the position embedding (std 0.7) drowns the sound (std 0.05), and several hundred
        steps go by before the heads find out that neighbouring frames matter.
        """
        with torch.no_grad():
            self.conv1.weight *= 2.5
            self.conv2.weight *= 4
            for block, shifts in zip(self.encoder, _LOCAL_SHIFTS, strict=False):
                for head, shift in enumerate(shifts):
                    if shift is not None:
                        _look_at(block.self_attention, head, shift, strength)  # type: ignore[arg-type]


def sinusoids(length: int, width: int, longest: float = 10_000) -> Tensor:
    """Return Whisper's fixed ``(length, width)`` position encodings."""
    rates = _rates(width, longest)
    angles = torch.arange(length)[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def _rates(width: int, longest: float = 10_000) -> Tensor:
    return torch.exp(-math.log(longest) / (width // 2 - 1) * torch.arange(width // 2))


def _look_at(attention: Attention, head: int, shift: int, strength: float) -> None:
    """Add to a head's query and key weights what makes position t attend to position t + shift.

    Uses sin(a)sin(a') + cos(a)cos(a') = cos(a - a') on the sinusoidal positions.
    """
    width = attention.q.in_features
    size = width // attention.heads
    pairs = torch.arange(size // 2)
    turn = _rates(width)[: size // 2] * shift
    query, key = torch.zeros(size, width), torch.zeros(size, width)
    key[2 * pairs, pairs] = 1
    key[2 * pairs + 1, width // 2 + pairs] = 1
    query[2 * pairs, pairs], query[2 * pairs, width // 2 + pairs] = turn.cos(), turn.sin()
    query[2 * pairs + 1, width // 2 + pairs], query[2 * pairs + 1, pairs] = turn.cos(), -turn.sin()
    rows = slice(head * size, (head + 1) * size)
    attention.q.weight[rows] = attention.q.weight[rows] * 0.3 + strength * query
    attention.k.weight[rows] = attention.k.weight[rows] * 0.3 + strength * key
    attention.q.bias[rows] = 0
