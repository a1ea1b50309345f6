"""Train ``qa_pipeline/text/manner.json`` on the sentences beside this script, and say how good it is.

    python -m scripts.manner.train          # train and write
    python -m scripts.manner.train --check  # only measure

``sentences.tsv`` holds one sentence a line after its kind (``kind<TAB>text``), written for this project in the voice of
agents; they quote nobody, and no labelled call. The model of attitudes has many sentences that show none of these
kinds: those are trained on as well, but for those that may be warm. To measure, every third sentence is held out, three
times over. The same sentences give the same weights.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa_pipeline.text.attitude import Attitude
from qa_pipeline.text.manner import KINDS, MODEL, Manner
from qa_pipeline.text.normalise import normalise
from scripts.attitude import train as attitude

SENTENCES = Path(__file__).with_name("sentences.tsv")
NONE_OF_THESE = (Attitude.NONE, Attitude.REFUSAL, Attitude.SHIRKING, Attitude.OVERPROMISE, Attitude.CASUAL)
WARM = re.compile(
    "[谁我]都?[得也会能]|[换搁]|窝火|难[熬受过为得]|辛苦|佩服|[谢夸赞疼累苦怕愁堵憋]|不容易|不易|委屈|受罪|遭罪|揪心|心里|懂|体谅|理解|体会|"
    "[您你].{0,6}[得真太很](?:好|对|细|准|清|快|全|周|巧|懂|会|有)|真[是会]|太|确实|幸|多亏|可惜|难怪|着急|做得|了不起|行家|孝|好心|热心|耐心|细心"
)
"""Borrowed sentences that may be warm are left out: to the model of attitudes warmth is none of its faults."""
FOLDS = 3
STRENGTH, STEPS, PACE = 10.0, 300, 0.3
LEAST_WEIGHT = 0.1
"""Features whose weights are all smaller are left out of the file."""

Array = npt.NDArray[np.float64]
Sentence = tuple[Manner, str]


def sentences() -> list[Sentence]:
    """All sentences, normalised as rules see them; the borrowed ones first."""
    taken = [text for kind, text in attitude.sentences() if kind in NONE_OF_THESE]
    borrowed = [(Manner.NONE, text) for text in taken if not WARM.search(text)]
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()[1:]
    parts = (line.split("\t") for line in lines)
    return [*borrowed, *((Manner(kind), normalise(text).text) for kind, text in parts)]


def fit(rows: Array, kinds: Sequence[Manner]) -> tuple[Array, Array]:
    """Weights and biases of a softmax regression, by Adam over all rows at once."""
    wanted = np.array([[float(kind is k) for k in KINDS] for kind in kinds])
    values = np.zeros((rows.shape[1] + 1, len(KINDS)))
    with_bias = np.hstack([rows, np.ones((len(rows), 1))])
    decay = np.full((values.shape[0], 1), 1 / (STRENGTH * len(rows)))
    decay[-1] = 0.0
    slope, square = np.zeros_like(values), np.zeros_like(values)
    for step in range(1, STEPS + 1):
        gradient = with_bias.T @ (attitude.shares(with_bias @ values) - wanted) / len(rows) + decay * values
        slope = 0.9 * slope + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient * gradient
        values -= PACE * (slope / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return values[:-1], values[-1]


def measure(every: Sequence[Sentence], above: float) -> None:
    """Print how well each kind is found in the held-out thirds at the share that rule sets ask for."""
    found: list[tuple[Manner, Array]] = []
    for fold in range(FOLDS):
        kept = [s for i, s in enumerate(every) if i % FOLDS != fold]
        out = [s for i, s in enumerate(every) if i % FOLDS == fold]
        rarity = attitude.known_features([(Attitude.NONE, text) for _, text in kept])
        weights, bias = fit(attitude.table([t for _, t in kept], rarity), [k for k, _ in kept])
        judged = attitude.shares(attitude.table([t for _, t in out], rarity) @ weights + bias)
        found += [(kind, row) for (kind, _), row in zip(out, judged, strict=True)]
    for column, kind in enumerate(KINDS[:-1]):
        is_kind = np.array([k is kind for k, _ in found])
        said = np.array([row[column] > above for _, row in found])
        right = int((is_kind & said).sum())
        print(f"{kind} above {above}: precision {right / max(1, said.sum()):.3f}, recall {right / is_kind.sum():.3f}")


def main() -> None:
    """Measure, and write the model unless ``--check`` is given."""
    every = sentences()
    for above in (0.3, 0.5):
        measure(every, above)
    if "--check" in sys.argv[1:]:
        return
    rarity = attitude.known_features([(Attitude.NONE, text) for _, text in every])
    weights, bias = fit(attitude.table([text for _, text in every], rarity), [kind for kind, _ in every])
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
