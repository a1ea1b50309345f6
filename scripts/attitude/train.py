"""Train ``qa_pipeline/text/attitude.tsv`` on the sentences beside this script, and say how good it is.

    python -m scripts.attitude.train          # train and write
    python -m scripts.attitude.train --check  # only measure

``sentences.tsv`` holds one sentence a line after its kind (``kind<TAB>text``), written for this project in the voice of
agents; they quote nobody, and no labelled call. ``none`` shows nothing, ``warm`` no fault (it may be kind: nothing is
learnt from it about empathy and praise). Each kind has a regression of its own, for which sentences of a kind that
often goes with it (``AKIN``) say neither yes nor no. To measure, every third sentence is held out, three times over;
how it does on calls stands in docs/evaluation.md. Nothing is drawn by chance: the same sentences, the same weights.
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

from qa_pipeline.text.attitude import FAULTS, KINDS, MODEL, Attitude, features
from qa_pipeline.text.normalise import normalise

SENTENCES = Path(__file__).with_name("sentences.tsv")
NONE, WARM = "none", "warm"
AKIN: Mapping[Attitude, str] = {
    Attitude.CONTEMPT: "venting banned doubt",
    Attitude.ANNOYED: "venting own_view banned",
    Attitude.REFUSAL: "banned own_view",
    Attitude.DOUBT: "own_view contempt banned",
    Attitude.CASUAL: "banned",
    Attitude.VENTING: "annoyed contempt banned",
    Attitude.OWN_VIEW: "banned annoyed doubt refusal",
    Attitude.BANNED: "refusal own_view contempt casual annoyed venting",
    Attitude.EMPATHY: "praise warm care",
    Attitude.PRAISE: "empathy warm",
    Attitude.CARE: "empathy praise warm",
}
"""Sentences of these kinds may show the other too."""
FOLDS = 3
MIN_SENTENCES = 2
"""A feature that stands in fewer sentences says nothing general."""
STRENGTH = 60.0
STEPS, PACE = 300, 0.25
LEAST_WEIGHT = 0.25
"""Features whose weights, times how rare they are, are all smaller are left out of the file."""

Array: TypeAlias = npt.NDArray[np.float64]
Sentence: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """Texts by features, as places and values of what is not 0."""

    row: npt.NDArray[np.intp]
    column: npt.NDArray[np.intp]
    value: Array
    shape: tuple[int, int]

    def times(self, weights: Array) -> Array:
        """The sums of each text, for one kind."""
        return np.asarray(np.bincount(self.row, self.value * weights[self.column], self.shape[0]), np.float64)

    def turned_times(self, errors: Array) -> Array:
        """What each feature has to do with the errors."""
        return np.asarray(np.bincount(self.column, self.value * errors[self.row], self.shape[1]), np.float64)


def sentences() -> list[Sentence]:
    """All sentences, normalised as rules see them."""
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()[1:]
    parts = (line.split("\t") for line in lines)
    return [(kind, normalise(text).text) for kind, text in parts]


def known_features(trained: Sequence[Sentence]) -> dict[str, float]:
    """How rare each feature is that is worth a weight."""
    counts = Counter(feature for _, text in trained for feature in features(text))
    return {f: math.log(len(trained) / n) + 1 for f, n in sorted(counts.items()) if n >= MIN_SENTENCES}


def table(texts: Sequence[str], rarity: Mapping[str, float]) -> Table:
    """One row of length 1 for each text, one column for each feature."""
    column = {feature: number for number, feature in enumerate(rarity)}
    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        known = [feature for feature in features(text) if feature in column]
        length = math.sqrt(sum(rarity[f] ** 2 for f in known)) or 1.0
        rows += [row] * len(known)
        columns += [column[f] for f in known]
        values += [rarity[f] / length for f in known]
    return Table(np.array(rows, np.intp), np.array(columns, np.intp), np.array(values), (len(texts), len(rarity)))


def fit(rows: Table, wanted: Array, counted: Array) -> tuple[Array, float]:
    """Weights and bias of a logistic regression by Adam, over the texts that are ``counted`` (1, else 0)."""
    values = np.zeros(rows.shape[1] + 1)
    decay = np.append(np.full(rows.shape[1], 1 / STRENGTH), 0.0)
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


def train(trained: Sequence[Sentence], rarity: Mapping[str, float]) -> tuple[Array, Array]:
    """Weights (features by kinds) and biases."""
    rows = table([text for _, text in trained], rarity)
    kinds = np.array([kind for kind, _ in trained])
    fits = [fit(rows, as_numbers(kinds == kind.value), as_numbers(~akin(kinds, kind))) for kind in KINDS]
    return np.stack([weights for weights, _ in fits], axis=1), np.array([bias for _, bias in fits])


def akin(kinds: npt.NDArray[np.str_], kind: Attitude) -> npt.NDArray[np.bool_]:
    """Which sentences say neither yes nor no about ``kind``."""
    return np.isin(kinds, AKIN.get(kind, "").split())


def as_numbers(which: npt.NDArray[np.bool_]) -> Array:
    """1 for yes, 0 for no."""
    return np.asarray(which, np.float64)


def measure(every: Sequence[Sentence]) -> None:
    """Print how the held-out thirds are judged: each kind against the rest, and a fault or none."""
    judged = np.zeros((len(every), len(KINDS)))
    place = np.arange(len(every)) % FOLDS
    for fold in range(FOLDS):
        kept = [s for s, p in zip(every, place, strict=True) if p != fold]
        rarity = known_features(kept)
        weights, bias = train(kept, rarity)
        out = table([t for (_, t), p in zip(every, place, strict=True) if p == fold], rarity)
        judged[place == fold] = sigmoid(np.stack([out.times(column) for column in weights.T], axis=1) + bias)
    kinds = np.array([kind for kind, _ in every])
    for at, kind in enumerate(KINDS):
        told(kind.value, judged[:, at] > 0.5, kinds == kind.value, ~akin(kinds, kind))
    faults = [kind.value for kind in FAULTS]
    told(
        "a fault at all", judged[:, : len(FAULTS)].max(axis=1) > 0.5, np.isin(kinds, faults), np.ones(len(every), bool)
    )


def told(name: str, said: npt.NDArray[np.bool_], true: npt.NDArray[np.bool_], counted: npt.NDArray[np.bool_]) -> None:
    """Print precision and recall over the sentences that are ``counted``."""
    right = (said & true & counted).sum()
    precision, recall = right / max(1, (said & counted).sum()), right / max(1, (true & counted).sum())
    print(f"held out, {name}: precision {precision:.2f}, recall {recall:.2f} of {true.sum()}")


def write(rarity: Mapping[str, float], weights: Array, bias: Array) -> int:
    """Store the model; how many features were worth it."""
    lines = ["\t".join(["feature", "rarity", *(kind.value for kind in KINDS)])]
    lines.append("\t".join(["", "0", *(f"{100 * b:.0f}" for b in bias)]))
    for (feature, rare), row in zip(rarity.items(), weights, strict=True):
        if rare * np.abs(row).max() >= LEAST_WEIGHT:
            lines.append("\t".join([feature, f"{100 * rare:.0f}", *(f"{100 * w:.0f}" for w in row)]))
    MODEL.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines) - 2


def main() -> None:
    """Measure, and write the model unless ``--check`` is given."""
    every = sentences()
    measure(every)
    if "--check" in sys.argv[1:]:
        return
    rarity = known_features(every)
    print(f"{MODEL.name}: {write(rarity, *train(every, rarity))} features of {len(every)} sentences")


if __name__ == "__main__":
    main()
