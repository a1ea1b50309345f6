"""What a condition answers: it holds, it does not, or it cannot be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from qa_pipeline.records import Evidence, Role

if TYPE_CHECKING:
    from qa_pipeline.rules.index import TextIndex
    from qa_pipeline.rules.operators import Operator
    from qa_pipeline.rules.view import View


class Verdict(NamedTuple):
    """``holds`` is None where it cannot be told, and then ``reason`` says why; where it is False it may say what lacks.

    ``excused`` are matches that a guard covers. ``vacant`` says that there was no place to look (the condition beside
    which to look has no hit): it counts as not holding, and a rule that hangs on it does not apply.
    """

    holds: bool | None
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""
    excused: tuple[Evidence, ...] = ()
    vacant: bool = False


Asked: TypeAlias = "tuple[Operator, Role | None]"
"""An operator, and whose words it is asked of (None: everybody's)."""


class Condition(Protocol):
    """Anything that can be asked of a call."""

    def evaluate(self, view: View) -> Verdict:
        """The answer for the part of the call in ``view``; evidence in time order."""

    def settle(self, view: View) -> Verdict:
        """The same answer, but where it holds evidence may be missing: quicker, for who asks only whether it holds."""

    def wakers(self, index: TextIndex, role: Role | None) -> frozenset[int] | None:
        """The operators of ``index`` without a hit of which it says ``NOTHING``; None where that is not known.

        ``role`` is whose words count around it.
        """

    def asked(self, role: Role | None = None) -> Iterator[Asked]:
        """All operators in it, those of the conditions it holds included; ``role`` is whose words count around it."""


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

HOLDS = Verdict(True)
"""It holds, and nobody asked where."""


def combine(verdicts: Sequence[Verdict], holds: bool | None) -> Verdict:
    """One verdict out of several, with the evidence and excuses of all in time order, each place once."""
    speaking = [verdict for verdict in verdicts if verdict is not NOTHING]
    if holds is False and not speaking:
        return NOTHING
    excused = [e for v in speaking if v.excused for e in v.excused]
    if len(excused) > 1:
        excused.sort(key=lambda e: (e.start, e.end))
    if holds:
        return Verdict(True, tuple(distinct([e for v in speaking for e in v.evidence])), "", tuple(excused))
    reason = "；".join(dict.fromkeys(v.reason for v in verdicts if v.holds == holds and v.reason))
    vacant = bool(verdicts) and all(v.vacant for v in verdicts if not v.holds)
    return Verdict(holds, (), reason, tuple(excused), vacant)


def distinct(evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """In time order, each place in a turn's words once: where two conditions found the same words, the longer match."""
    if len(evidence) < 2:
        return evidence
    ordered = sorted(evidence, key=lambda e: (e.start, -e.end))
    return _each_once(ordered) if _overlap(ordered) else ordered


def _overlap(ordered: Sequence[Evidence]) -> bool:
    """Whether any two share time; they are in the order of their starts."""
    until = ordered[0].end
    for one in ordered[1:]:
        if one.start < until:
            return True
        until = max(until, one.end)
    return False


def _each_once(ordered: Sequence[Evidence]) -> Sequence[Evidence]:
    kept: list[Evidence] = []
    in_turn: dict[int, list[int]] = {}
    for one in ordered:
        turn = one.turn
        if turn is None or not one.matched:
            kept.append(one)
            continue
        there = in_turn.setdefault(turn, [])
        same = next((n for n in reversed(there) if _share_words(kept[n], one)), None)
        if same is None:
            there.append(len(kept))
            kept.append(one)
        elif len(one.matched) > len(kept[same].matched):
            kept[same] = one
    return kept


def _share_words(one: Evidence, other: Evidence) -> bool:
    """Whether two places in one turn share words."""
    return one.start < other.end and other.start < one.end and one.role is other.role
