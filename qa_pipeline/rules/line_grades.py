"""零点's grades: arithmetic over indicators instead of points.

The seed (003): connected and fewer than 10 of 15 indicators passed is 冷线; at least 10 passed, all key indicators
passed and fewer than 2 others failed is 优秀; else 普通.

An indicator fails where one of its rules failed, cannot be told where none failed and one cannot be told, does not
apply where none applies, else passes. Numbers of passes asked for shrink with the indicators that do not apply, in
proportion and rounded up, so that a short call is not a cold one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from qa_pipeline.records import Outcome, RuleOutcome
from qa_pipeline.rules.schema import LineGrade, LineGrades

_GRAVEST = (Outcome.FAIL, Outcome.CANNOT_TELL, Outcome.PASS, Outcome.NOT_APPLICABLE)


def line_grades(
    outcomes: Sequence[RuleOutcome], spec: LineGrades, min_told: float = 0.5
) -> tuple[str | None, str, str]:
    """The grade by what is known, at worst (what cannot be told failed) and at best (it passed).

    There is no grade, only the range, where less than ``min_told`` of the indicators that apply could be told.
    """
    known = indicator_outcomes(outcomes, spec.indicators)
    unknown = sum(outcome is Outcome.CANNOT_TELL for outcome in known.values())
    applicable = sum(outcome is not Outcome.NOT_APPLICABLE for outcome in known.values())
    enough = applicable > unknown and applicable - unknown >= min_told * applicable
    return (
        _grade({**known, **_unknown_as(known, Outcome.NOT_APPLICABLE)}, spec) if enough else None,
        _grade({**known, **_unknown_as(known, Outcome.FAIL)}, spec),
        _grade({**known, **_unknown_as(known, Outcome.PASS)}, spec),
    )


def indicator_outcomes(outcomes: Iterable[RuleOutcome], indicators: Sequence[str]) -> dict[str, Outcome]:
    """Each indicator's outcome: the gravest of its rules'. An indicator that no rule feeds cannot be told."""
    by_indicator: dict[str, list[Outcome]] = {indicator: [] for indicator in indicators}
    for outcome in outcomes:
        if outcome.indicator in by_indicator:
            by_indicator[outcome.indicator].append(outcome.outcome)
    return {
        indicator: next((o for o in _GRAVEST if o in found), Outcome.CANNOT_TELL)
        for indicator, found in by_indicator.items()
    }


def _unknown_as(known: Mapping[str, Outcome], supposed: Outcome) -> dict[str, Outcome]:
    return {indicator: supposed for indicator, outcome in known.items() if outcome is Outcome.CANNOT_TELL}


def _grade(outcomes: Mapping[str, Outcome], spec: LineGrades) -> str:
    return next(grade.grade for grade in spec.grades if _reaches(grade, outcomes, spec))


def _reaches(grade: LineGrade, outcomes: Mapping[str, Outcome], spec: LineGrades) -> bool:
    applicable = [indicator for indicator, outcome in outcomes.items() if outcome is not Outcome.NOT_APPLICABLE]
    passed = sum(outcomes[indicator] is Outcome.PASS for indicator in applicable)
    failed = {indicator for indicator in applicable if outcomes[indicator] is Outcome.FAIL}
    share = len(applicable) / len(spec.indicators)
    if grade.passed_at_least is not None and passed < ceil(grade.passed_at_least * share):
        return False
    if grade.passed_below is not None and passed >= ceil(grade.passed_below * share):
        return False
    if grade.key_all_passed and failed & set(spec.key):
        return False
    return grade.non_key_failed_below is None or len(failed - set(spec.key)) < grade.non_key_failed_below
