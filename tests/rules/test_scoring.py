"""The arithmetic of scores and of 零点's grades, apart from any call."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.records import Outcome, RuleOutcome
from qa_pipeline.rules.line_grades import indicator_outcomes, line_grades
from qa_pipeline.rules.schema import LineGrades, Scoring
from qa_pipeline.rules.scoring import score_call

GRADES = [{"grade": "优秀", "from": 85}, {"grade": "普通", "from": 60}, {"grade": "冷线", "from": 0}]
PASS, FAIL, NA, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.CANNOT_TELL


def one(outcome: Outcome, worth: str = "10", section: str = "甲", gives: str = "0") -> RuleOutcome:
    taken = -Decimal(worth) if outcome is FAIL else Decimal(gives) if outcome is PASS else Decimal(0)
    return RuleOutcome("r", f"{section}/乙", outcome, taken, worth=Decimal(worth), in_reach=Decimal(gives))


def score(*outcomes: RuleOutcome, vetoed: bool = False, may_be: bool = False, **scoring):
    return score_call(outcomes, Scoring.model_validate({"grades": GRADES, **scoring}), vetoed, may_be)


def test_deduct_takes_from_the_base():
    assert score(one(FAIL), one(PASS), one(NA)).value == 90
    assert score(*[one(FAIL)] * 12).value == 0


def test_what_cannot_be_told_widens_the_range_and_never_counts_as_a_pass_in_the_worst_case():
    told = score(one(FAIL), one(PASS), one(UNKNOWN, "20"))
    assert (told.minimum, told.value, told.maximum) == (70, 90, 90)
    assert (told.grade_min, told.grade, told.grade_max) == ("普通", "优秀", "优秀")


def test_mostly_ignorance_gives_no_score_only_a_range():
    blind = score(one(PASS), one(UNKNOWN), one(UNKNOWN))
    assert (blind.value, blind.grade) == (None, None)
    assert (blind.minimum, blind.maximum) == (80, 100)
    assert score(one(UNKNOWN), min_told=0).value is None
    assert score(one(NA)).value is None


def test_a_section_loses_no_more_than_its_weight():
    sections = {"甲": {"weight": 15}, "丙": {"weight": 85}}
    assert score(one(FAIL), one(FAIL), one(FAIL, section="丙"), sections=sections).value == 75


def test_earn_renormalises_over_the_rules_that_apply():
    assert score(one(FAIL), one(PASS), method="earn").value == 50
    assert score(one(FAIL), one(PASS), one(NA, "80"), method="earn").value == 50
    assert score(one(FAIL, "10"), one(PASS, "20"), method="earn").value == Decimal("66.67")
    assert score(one(PASS, "0"), method="earn").value == 100


def test_earn_by_sections_weighs_them():
    sections = {"甲": {"weight": 30}, "丙": {"weight": 70}}
    both = (one(FAIL), one(PASS), one(PASS, section="丙"))
    assert score(*both, method="earn", sections=sections).value == 85
    assert score(*both[:2], one(NA, section="丙"), method="earn", sections=sections).value == 50


def test_bonus_is_bounded_by_its_limit_and_the_ceiling():
    gives = one(PASS, "0", gives="8")
    assert score(gives, one(FAIL), bonus_max=5).value == 95
    assert score(gives).value == 100
    assert score(gives, ceiling=110).value == 108


def test_veto_caps_the_score_and_a_possible_veto_the_worst_case():
    assert score(one(PASS), vetoed=True).value == 0
    assert score(one(PASS), vetoed=True, veto_cap=59).value == 59
    doubtful = score(one(PASS), one(UNKNOWN, "0"), may_be=True, veto_cap=59)
    assert (doubtful.minimum, doubtful.value) == (59, 100)


OUTCOMES = st.lists(
    st.builds(
        one,
        st.sampled_from([PASS, FAIL, NA, UNKNOWN]),
        st.integers(0, 30).map(str),
        st.sampled_from(["甲", "丙"]),
        st.integers(0, 3).map(str),
    ),
    min_size=1,
    max_size=12,
)
METHODS = st.sampled_from(
    [{}, {"method": "earn"}]
    + [{"method": m, "sections": {"甲": {"weight": 40}, "丙": {"weight": 60}}} for m in ("deduct", "earn")]
)


@given(OUTCOMES, METHODS)
def test_the_range_holds_the_value_and_grades_follow(outcomes, scoring):
    result = score(*outcomes, **scoring)
    assert 0 <= result.minimum <= result.maximum <= 100
    assert result.value is None or result.minimum <= result.value <= result.maximum
    order = ["冷线", "普通", "优秀"]
    assert order.index(result.grade_min) <= order.index(result.grade_max)


@given(OUTCOMES, METHODS, st.integers(1, 30), st.sampled_from(["甲", "丙"]))
def test_another_deduction_never_raises_any_figure(outcomes, scoring, points, section):
    before = score(*outcomes, min_told=0, **scoring)
    after = score(*outcomes, one(FAIL, str(points), section), min_told=0, **scoring)
    assert after.minimum <= before.minimum
    assert after.maximum <= before.maximum
    if before.value is not None:
        assert after.value <= before.value


@given(OUTCOMES, METHODS)
def test_learning_what_could_not_be_told_stays_within_the_range(outcomes, scoring):
    before = score(*outcomes, min_told=0, **scoring)
    for settled in (PASS, FAIL):
        known = [
            replace(o, outcome=settled, points=o.in_reach if settled is PASS else -o.worth)
            if o.outcome is UNKNOWN
            else o
            for o in outcomes
        ]
        after = score(*known, min_told=0, **scoring)
        assert before.minimum <= after.minimum <= after.maximum <= before.maximum


def fifteen(passed: int, failed: int = 0, unknown: int = 0, inapplicable: int = 0) -> list[RuleOutcome]:
    kinds = [PASS] * passed + [FAIL] * failed + [UNKNOWN] * unknown + [NA] * inapplicable
    return [RuleOutcome(f"r{i}", f"i{i}", kind, Decimal(0)) for i, kind in enumerate(kinds)]


SEED = LineGrades.model_validate(
    {
        "indicators": [f"i{i}" for i in range(15)],
        "key": ["i0", "i1", "i2"],
        "grades": [
            {"grade": "冷线", "passed_below": 10},
            {"grade": "优秀", "passed_at_least": 10, "key_all_passed": True, "non_key_failed_below": 2},
            {"grade": "普通"},
        ],
    }
)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (fifteen(15), ("优秀", "优秀", "优秀")),
        (fifteen(14, 1), ("优秀", "优秀", "优秀")),
        (fifteen(13, 2), ("普通", "普通", "普通")),
        (fifteen(10, 5), ("普通", "普通", "普通")),
        (fifteen(9, 6), ("冷线", "冷线", "冷线")),
        (fifteen(9, 0, 6), ("优秀", "冷线", "优秀")),
        (fifteen(9, 1, 5), ("优秀", "冷线", "优秀")),
        (fifteen(7, 0, 8), (None, "冷线", "优秀")),
        (fifteen(0, 0, 15), (None, "冷线", "优秀")),
        (fifteen(10, 0, 0, 5), ("优秀", "优秀", "优秀")),
        (list(reversed(fifteen(14, 1))), ("优秀", "优秀", "优秀")),
    ],
)
def test_the_seeds_arithmetic_with_best_and_worst_case(outcomes, expected):
    assert line_grades(outcomes, SEED) == expected


def test_a_failed_key_indicator_is_never_excellent():
    outcomes = fifteen(15)
    outcomes[0] = replace(outcomes[0], outcome=FAIL)
    assert line_grades(outcomes, SEED) == ("普通", "普通", "普通")


def test_an_indicator_takes_the_gravest_of_its_rules():
    rules = [RuleOutcome("a", "x", PASS, Decimal(0)), RuleOutcome("b", "x", UNKNOWN, Decimal(0))]
    assert indicator_outcomes(rules, ["x", "y"]) == {"x": UNKNOWN, "y": UNKNOWN}
    assert indicator_outcomes([*rules, RuleOutcome("c", "x", FAIL, Decimal(0))], ["x"]) == {"x": FAIL}
