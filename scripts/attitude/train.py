"""Train ``qa_pipeline/text/attitude.json`` on the sentences beside this script, and say how good it is.

    python -m scripts.attitude.train          # train and write
    python -m scripts.attitude.train --check  # only measure

``sentences.tsv`` holds one sentence a line after its kind (``kind<TAB>text``), written for this project in the voice of
agents; they quote nobody, and no labelled call. To measure, every third sentence is held out and the rest trained on,
three times over. The model that is written knows them all. Nothing is drawn by chance: the same sentences give the
same weights.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa_pipeline.text.attitude import KINDS, MODEL, Attitude, features
from qa_pipeline.text.normalise import normalise

SENTENCES = Path(__file__).with_name("sentences.tsv")
FOLDS = 3
MIN_SENTENCES = 2
"""A feature that stands in fewer sentences says nothing general."""
STRENGTH = 10.0
STEPS = 300
PACE = 0.3
LEAST_WEIGHT = 0.05
"""Features whose weights are all smaller are left out of the file."""

Array = npt.NDArray[np.float64]
Sentence = tuple[Attitude, str]


def sentences() -> list[Sentence]:
    """All sentences, normalised as rules see them."""
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()[1:]
    parts = (line.split("\t") for line in lines)
    return [(Attitude(kind), normalise(text).text) for kind, text in parts]


def known_features(trained: Sequence[Sentence]) -> dict[str, float]:
    """How rare each feature is that is worth a weight."""
    counts = Counter(feature for _, text in trained for feature in features(text))
    return {f: math.log(len(trained) / n) + 1 for f, n in sorted(counts.items()) if n >= MIN_SENTENCES}


def table(texts: Sequence[str], rarity: dict[str, float]) -> Array:
    """One row for each text, of length 1, one column for each feature."""
    column = {feature: number for number, feature in enumerate(rarity)}
    rows = np.zeros((len(texts), len(rarity)))
    for row, text in enumerate(texts):
        for feature in features(text):
            if feature in column:
                rows[row, column[feature]] = rarity[feature]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0))


def fit(rows: Array, kinds: Sequence[Attitude]) -> tuple[Array, Array]:
    """Weights and biases of a softmax regression, by Adam over all rows at once."""
    wanted = np.array([[float(kind is k) for k in KINDS] for kind in kinds])
    values = np.zeros((rows.shape[1] + 1, len(KINDS)))
    with_bias = np.hstack([rows, np.ones((len(rows), 1))])
    decay = np.full((values.shape[0], 1), 1 / (STRENGTH * len(rows)))
    decay[-1] = 0.0
    slope, square = np.zeros_like(values), np.zeros_like(values)
    for step in range(1, STEPS + 1):
        gradient = with_bias.T @ (shares(with_bias @ values) - wanted) / len(rows) + decay * values
        slope = 0.9 * slope + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient * gradient
        values -= PACE * (slope / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return values[:-1], values[-1]


def shares(sums: Array) -> Array:
    """Each row as shares that add up to 1."""
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def measure(every: Sequence[Sentence]) -> None:
    """Print how the held-out thirds are judged: the right kind, and a fault or none."""
    for fold in range(FOLDS):
        kept = [s for i, s in enumerate(every) if i % FOLDS != fold]
        out = [s for i, s in enumerate(every) if i % FOLDS == fold]
        rarity = known_features(kept)
        weights, bias = fit(table([t for _, t in kept], rarity), [k for k, _ in kept])
        judged = shares(table([t for _, t in out], rarity) @ weights + bias)
        right = float(np.mean([KINDS[row.argmax()] is kind for row, (kind, _) in zip(judged, out, strict=True)]))
        fault = judged[:, : len(KINDS) - 1].sum(axis=1) > 0.5
        is_fault = np.array([kind is not Attitude.NONE for kind, _ in out])
        precision, recall = (fault & is_fault).sum() / fault.sum(), (fault & is_fault).sum() / is_fault.sum()
        print(
            f"held-out third {fold + 1}: {right:.3f} of {len(out)} the right kind of {len(KINDS)}; "
            f"a fault at all: precision {precision:.3f}, recall {recall:.3f}"
        )


def main() -> None:
    """Measure, and write the model unless ``--check`` is given."""
    every = sentences()
    measure(every)
    if "--check" in sys.argv[1:]:
        return
    rarity = known_features(every)
    weights, bias = fit(table([text for _, text in every], rarity), [kind for kind, _ in every])
    kept = {
        feature: [round(rare, 3), *(round(float(weight), 2) for weight in row)]
        for (feature, rare), row in zip(rarity.items(), weights, strict=True)
        if np.abs(row).max() >= LEAST_WEIGHT
    }
    stored = {"kinds": [kind.value for kind in KINDS], "bias": [round(float(b), 3) for b in bias]}
    lines = ",\n".join(f"{json.dumps(f, ensure_ascii=False)}: {json.dumps(row)}" for f, row in kept.items())
    head = json.dumps(stored, ensure_ascii=False)[:-1]
    MODEL.write_text(f'{head}, "features": {{\n{lines}\n}}}}\n', encoding="utf-8")
    print(f"{MODEL.name}: {len(kept)} features of {len(every)} sentences")


if __name__ == "__main__":
    main()
