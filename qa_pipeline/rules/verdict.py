"""What a condition answers: it holds, it does not, or it cannot be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qa_pipeline.records import Evidence

if TYPE_CHECKING:
    from qa_pipeline.rules.operators import Operator
    from qa_pipeline.rules.view import View


@dataclass(frozen=True, slots=True)
class Verdict:
    """``holds`` is None where it cannot be told, and then ``reason`` says why; where it is False it may say what lacks.

    ``excused`` are matches that a guard covers. ``vacant`` says that there was no place to look (the condition beside
    which to look has no hit): it counts as not holding, and a rule that hangs on it does not apply.
    """

    holds: bool | None
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""
    excused: tuple[Evidence, ...] = ()
    vacant: bool = False


class Condition(Protocol):
    """Anything that can be asked of a call."""

    def evaluate(self, view: View) -> Verdict:
        """The answer for the part of the call in ``view``; evidence in time order."""

    def operators(self) -> Iterator[Operator]:
        """All operators in it, those of the conditions it holds included."""


def all_hold(values: Iterable[bool | None]) -> bool | None:
    """Kleene's conjunction: False as soon as one is False, None where one is unknown."""
    known = list(values)
    return False if False in known else None if None in known else True


def any_holds(values: Iterable[bool | None]) -> bool | None:
    """Kleene's disjunction: True as soon as one is True, None where one is unknown."""
    known = list(values)
    return True if True in known else None if None in known else False


NOTHING = Verdict(False)
"""The commonest answer by far: nothing there."""


def combine(verdicts: Sequence[Verdict], holds: bool | None) -> Verdict:
    """One verdict out of several, with the evidence and excuses of all in time order, each place once."""
    if holds is False and all(verdict is NOTHING for verdict in verdicts):
        return NOTHING
    evidence = distinct(e for v in verdicts for e in v.evidence)
    excused = sorted((e for v in verdicts for e in v.excused), key=lambda e: (e.start, e.end))
    reason = "；".join(dict.fromkeys(v.reason for v in verdicts if v.holds == holds and v.reason))
    vacant = not holds and bool(verdicts) and all(v.vacant for v in verdicts if not v.holds)
    return Verdict(holds, tuple(evidence) if holds else (), "" if holds else reason, tuple(excused), vacant)


def distinct(evidence: Iterable[Evidence]) -> list[Evidence]:
    """In time order, each place in a turn's words once: where two conditions found the same words, the longer match."""
    kept: list[Evidence] = []
    for one in sorted(evidence, key=lambda e: (e.start, -e.end)):
        same = next((k for k in reversed(kept) if _same_words(k, one)), None)
        if same is None:
            kept.append(one)
        elif len(one.matched) > len(same.matched):
            kept[kept.index(same)] = one
    return kept


def _same_words(one: Evidence, other: Evidence) -> bool:
    if one.turn is None or one.turn != other.turn or not (one.matched and other.matched):
        return False
    return one.role is other.role and (one.start < other.end and other.start < one.end)
