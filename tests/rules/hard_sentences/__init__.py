"""Reads the hard sentences beside this file, and prints how the guards do on them.

    python -m tests.rules.hard_sentences            # precision and recall of every guard, tuned and kept out
    python -m tests.rules.hard_sentences --wrong    # and every sentence of the tuned batches that they get wrong

Precision: of the sentences that a guard covers, the share that it should (what is missing is real faults let go).
Recall: of the sentences that it should cover, the share that it does (what is missing is false accusations).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from qa_pipeline.features import CallFeatures, Passage, call_features
from qa_pipeline.records import Role, Transcript, Utterance
from qa_pipeline.rules.guards import guard_for
from qa_pipeline.rules.schema import Guard
from qa_pipeline.text.normalise import normalise

FOLDER = Path(__file__).parent
ALL_GUARDS = frozenset(Guard)
BATCHES = ("tuned", "second", "third", "kept-out", "last")
HELD_OUT = ("kept-out", "last")
SECONDS_EACH = 3.0
_MARKS = re.compile("[【】]")


@dataclass(frozen=True)
class Hard:
    """One line of a file: ``covered`` says whether ``guard`` should cover the marked words."""

    line: str
    guard: Guard
    covered: bool
    batch: str

    def is_right(self, line: str | None = None) -> bool:
        """Covered by its own guard alone; or, for a fault, by none of all the guards together."""
        guards = frozenset({self.guard}) if self.covered else ALL_GUARDS
        return (answer(line or self.line, guards) is not None) == self.covered


def hard_sentences() -> list[Hard]:
    """Every line of every file."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        guard, batch = Guard(content["guard"]), path.stem.partition(".")[2] or "tuned"
        found += [Hard(line, guard, True, batch) for line in content["covered"]]
        found += [Hard(line, guard, False, batch) for line in content["faults"]]
    return found


def answer(line: str, guards: frozenset[Guard] = ALL_GUARDS) -> Guard | None:
    """Which of ``guards`` covers the words marked in ``line``."""
    return guard_for(guards, *read(line))


def read(line: str) -> tuple[CallFeatures, Passage, int, int]:
    """The call that ``line`` writes down, the passage with the marked words, and where in its text they are."""
    utterances: list[Utterance] = []
    marked = (0, 0, 0)
    for number, turn in enumerate(line.split(" / ")):
        role = Role.CUSTOMER if turn.startswith("客户：") else Role.AGENT
        words = turn.removeprefix("客户：").removeprefix("客服：")
        if "【" in words:
            before, inside, _ = _MARKS.split(words)
            start = len(normalise(before).text)
            marked = (number, start, start + len(normalise(inside).text))
        for piece in _MARKS.sub("", words).split(" | "):
            begin = len(utterances) * SECONDS_EACH
            utterances.append(Utterance(role, int(role is Role.CUSTOMER), begin, begin + SECONDS_EACH - 0.5, piece))
    call = call_features(transcript_of(utterances))
    return call, call.passages[marked[0]], marked[1], marked[2]


def transcript_of(utterances: Sequence[Utterance]) -> Transcript:
    """A stored transcript of ``utterances``."""
    return Transcript("hard", len(utterances) * SECONDS_EACH, 2, tuple(utterances))


def figures(guard: Guard, batch: str) -> tuple[int, int, int, int]:
    """(covered rightly, should be covered, faults let go, faults) in one file."""
    lines = [hard for hard in hard_sentences() if (hard.guard, hard.batch) == (guard, batch)]
    should, faults = [h for h in lines if h.covered], [h for h in lines if not h.covered]
    return sum(h.is_right() for h in should), len(should), sum(not h.is_right() for h in faults), len(faults)


def report() -> str:
    """A table of precision and recall."""
    rows = ["guard        set        precision  recall   covered rightly   faults let go"]
    for batch in BATCHES:
        for guard in Guard:
            right, should, let_go, faults = figures(guard, batch)
            precision = right / max(1, right + let_go)
            rows.append(
                f"{guard.value:<12} {batch:<10} {precision:9.3f} {right / should:7.3f} {right:10d} / {should:<4d}"
                f" {let_go:9d} / {faults}"
            )
    return "\n".join(rows)


def main() -> None:
    """Print the table."""
    print(report())
    if "--wrong" in sys.argv:
        for hard in hard_sentences():
            if hard.batch not in HELD_OUT and not hard.is_right():
                print(f"{hard.guard.value:<12} {'should cover' if hard.covered else 'a fault     '}  {hard.line}")
