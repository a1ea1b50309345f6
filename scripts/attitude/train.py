"""Train ``qa_pipeline/text/attitude.tsv`` on the texts beside this script, and say how good it is.

    python -m scripts.attitude.train          # train and write
    python -m scripts.attitude.train --check  # only measure: each set of labelled calls judged by a model without it

What is learnt from stands in ``texts``. Each kind has a regression of its own; examples that say neither yes nor no
about it are left out of that one. Nothing is drawn by chance: the same texts, the same weights.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from qa_pipeline.text.attitude import BESIDE, GOOD, KINDS, MODEL, Attitude, beside, features
from scripts.attitude.texts import CALLS, Example, examples

MIN_EXAMPLES = 3
"""A feature that stands in fewer examples says nothing general."""
STEPS, PACE = 200, 0.3
LEAST_WEIGHT = 0.9
"""Features whose weights, times how rare they are, are all smaller are left out of the file."""

Array: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a kind is learnt: for how many sentences an utterance of a call counts, and how large weights may grow."""

    of_calls: float
    strength: float


FAULTY = Fitting(of_calls=6.0, strength=8.0)
"""Faults are said in as many ways as there are agents: calls count for more, and no word may weigh too much."""
GOODLY = Fitting(of_calls=2.0, strength=15.0)
"""The good is said alike by everybody; the sentences already have it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Examples by features, as places and values of what is not 0."""

    row: npt.NDArray[np.intp]
    column: npt.NDArray[np.intp]
    value: Array
    shape: tuple[int, int]

    def times(self, weights: Array) -> Array:
        """The sums of each example, for one kind."""
        return np.asarray(np.bincount(self.row, self.value * weights[self.column], self.shape[0]), np.float64)

    def turned_times(self, errors: Array) -> Array:
        """What each feature has to do with the errors."""
        return np.asarray(np.bincount(self.column, self.value * errors[self.row], self.shape[1]), np.float64)


@dataclass(frozen=True, slots=True)
class Trained:
    """A model: how rare each feature is, its weights (features by kinds), the bias of each kind."""

    rarity: Mapping[str, float]
    weights: Array
    bias: Array

    def shares(self, judged: Sequence[Example]) -> Array:
        """How likely each kind is for each example."""
        rows = table(judged, self.rarity)
        return sigmoid(np.stack([rows.times(column) for column in self.weights.T], axis=1) + self.bias)


def known_features(trained: Sequence[Example]) -> dict[str, float]:
    """How rare each feature is that is worth a weight."""
    counts = Counter(f for one in trained for f in [*features(one.text), *beside(one.text, one.before)])
    return {f: math.log(len(trained) / n) + 1 for f, n in sorted(counts.items()) if n >= MIN_EXAMPLES}


def table(of: Sequence[Example], rarity: Mapping[str, float]) -> Table:
    """One row for each example, one column for each feature; the words of length 1, what is beside them ``BESIDE``."""
    column = {feature: number for number, feature in enumerate(rarity)}
    rows, columns, values = [], [], []
    for row, one in enumerate(of):
        for group, length in ((features(one.text), 1.0), (beside(one.text, one.before), BESIDE)):
            known = [feature for feature in group if feature in column]
            scale = length / (math.sqrt(sum(rarity[f] ** 2 for f in known)) or 1.0)
            rows += [row] * len(known)
            columns += [column[f] for f in known]
            values += [rarity[f] * scale for f in known]
    return Table(np.array(rows, np.intp), np.array(columns, np.intp), np.array(values), (len(of), len(rarity)))


def fit(rows: Table, wanted: Array, counted: Array, strength: float) -> tuple[Array, float]:
    """Weights and bias of a logistic regression by Adam; ``counted`` says how much each example counts."""
    values = np.zeros(rows.shape[1] + 1)
    decay = np.append(np.full(rows.shape[1], 1 / strength), 0.0)
    slope, square = np.zeros_like(values), np.zeros_like(values)
    for step in range(1, STEPS + 1):
        errors = (sigmoid(rows.times(values[:-1]) + values[-1]) - wanted) * counted
        gradient = np.append(rows.turned_times(errors), errors.sum()) + decay * values
        slope = 0.9 * slope + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient * gradient
        values -= PACE * (slope / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return values[:-1], float(values[-1])


def sigmoid(sums: Array) -> Array:
    """Sums as shares between 0 and 1."""
    return np.asarray(1 / (1 + np.exp(-sums)))


def train(trained: Sequence[Example]) -> Trained:
    """A model of these examples."""
    rarity = known_features(trained)
    rows = table(trained, rarity)
    fits = [fit(rows, wanted(trained, kind), counted(trained, kind), fitting(kind).strength) for kind in KINDS]
    return Trained(rarity, np.stack([weights for weights, _ in fits], axis=1), np.array([bias for _, bias in fits]))


def fitting(kind: Attitude) -> Fitting:
    """How ``kind`` is learnt."""
    return GOODLY if kind in GOOD else FAULTY


def wanted(of: Sequence[Example], kind: Attitude) -> Array:
    """1 for the examples that show ``kind``, else 0."""
    return np.array([float(kind in one.shows) for one in of])


def counted(of: Sequence[Example], kind: Attitude) -> Array:
    """How much each example counts for ``kind``: nothing where it says neither yes nor no."""
    of_calls = fitting(kind).of_calls
    return np.array([0.0 if kind in one.silent else of_calls if one.in_call else 1.0 for one in of])


def measure(every: Sequence[Example]) -> None:
    """Print how the calls of each set are judged by a model that has not seen the set."""
    for name in CALLS:
        model = train([one for one in every if one.source != name])
        out = [one for one in every if one.source == name]
        shares = model.shares(out)
        for at, kind in enumerate(KINDS):
            said, true = shares[:, at], wanted(out, kind) > 0
            if true.any() and counted(out, kind).all():
                print(f"{name}, {kind.value}: average precision {average_precision(said, true):.2f} of {true.sum()}")


def average_precision(said: Array, true: npt.NDArray[np.bool_]) -> float:
    """The mean, over what is true, of the precision down to it in the order of ``said``."""
    hits = true[np.argsort(-said, kind="stable")]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())


def write(model: Trained, path: Path = MODEL) -> int:
    """Store the model; how many features were worth it."""
    lines = ["\t".join(["feature", "rarity", *(kind.value for kind in KINDS)])]
    lines.append("\t".join(["", "0", *(f"{100 * b:.0f}" for b in model.bias)]))
    for (feature, rare), row in zip(model.rarity.items(), model.weights, strict=True):
        if rare * np.abs(row).max() >= LEAST_WEIGHT:
            lines.append("\t".join([feature, f"{100 * rare:.0f}", *(f"{100 * w:.0f}" for w in row)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines) - 2


def main() -> None:
    """Measure or train."""
    every = examples()
    if "--check" in sys.argv[1:]:
        measure(every)
    else:
        print(f"{MODEL.name}: {write(train(every))} features of {len(every)} texts")


if __name__ == "__main__":
    main()
