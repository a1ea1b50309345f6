"""A small trained model over features of a text: softmax regression with weights that a reader can be shown."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

Weighed: TypeAlias = Sequence[tuple[str, tuple[float, ...]]]
"""Features with how much each speaks for each kind."""


@dataclass(frozen=True, slots=True)
class Model:
    """The weights: for each feature how rare it is, and how much it speaks for each kind."""

    bias: tuple[float, ...]
    features: Mapping[str, tuple[float, tuple[float, ...]]]

    def weigh(self, features: Iterable[str], fewest: int = 0) -> Weighed:
        """Each known feature with its weights, scaled so that long and short texts compare; none below ``fewest``."""
        known = [(feature, *self.features[feature]) for feature in features if feature in self.features]
        if len(known) < fewest:
            return []
        length = math.sqrt(sum(rarity * rarity for _, rarity, _ in known)) or 1.0
        return [(feature, tuple(rarity / length * weight for weight in weights)) for feature, rarity, weights in known]

    def shares(self, weighed: Weighed) -> list[float]:
        """How likely each kind is; the shares add up to 1."""
        sums = list(self.bias)
        for _, weights in weighed:
            sums = [total + weight for total, weight in zip(sums, weights, strict=True)]
        top = max(sums)
        powers = [math.exp(total - top) for total in sums]
        return [power / sum(powers) for power in powers]


def load_model(path: Path, kinds: Sequence[StrEnum]) -> Model:
    """The model stored at ``path``. Raises ``ValueError`` where it was trained for other ``kinds``."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    if stored["kinds"] != [kind.value for kind in kinds]:
        raise ValueError(f"{path.name} was trained for other kinds")
    return Model(
        bias=tuple(stored["bias"]),
        features={feature: (rarity, tuple(weights)) for feature, (rarity, *weights) in stored["features"].items()},
    )
