"""Train ``qa_pipeline/text/sentiment.json`` on the sentences beside this script, and say how good it is.

    python -m scripts.sentiment.train          # train and write
    python -m scripts.sentiment.train --check  # only measure

``negative.tsv`` and ``calm.tsv`` hold one sentence a line after its theme (``theme<TAB>text``), written for this
project in the voice of callers; they quote nobody. To measure, every third sentence of each file is held out and the
rest trained on, three times over, so that each sentence is held out once. The model that is written knows them all.
Nothing is drawn by chance: the same sentences give the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.sentiment import CALM, MODEL, NEGATIVE, dump, features, train

HERE = Path(__file__).parent
FOLDS = 3

Sentence = tuple[str, str]


def sentences(side: str) -> list[Sentence]:
    """The sentences of one side, normalised as rules see them."""
    lines = (HERE / f"{side}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [(side, normalise(line.split("\t")[1]).text) for line in lines]


def held_out(every: Sequence[Sequence[Sentence]], fold: int) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences to train on, and those held out: every third of each side, beginning with number ``fold``."""
    kept = [s for side in every for i, s in enumerate(side) if i % FOLDS != fold]
    out = [s for side in every for i, s in enumerate(side) if i % FOLDS == fold]
    return kept, out


def accuracy(model: Any, sentences: Sequence[Sentence]) -> float:
    """The share of sentences that ``model`` puts on their side; words that it never met are left out."""
    right = 0
    for side, text in sentences:
        known = [f for f in features(text) if any(counts.exists(f) for counts in model.d.values())]
        right += model.classify(known)[0] == side
    return right / len(sentences)


def main() -> None:
    """Measure, and write the model unless ``--check`` is given."""
    every = [sentences(NEGATIVE), sentences(CALM)]
    for fold in range(FOLDS):
        kept, out = held_out(every, fold)
        model = train(kept)
        shares = [accuracy(model, [s for s in out if s[0] == side]) for side in (NEGATIVE, CALM)]
        print(
            f"held-out third {fold + 1}: {accuracy(model, out):.3f} of {len(out)} sentences right "
            f"(negative {shares[0]:.3f}, calm {shares[1]:.3f})"
        )
    if "--check" not in sys.argv[1:]:
        MODEL.write_text(dump(train([s for side in every for s in side])), encoding="utf-8")
        print(f"{MODEL}: {MODEL.stat().st_size} bytes from {sum(map(len, every))} sentences")


if __name__ == "__main__":
    main()
