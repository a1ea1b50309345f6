"""Checkpoints: everything that export and a later training run need, in one file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from scripts.demo_model.model import ModelSize, TinyWhisper
from scripts.demo_model.vocabulary import Vocabulary
from scripts.demo_model.windows import FrameLabels


@dataclass(frozen=True)
class Checkpoint:
    """The averaged weights (EMA), the raw ones, and what their rows mean."""

    size: ModelSize
    vocabulary: Vocabulary
    labels: FrameLabels
    averaged: dict[str, Tensor]
    weights: dict[str, Tensor]
    step: int

    def save(self, path: Path) -> None:
        """Write to a temporary name, then rename, so that a reader never sees half a file."""
        content = {
            "size": asdict(self.size),
            "tokens": self.vocabulary.tokens,
            "labels": asdict(self.labels),
            "averaged": self.averaged,
            "weights": self.weights,
            "step": self.step,
        }
        temporary = path.with_suffix(".tmp")
        torch.save(content, temporary)
        temporary.replace(path)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read what ``save`` wrote."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    return Checkpoint(
        size=ModelSize(**content["size"]),
        vocabulary=Vocabulary(tuple(content["tokens"])),
        labels=FrameLabels(**{kind: tuple(names) for kind, names in content["labels"].items()}),
        averaged={name: value.float() for name, value in content["averaged"].items()},
        weights=content["weights"],
        step=content["step"],
    )


def start_from(model: TinyWhisper, vocabulary: Vocabulary, labels: FrameLabels, old: Checkpoint) -> int:
    """Copy the averaged weights of ``old`` into ``model``; rows of tokens and labels go by name.

    Returns how many tokens are new: their rows keep the model's fresh start.
    """
    fresh = model.state_dict()
    rows = {
        "embedding.weight": _rows(vocabulary.tokens, old.vocabulary.tokens),
        "frame_classes.weight": _label_rows(labels, old.labels),
        "frame_classes.bias": _label_rows(labels, old.labels),
    }
    for name, value in old.averaged.items():
        if name in rows:
            into, out_of = zip(*rows[name], strict=True)
            fresh[name][list(into)] = value[list(out_of)]
        else:
            fresh[name] = value
    model.load_state_dict(fresh)
    return len(vocabulary.tokens) - len(rows["embedding.weight"])


def _rows(new: tuple[str, ...], old: tuple[str, ...], first_new: int = 0, first_old: int = 0) -> list[tuple[int, int]]:
    """Pair the rows of equal names."""
    places = {name: number + first_old for number, name in enumerate(old)}
    return [(number + first_new, places[name]) for number, name in enumerate(new) if name in places]


def _label_rows(new: FrameLabels, old: FrameLabels) -> list[tuple[int, int]]:
    """Pair the rows of the frame classifier; every kind begins with its own silence row."""
    pairs: list[tuple[int, int]] = []
    first_new = first_old = 0
    kinds = ((new.phonemes, old.phonemes), (new.syllables, old.syllables), (new.tones, old.tones))
    for new_names, old_names in kinds:
        pairs += [(first_new, first_old), *_rows(new_names, old_names, first_new + 1, first_old + 1)]
        first_new += len(new_names) + 1
        first_old += len(old_names) + 1
    return pairs
