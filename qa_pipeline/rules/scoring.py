"""From outcomes to a score, and how sure that is.

``method: deduct``: the base, less what was taken (each section bounded by its weight), plus what was given.
``method: earn``: each rule is worth its ``deduct``; what was kept, over what the rules that apply are worth, scaled to
the base (per section, the sections by weight). Rules that do not apply drop out of both sides.

``minimum`` supposes that every rule that could not be told had failed in full and gave nothing; ``maximum`` that each
had passed and gave what it can. ``value`` counts only what was established. Where fewer than ``min_told`` of the
rules that apply could be told there is no value: a figure that stands mostly on ignorance would be read as a judgement.

Adding a rule that deducts never raises a score, under either method.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal

from qa_pipeline.records import Outcome, RuleOutcome, Score
from qa_pipeline.rules.schema import Scoring

ZERO = Decimal(0)
CENT = Decimal("0.01")


def score_call(outcomes: Sequence[RuleOutcome], scoring: Scoring, vetoed: bool, may_be_vetoed: bool) -> Score:
    """The score of one call. Points are exact; every figure lies in ``[0, ceiling]`` and has two decimals at most."""
    told = enough_told(outcomes, scoring)
    value = _bounded(_total(outcomes, scoring), scoring, vetoed)
    minimum, maximum = value, value
    if may_be_vetoed or any(o.outcome is Outcome.CANNOT_TELL for o in outcomes):
        minimum = _bounded(_total([_at_worst(o) for o in outcomes], scoring), scoring, vetoed or may_be_vetoed)
        maximum = _bounded(_total([_at_best(o) for o in outcomes], scoring), scoring, vetoed)
    return Score(
        value=value if told else None,
        minimum=minimum,
        maximum=maximum,
        grade=grade_of(value, scoring) if told else None,
        grade_min=grade_of(minimum, scoring),
        grade_max=grade_of(maximum, scoring),
        vetoed=vetoed,
        steps=tuple(_steps(outcomes, scoring, value, told, vetoed)),
    )


def _steps(
    outcomes: Sequence[RuleOutcome], scoring: Scoring, value: Decimal, told: bool, vetoed: bool
) -> Iterator[str]:
    """The arithmetic in words, for whoever has to explain the score to an agent."""
    known = [o for o in outcomes if o.outcome in (Outcome.PASS, Outcome.FAIL)]
    yield f"基础分 base {scoring.base}" + ("，按得分折算 scaled to what was earned" if scoring.method == "earn" else "")
    for outcome in known:
        if outcome.points:
            yield f"{outcome.points:+} {outcome.rule_id}"
    if scoring.method == "earn":
        for name, kept, worth in _groups(known, scoring):
            yield f"{name}：得 kept {kept} / {worth}"
    for name, section in scoring.sections.items() if scoring.method == "deduct" else ():
        taken = _taken(o for o in known if o.section == name)
        if taken > section.weight:
            yield f"+{taken - section.weight} {name} 最多扣 loses at most {section.weight}"
    given = sum((o.points for o in known if o.points > 0), ZERO)
    if scoring.bonus_max is not None and given > scoring.bonus_max:
        yield f"-{given - scoring.bonus_max} 加分最多 bonus at most {scoring.bonus_max}"
    if vetoed:
        yield f"一票否决 veto：最高 at most {scoring.veto_cap}"
    unknown = [o.rule_id for o in outcomes if o.outcome is Outcome.CANNOT_TELL]
    if unknown:
        yield f"无法判断、未计入 could not be told, not counted: {', '.join(unknown)}"
    yield f"= {value}" if told else "能判断的太少，不给分 too little could be told for a score"


def enough_told(outcomes: Iterable[RuleOutcome], scoring: Scoring) -> bool:
    """Whether the share of applicable rules that could be told reaches ``min_told``."""
    applicable = [o for o in outcomes if o.outcome is not Outcome.NOT_APPLICABLE]
    told = [o for o in applicable if o.outcome is not Outcome.CANNOT_TELL]
    return bool(told) and len(told) >= scoring.min_told * len(applicable)


def grade_of(score: Decimal, scoring: Scoring) -> str | None:
    """The first band, from the highest down, that ``score`` reaches; None where the set has no grades."""
    return next((band.grade for band in scoring.grades if score >= band.from_score), None)


def _at_worst(outcome: RuleOutcome) -> RuleOutcome:
    if outcome.outcome is not Outcome.CANNOT_TELL:
        return outcome
    return replace(outcome, outcome=Outcome.FAIL, points=-outcome.worth)


def _at_best(outcome: RuleOutcome) -> RuleOutcome:
    if outcome.outcome is not Outcome.CANNOT_TELL:
        return outcome
    return replace(outcome, outcome=Outcome.PASS, points=outcome.in_reach)


def _total(outcomes: Sequence[RuleOutcome], scoring: Scoring) -> Decimal:
    """The score before it is bounded; what cannot be told neither takes nor gives."""
    known = [o for o in outcomes if o.outcome in (Outcome.PASS, Outcome.FAIL)]
    earned = _earned(known, scoring) if scoring.method == "earn" else scoring.base - _lost(known, scoring)
    given = sum((o.points for o in known if o.points > 0), ZERO)
    return earned + (given if scoring.bonus_max is None else min(given, scoring.bonus_max))


def _lost(known: Sequence[RuleOutcome], scoring: Scoring) -> Decimal:
    """What was taken in all; a section loses no more than its weight."""
    if not scoring.sections:
        return _taken(known)
    lost = ZERO
    for name, section in scoring.sections.items():
        lost += min(section.weight, _taken(o for o in known if o.section == name))
    return lost


def _earned(known: Sequence[RuleOutcome], scoring: Scoring) -> Decimal:
    """What was kept over what the known rules are worth, scaled to the base; the base where none is worth anything."""
    groups = _groups(known, scoring)
    weights = {name: section.weight for name, section in scoring.sections.items()}
    whole = sum((weights.get(name, scoring.base) for name, _, _ in groups), ZERO)
    earned = sum((weights.get(name, scoring.base) * kept / worth for name, kept, worth in groups), ZERO)
    return scoring.base * earned / whole if whole else scoring.base


def _groups(known: Sequence[RuleOutcome], scoring: Scoring) -> list[tuple[str, Decimal, Decimal]]:
    """Each section's name, what was kept and what it is worth; one group of all rules where there are no sections."""
    sections = {name: [o for o in known if o.section == name] for name in scoring.sections}
    sections = sections or {"全部 all": list(known)}
    worth = {name: sum((o.worth for o in group), ZERO) for name, group in sections.items()}
    return [(name, worth[name] - _taken(group), worth[name]) for name, group in sections.items() if worth[name]]


def _taken(outcomes: Iterable[RuleOutcome]) -> Decimal:
    return -sum((o.points for o in outcomes if o.points < 0), ZERO)


def _bounded(score: Decimal, scoring: Scoring, vetoed: bool) -> Decimal:
    ceiling = min(scoring.ceiling, scoring.veto_cap) if vetoed else scoring.ceiling
    return max(ZERO, min(score, ceiling)).quantize(CENT, ROUND_HALF_EVEN).normalize() + ZERO
