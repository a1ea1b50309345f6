"""What training minimises: the next token, what every frame holds, and where two attention heads look.

The frame and attention losses need the exact times that the synthesiser gives. They are what makes an hour on two CPU
cores enough: with the token loss alone (or with CTC) the model still guesses after hundreds of steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from scripts.demo_model.model import TinyWhisper
from scripts.demo_model.windows import Batch

GUIDED_HEADS = 2
"""How many heads of every guided decoder layer follow the sound; faster-whisper reads word times from them."""

FIRST_GUIDED_LAYER = 1


@dataclass(frozen=True)
class Losses:
    """One batch: the three losses and the share of tokens and of syllable frames told right."""

    tokens: Tensor
    frames: Tensor
    attention: Tensor
    token_accuracy: float
    syllable_accuracy: float

    def total(self, progress: float) -> Tensor:
        """Weigh them: the helpers count for more at the beginning (``progress`` 0..1)."""
        frame_weight = 0.5 if progress < 0.4 else 0.25
        attention_weight = 0.3 if progress < 0.5 else 0.15
        return self.tokens + frame_weight * self.frames + attention_weight * self.attention


def losses_of(model: TinyWhisper, batch: Batch, label_counts: list[int]) -> Losses:
    """Run the model on one batch in bfloat16 and compare."""
    wanted = batch.targets >= 0
    targets = batch.targets[wanted]
    with torch.autocast("cpu", torch.bfloat16):
        heard = model.encode(batch.features, batch.offsets)
        states, attention = model.decode(batch.tokens, heard)
        logits = model.logits(states[wanted])
        classes = model.frame_classes(heard)
    kinds = classes.float().split(label_counts, dim=-1)
    frames = torch.stack(
        [functional.cross_entropy(kind.flatten(0, 1), batch.labels[..., n].flatten()) for n, kind in enumerate(kinds)]
    ).sum()
    sounding = batch.labels[..., 1] > 0
    syllables_right = (kinds[1].argmax(-1) == batch.labels[..., 1])[sounding]
    return Losses(
        tokens=functional.cross_entropy(logits.float(), targets, label_smoothing=0.05),
        frames=frames,
        attention=_guided_attention(attention[FIRST_GUIDED_LAYER:], batch.guides),
        token_accuracy=float((logits.argmax(-1) == targets).float().mean()),
        syllable_accuracy=float(syllables_right.float().mean()) if len(syllables_right) else 0.0,
    )


def _guided_attention(layers: list[Tensor], guides: Tensor) -> Tensor:
    """Return the mean -log of the attention that falls on a character's own frames (two frames early allowed)."""
    items, tokens, starts, ends = guides.unbind(1)
    last = ends.view(-1, 1, 1).expand(-1, GUIDED_HEADS, 1)
    first = (starts - 2).clamp(min=0).view(-1, 1, 1).expand(-1, GUIDED_HEADS, 1)
    total = torch.zeros(())
    for weights in layers:
        summed = weights[items, :GUIDED_HEADS, tokens].float().cumsum(-1)
        share = summed.gather(2, last) - summed.gather(2, first)
        total = total - torch.log(share.clamp(min=1e-4)).mean() / len(layers)
    return total
