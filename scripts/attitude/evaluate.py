"""Measure ``hotline`` on each set of calls that the model learns from, with a model that has not seen the set.

    python -m scripts.attitude.evaluate

``qa-pipeline rules evaluate`` on these sets would flatter: the shipped model was trained on them. The figures stand in
docs/evaluation.md. Patterns and thresholds were chosen with these sets in view all the same.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from qa_pipeline.cli._rules_evaluate import as_markdown
from qa_pipeline.rules import load
from qa_pipeline.rules.evaluation import Evaluation, evaluate
from qa_pipeline.rules.labels import read_labelled
from qa_pipeline.text import attitude, manner
from qa_pipeline.transcribe.stored import read_stored
from scripts.attitude.texts import CALLS, examples
from scripts.attitude.train import train, write


def unseen(name: str) -> Evaluation:
    """How ``hotline`` judges the calls called ``name``, with a model trained on everything else."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "attitude.tsv"
        write(train([one for one in examples() if one.source != name]), path)
        use(path)
        calls, _ = read_labelled(CALLS[name], read_stored)
        return evaluate(calls, load("hotline"))


def use(model: Path) -> None:
    """Judge by the model at ``model`` from here on."""
    attitude.MODEL = model
    for kept in (attitude.attitude, attitude._model, attitude._weighed, manner.shown):
        kept.cache_clear()


def main() -> None:
    """Print a table for each set."""
    for name in CALLS:
        print(f"## {name}\n\n{as_markdown(unseen(name))}\n")


if __name__ == "__main__":
    main()
