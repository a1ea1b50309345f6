"""A small trained model over features of a text: one logistic regression for each kind, with weights that can be shown.

Its file is a table: the kinds, the bias of each, then a line for each feature: itself, how rare it is, and how much it
speaks for each kind (hundredths). A text may be of several kinds, or of none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

Weights: TypeAlias = Any  # numpy arrays; numpy is imported when the first text is judged


@dataclass(frozen=True, slots=True)
class Weighed:
    """The known features of a text, and how much each speaks for each kind (features by kinds)."""

    features: tuple[str, ...]
    weights: Weights


@dataclass(frozen=True, slots=True)
class Model:
    """``rows``: at which row of ``rarity`` and ``weights`` a feature stands."""

    bias: Weights
    rows: Mapping[str, int]
    rarity: Weights
    weights: Weights

    def weigh(self, features: Iterable[str], beside: Iterable[str] = (), share: float = 0.0) -> Weighed:
        """Each known feature with its weights, scaled so that long and short texts compare.

        What stands ``beside`` the text is scaled by itself, to the length ``share`` where that of the text is 1.
        """
        import numpy as np

        names, at, scale = [], [], []
        for group, length in ((features, 1.0), (beside, share)):
            known = [(feature, row) for feature in group if (row := self.rows.get(feature)) is not None]
            rows = np.fromiter((row for _, row in known), dtype=np.intp, count=len(known))
            rarity = self.rarity[rows]
            names += [feature for feature, _ in known]
            at.append(rows)
            scale.append(rarity * (length / (float(np.sqrt((rarity * rarity).sum())) or 1.0)))
        return Weighed(tuple(names), self.weights[np.concatenate(at)] * np.concatenate(scale)[:, None])

    def shares(self, weighed: Weighed) -> list[float]:
        """How likely each kind is, 0 to 1, each by itself."""
        import numpy as np

        shares: list[float] = (1 / (1 + np.exp(-(self.bias + weighed.weights.sum(axis=0))))).tolist()
        return shares


def load_model(path: Path, kinds: Sequence[StrEnum]) -> Model:
    """The model stored at ``path``. Raises ``ValueError`` where it was trained for other ``kinds``."""
    import numpy as np

    head, bias, *lines = path.read_text(encoding="utf-8").splitlines()
    if head.split("\t")[2:] != [kind.value for kind in kinds]:
        raise ValueError(f"{path.name} was trained for other kinds")
    features = [line.split("\t", 1) for line in lines]
    written = "\t".join(rest for _, rest in features)
    numbers = np.fromstring(written, dtype=np.float64, sep="\t").reshape(len(lines), -1) / 100
    return Model(
        bias=np.array(bias.split("\t")[2:], dtype=np.float64) / 100,
        rows={feature: row for row, (feature, _) in enumerate(features)},
        rarity=numbers[:, 0],
        weights=numbers[:, 1:],
    )
