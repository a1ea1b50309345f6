"""From outcomes to a score: base less what was taken plus what was given, and how sure that is.

``minimum`` supposes that every rule that could not be told had failed in full and gave nothing; ``maximum`` that
each had passed and gave what it can. Where fewer than ``min_told`` of the rules that apply could be told, there is no
score: a figure that stands mostly on ignorance would be read as a judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from qa_pipeline.records import Outcome, RuleOutcome, Score
from qa_pipeline.rules.schema import Scoring


def score_call(outcomes: Sequence[RuleOutcome], scoring: Scoring, vetoed: bool, may_be_vetoed: bool) -> Score:
    """The score of one call. Points are exact; every figure lies in ``[0, ceiling]``."""
    known = scoring.base + sum((o.points for o in outcomes), Decimal(0))
    worst = known - sum((o.at_risk for o in outcomes), Decimal(0))
    best = known + sum((o.in_reach for o in outcomes), Decimal(0))
    value = _bounded(known, scoring, vetoed)
    minimum = _bounded(worst, scoring, vetoed or may_be_vetoed)
    maximum = _bounded(best, scoring, vetoed)
    told = enough_told(outcomes, scoring)
    return Score(
        value=value if told else None,
        minimum=minimum,
        maximum=maximum,
        grade=grade_of(value, scoring) if told else None,
        grade_min=grade_of(minimum, scoring),
        grade_max=grade_of(maximum, scoring),
        vetoed=vetoed,
    )


def enough_told(outcomes: Iterable[RuleOutcome], scoring: Scoring) -> bool:
    """Whether the share of applicable rules that could be told reaches ``min_told``."""
    applicable = [o for o in outcomes if o.outcome is not Outcome.NOT_APPLICABLE]
    told = [o for o in applicable if o.outcome is not Outcome.CANNOT_TELL]
    return bool(told) and len(told) >= scoring.min_told * len(applicable)


def grade_of(score: Decimal, scoring: Scoring) -> str | None:
    """The first band, from the highest down, that ``score`` reaches; None where the set has no grades."""
    return next((band.grade for band in scoring.grades if score >= band.from_score), None)


def _bounded(score: Decimal, scoring: Scoring, vetoed: bool) -> Decimal:
    ceiling = min(scoring.ceiling, scoring.veto_cap) if vetoed else scoring.ceiling
    return max(Decimal(0), min(score, ceiling))
