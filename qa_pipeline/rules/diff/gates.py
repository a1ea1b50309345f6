"""Gates: how much a change of rules may change calls before somebody must look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from qa_pipeline.errors import RequestError
from qa_pipeline.rules.diff.result import Blame, Diff
from qa_pipeline.rules.diff.tally import EXAMPLES, Example, First, Flips

EVERY_RULE = "*"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls, or such a share of all of them in percent."""

    most: Decimal
    percent: bool = False

    @classmethod
    def read(cls, text: str) -> Limit:
        """``5`` or ``2.5%``. Raises ``RequestError`` for what is neither."""
        number = text.strip().removesuffix("%")
        try:
            most = Decimal(number)
        except InvalidOperation:
            most = Decimal(-1)
        percent = text.strip().endswith("%")
        if not most.is_finite() or most < 0 or (not percent and most != int(most)):
            raise RequestError(f"{text!r}: 写成次数或百分比 give a number of calls or a percentage: 5, 2%")
        return cls(most, percent)

    def allows(self, found: int, calls: int) -> bool:
        """Whether ``found`` of ``calls`` is not too much; exactly the limit passes."""
        return found * 100 <= self.most * calls if self.percent else found <= self.most

    def __str__(self) -> str:
        return f"{self.most}%" if self.percent else str(self.most)


@dataclass(frozen=True)
class Gates:
    """What is allowed; None or empty: everything. ``*`` among rules stands for each rule that is not named."""

    max_changed_calls: Limit | None = None
    max_grade_flips: Limit | None = None
    max_line_grade_flips: Limit | None = None
    max_mean_shift: Decimal | None = None
    max_call_shift: Decimal | None = None
    no_new_veto: bool = False
    max_new_hits: Mapping[str, int] = field(default_factory=dict)
    max_lost_hits: Mapping[str, int] = field(default_factory=dict)

    def check(self, known: set[str]) -> None:
        """Raise ``RequestError`` for a rule that is in neither set: a gate that watches nothing is worse than none."""
        for rule_id in (*self.max_new_hits, *self.max_lost_hits):
            if rule_id not in known and rule_id != EVERY_RULE:
                near = get_close_matches(rule_id, known, n=3)
                hint = f" 是不是 did you mean: {', '.join(near)}？" if near else ""
                raise RequestError(f"没有规则 no rule {rule_id!r} in either set.{hint}")


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate as it went: ``found`` says what was found, ``blame`` what explains it, ``calls`` where to look."""

    gate: str
    found: str
    crossed: bool
    blame: tuple[Blame, ...] = ()
    calls: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """All of it in one line: the gate, what was found, the changed lines, the calls."""
        said = f"{self.gate}: {self.found}"
        if self.crossed and self.blame:
            more = f" … +{len(self.blame) - EXAMPLES}" if len(self.blame) > EXAMPLES else ""
            said += f"；改动 changed: {', '.join(map(str, self.blame[:EXAMPLES]))}{more}"
        if self.crossed and self.calls:
            said += f"；通话 calls: {', '.join(self.calls)}"
        return said


def crossed_gates(diff: Diff, gates: Gates) -> tuple[GateResult, ...]:
    """Every gate that was asked for, in a fixed order, crossed or not."""
    gates.check({rule.spec.id for side in (diff.old, diff.new) for rule in side.ruleset.rules})
    return (*_counted(diff, gates), *_shifted(diff, gates), *_vetoed(diff, gates), *_hits(diff, gates))


def _counted(diff: Diff, gates: Gates) -> Iterator[GateResult]:
    tally = diff.tally
    flips = (
        ("--max-grade-flips", gates.max_grade_flips, tally.grades, "等级改变 change their grade"),
        ("--max-line-grade-flips", gates.max_line_grade_flips, tally.line_grades, "线路等级改变 change line grade"),
    )
    if (most := gates.max_changed_calls) is not None:
        found = _of(tally.changed, tally.calls)
        crossed = not most.allows(tally.changed, tally.calls)
        rules = Counter({rule_id: rule.calls_changed for rule_id, rule in tally.rules.items() if rule.calls_changed})
        calls = tuple(delta.call for delta in tally.most_changed.items[:EXAMPLES])
        yield GateResult(f"--max-changed-calls {most}", f"{found} 有改变 change", crossed, diff.blame(rules), calls)
    for name, limit, flip, what in flips:
        if limit is not None:
            crossed = not limit.allows(flip.flipped, tally.calls)
            found = f"{_of(flip.flipped, tally.calls)} {what}"
            yield GateResult(f"{name} {limit}", found, crossed, diff.blame(flip.rules), _flipped(flip, name))


def _shifted(diff: Diff, gates: Gates) -> Iterator[GateResult]:
    tally = diff.tally
    blame, calls = diff.blame(tally.scores.rules), _shifts(tally.scores)
    if (most := gates.max_mean_shift) is not None:
        shift = tally.mean_shift
        crossed = shift is not None and abs(shift) > most
        found = "没有可比的分数 no scores to compare" if shift is None else f"平均分 mean score {shift:+.4f}"
        yield GateResult(f"--max-mean-shift {most}", found, crossed, blame, calls)
    if (most := gates.max_call_shift) is not None:
        beyond = sum(count for shift, count in tally.shifts.items() if abs(shift) > most)
        found = f"{_of(beyond, tally.scored)} 分数变化更大 shift by more"
        yield GateResult(f"--max-call-shift {most}", found, beyond > 0, blame, calls)


def _vetoed(diff: Diff, gates: Gates) -> Iterator[GateResult]:
    if gates.no_new_veto:
        vetoes = diff.tally.new_vetoes
        found = f"{_of(vetoes.flipped, diff.tally.calls)} 新被一票否决 newly vetoed"
        calls = tuple(delta.call for delta in vetoes.calls.items)
        yield GateResult("--no-new-veto", found, vetoes.flipped > 0, diff.blame(vetoes.rules), calls)


def _hits(diff: Diff, gates: Gates) -> Iterator[GateResult]:
    wanted = (("--max-new-hits", gates.max_new_hits, True), ("--max-lost-hits", gates.max_lost_hits, False))
    for name, limits, new in wanted:
        for rule_id, most in limits.items():
            if rule_id != EVERY_RULE:
                yield _hits_of(diff, rule_id, most, f"{name} {rule_id}={most}", new)
        if (each := limits.get(EVERY_RULE)) is not None:
            unnamed = [rule_id for rule_id in diff.tally.rules if rule_id not in limits]
            results = [_hits_of(diff, rule_id, each, f"{name} {rule_id}={each}", new) for rule_id in unnamed]
            crossed = [result for result in results if result.crossed]
            yield from crossed or [GateResult(f"{name} {EVERY_RULE}={each}", f"{len(unnamed)} 条规则 rules", False)]


def _hits_of(diff: Diff, rule_id: str, most: int, gate: str, new: bool) -> GateResult:
    rule = diff.tally.rules.get(rule_id)
    if rule is None:
        return GateResult(gate, "没有改变 unchanged", crossed=False)
    count, calls = (rule.gained, rule.calls_gained) if new else (rule.lost, rule.calls_lost)
    examples: First[Example] = rule.gained_examples if new else rule.lost_examples
    what = "处新命中 new hits" if new else "处不再命中 hits lost"
    named = tuple(dict.fromkeys(f"{e.call} {clock(e.evidence.start)}" for e in examples.items))
    blame = (Blame(rule_id, calls, diff.spot(rule_id)),)
    return GateResult(gate, f"{count} {what}，{calls} 通 calls", count > most, blame, named)


def clock(seconds: float) -> str:
    """``03:12``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"


def _of(found: int, calls: int) -> str:
    return f"{found}/{calls} 通 calls" + (f" ({100 * found / calls:.1f}%)" if calls else "")


def _flipped(flips: Flips, name: str) -> tuple[str, ...]:
    line = "line" in name
    pairs = (
        (d, d.before.line_grade if line else d.before.grade, d.after.line_grade if line else d.after.grade)
        for d in flips.calls.items
    )
    return tuple(f"{delta.call} {before or '—'}→{after or '—'}" for delta, before, after in pairs)


def _shifts(flips: Flips) -> tuple[str, ...]:
    return tuple(f"{d.call} {d.before.score}→{d.after.score}" for d in flips.calls.items)
