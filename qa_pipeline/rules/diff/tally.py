"""What many compared calls come to. Tallies of parts add up to the tally of the whole, in whatever order.

Sums are exact, and of examples only the first in a fixed order are kept, so the answer does not depend on how the calls
were handed out, and its size not on how many there are.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Generic, TypeAlias, TypeVar

from qa_pipeline.records import Evidence, Outcome
from qa_pipeline.rules.diff.calls import CallDelta, RuleDelta

NO_GRADE = "—"
EXAMPLES = 5
"""So many calls are named where there are too many to name."""

QUANTILES = (0, 5, 25, 50, 75, 95, 100)
"""In percent; of the shifts of all calls that have a score under both sets."""

Flip: TypeAlias = tuple[str, str]
Item = TypeVar("Item")
ZERO = Decimal(0)
CENT = Decimal("0.01")


class First(Generic[Item]):
    """The first few of many things by a key, kept in order."""

    def __init__(self, most: int, key: Callable[[Item], Any]) -> None:
        self.items: list[Item] = []
        self._most, self._key = most, key

    def add(self, item: Item) -> None:
        """Take ``item``, if it is among the first."""
        insort(self.items, item, key=self._key)
        del self.items[self._most :]


@dataclass(frozen=True, slots=True)
class Example:
    """One hit that was gained or lost, and the call it is in."""

    call: str
    source: str
    evidence: Evidence

    @property
    def key(self) -> tuple[Any, ...]:
        """Examples are told in this order."""
        return self.call, self.source, self.evidence.start, self.evidence.end, self.evidence.matched


def _examples() -> First[Example]:
    return First(EXAMPLES, _key)


def _key(item: Any) -> Any:
    return item.key


def _most_changed(delta: CallDelta) -> Any:
    """The calls that change most come first: by score, then veto, grade, grade of the line, hits."""
    before, after = delta.before, delta.after
    hits = sum(len(rule.gained) + len(rule.lost) for rule in delta.rules)
    steps = (before.vetoed == after.vetoed, before.grade == after.grade, before.line_grade == after.line_grade)
    return -abs(delta.shift or ZERO), *steps, -hits, delta.key


@dataclass
class RuleTally:
    """One rule over all calls: hits before and after, gained and lost, in how many calls, and changed outcomes."""

    hits_before: int = 0
    hits_after: int = 0
    gained: int = 0
    lost: int = 0
    calls_gained: int = 0
    calls_lost: int = 0
    calls_changed: int = 0
    points: Decimal = ZERO
    outcomes: Counter[tuple[Outcome | None, Outcome | None]] = field(default_factory=Counter)
    gained_examples: First[Example] = field(default_factory=_examples)
    lost_examples: First[Example] = field(default_factory=_examples)

    def add(self, delta: RuleDelta, call: CallDelta) -> None:
        """Count one call."""
        self.hits_before += delta.hits_before
        self.hits_after += delta.hits_after
        self.gained += len(delta.gained)
        self.lost += len(delta.lost)
        self.calls_gained += bool(delta.gained)
        self.calls_lost += bool(delta.lost)
        self.calls_changed += delta.differs
        self.points += delta.points
        self.outcomes[delta.before, delta.after] += 1
        for examples, hits in ((self.gained_examples, delta.gained), (self.lost_examples, delta.lost)):
            for evidence in hits:
                examples.add(Example(call.call, call.source, evidence))

    def merge(self, other: RuleTally) -> None:
        """Add what was counted elsewhere."""
        for name in ("hits_before", "hits_after", "gained", "lost", "calls_gained", "calls_lost", "calls_changed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.points += other.points
        self.outcomes.update(other.outcomes)
        for mine, theirs in (
            (self.gained_examples, other.gained_examples),
            (self.lost_examples, other.lost_examples),
        ):
            for example in theirs.items:
                mine.add(example)

    @property
    def changed_outcomes(self) -> Iterator[tuple[Outcome | None, Outcome | None, int]]:
        """The outcomes that differ, the most frequent first."""
        order = sorted(self.outcomes.items(), key=lambda item: (-item[1], str(item[0])))
        return ((before, after, count) for (before, after), count in order if before is not after)


@dataclass
class Flips:
    """Calls whose standing in one respect differs: how many of each kind, which rules explain them, which they are.

    ``rules`` counts, for each rule that says something else, the calls; where none does, the scoring changed (``""``).
    """

    counts: Counter[Flip] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    calls: First[CallDelta] = field(default_factory=lambda: First(EXAMPLES, _most_changed))

    @property
    def flipped(self) -> int:
        """How many calls differ."""
        return sum(count for (before, after), count in self.counts.items() if before != after)

    def add(self, before: str, after: str, call: CallDelta, rules: tuple[str, ...]) -> None:
        """Count one call."""
        self.counts[before, after] += 1
        if before != after:
            self.calls.add(call)
            self.rules.update(rules or ("",))

    def merge(self, other: Flips) -> None:
        """Add what was counted elsewhere."""
        self.counts.update(other.counts)
        self.rules.update(other.rules)
        for call in other.calls.items:
            self.calls.add(call)


class Tally:
    """All calls so far. ``top``: how many of the calls that change most are kept."""

    def __init__(self, top: int = 10) -> None:
        self.calls = self.changed = self.unmoved = self.score_gained = self.score_lost = 0
        self.shifts: Counter[Decimal] = Counter()
        self.sum_before = self.sum_after = ZERO
        self.rules: dict[str, RuleTally] = {}
        self.grades, self.line_grades, self.vetoes, self.scores = Flips(), Flips(), Flips(), Flips()
        self.new_vetoes = Flips()
        self.most_changed: First[CallDelta] = First(top, _most_changed)

    def add(self, delta: CallDelta) -> None:
        """Count one call."""
        self.calls += 1
        self.changed += delta.changed
        self.unmoved += delta.unmoved
        if not delta.unmoved:
            self._stand(delta, tuple(rule.rule_id for rule in delta.weighing))
        for rule in delta.rules:
            self.rules.setdefault(rule.rule_id, RuleTally()).add(rule, delta)
        if delta.changed:
            self.most_changed.add(delta)

    def merge(self, other: Tally) -> None:
        """Add what was counted elsewhere."""
        for name in ("calls", "changed", "unmoved", "score_gained", "score_lost", "sum_before", "sum_after"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.shifts.update(other.shifts)
        for name in ("grades", "line_grades", "vetoes", "scores", "new_vetoes"):
            getattr(self, name).merge(getattr(other, name))
        for rule_id, tally in other.rules.items():
            self.rules.setdefault(rule_id, RuleTally()).merge(tally)
        for delta in other.most_changed.items:
            self.most_changed.add(delta)

    def _stand(self, delta: CallDelta, rules: tuple[str, ...]) -> None:
        before, after, shift = delta.before, delta.after, delta.shift
        self.score_gained += before.score is None and after.score is not None
        self.score_lost += before.score is not None and after.score is None
        if shift is not None and before.score is not None and after.score is not None:
            self.shifts[shift] += 1
            self.sum_before += before.score
            self.sum_after += after.score
            self.scores.add("", "shift" if shift else "", delta, rules)
        self.grades.add(before.grade or NO_GRADE, after.grade or NO_GRADE, delta, rules)
        self.line_grades.add(before.line_grade or NO_GRADE, after.line_grade or NO_GRADE, delta, _ids(delta))
        self.vetoes.add(_veto(before.vetoed), _veto(after.vetoed), delta, rules)
        if after.vetoed and not before.vetoed:
            failing = tuple(rule.rule_id for rule in delta.weighing if rule.after is Outcome.FAIL)
            self.new_vetoes.add("", "veto", delta, failing)

    @property
    def scored(self) -> int:
        """The calls that have a score under both sets."""
        return self.shifts.total()

    @property
    def mean_shift(self) -> Decimal | None:
        """By how much the score rises on average, exactly; None where no call has a score under both sets.

        Calls that were not judged in full count as they are: unmoved.
        """
        counted = self.scored + self.unmoved
        return (self.sum_after - self.sum_before) / counted if counted else None

    def means(self) -> tuple[Decimal, Decimal] | None:
        """The mean scores before and after, to the cent; None where not every call was judged in full."""
        if not self.scored or self.unmoved:
            return None
        return cents(self.sum_before / self.scored), cents(self.sum_after / self.scored)

    def quantiles(self) -> dict[int, Decimal]:
        """The shift that so many percent of the calls do not exceed (nearest rank); empty where there is none."""
        shifts = self.shifts + Counter({ZERO: self.unmoved})
        ordered = [shift for shift, count in sorted(shifts.items()) for _ in range(count)]
        if not ordered:
            return {}
        return {percent: ordered[max(0, -(-percent * len(ordered) // 100) - 1)] for percent in QUANTILES}


def cents(value: Decimal) -> Decimal:
    """``value`` to two places; never minus nothing."""
    return value.quantize(CENT, ROUND_HALF_EVEN) + ZERO


def _ids(delta: CallDelta) -> tuple[str, ...]:
    """The rules whose outcome differs: a line's grade counts outcomes, not points."""
    told = [rule for rule in delta.differing if rule.before is not rule.after]
    return tuple(rule.rule_id for rule in told or delta.rules if told or rule.comes_or_goes)


def _veto(vetoed: bool) -> str:
    return "veto" if vetoed else ""
