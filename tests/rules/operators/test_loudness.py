import pytest
from pydantic import ValidationError

from qa_pipeline.rules.operators.loudness import Loudness
from tests.rules.calls import found
from tests.rules.timed import refusal, timed

LINES = [f"{2 * n}-{2 * n + 1} 客服: 第{n}句话" for n in range(6)]


def loud(levels, lines=LINES, **parameters) -> list[float]:
    return [one.start for one in found("loudness", {"role": "agent", **parameters}, timed(*lines, loud=levels))]


def test_louder_than_ones_own_median():
    assert loud([-30, -30, -30, -30, -20, -30], above_median_db=8) == [8]
    [one] = found("loudness", {"above_median_db": 8}, timed(*LINES, loud=[-30, -30, -30, -30, -20, -30]))
    assert one.note == "比自己平时响 10 分贝"
    assert one.turn == 0


def test_exactly_the_limit_passes():
    assert loud([-30, -30, -30, -30, -22, -30], above_median_db=8) == []
    assert loud([-30, -30, -30, -30, -21.9, -30], above_median_db=8) == [8]


def test_at_least_so_many():
    levels = [-30, -30, -30, -30, -20, -30]
    assert loud(levels, above_median_db=8, at_least=2) == []


def test_a_loud_line_is_nobodys_fault():
    assert loud([-10] * 6, above_median_db=3) == []


def test_short_ones_are_not_measured():
    lines = [*LINES[:5], "10-10.5 客服: 喂"]
    assert loud([-30, -30, -30, -30, -30, -10], lines, above_median_db=8) == []


def test_a_rise_over_the_call():
    assert loud([-30, -30, -31, -24, -22, -23], rise_db=6) == [8]
    assert loud([-30, -30, -31, -24, -22, -23], rise_db=7) == []
    assert loud([-23, -22, -24, -31, -30, -30], rise_db=1) == []


def test_each_side_against_itself():
    lines = [*LINES, *(f"{2 * n + 1}-{2 * n + 2} 客户: 第{n}句话" for n in range(6))]
    features = timed(*lines, loud=[-30] * 6 + [-15] * 5 + [-5])
    assert [one.role for one in found("loudness", {"above_median_db": 8}, features)] == ["customer"]


@pytest.mark.parametrize(
    ("levels", "why"), [([], "没有音量"), ([-30, -30, -30, -30], "只有 4 句"), ([None] * 6, "没有音量")]
)
def test_what_was_not_measured_cannot_be_told(levels, why):
    assert why in refusal("loudness", {"role": "agent", "above_median_db": 8}, timed(*LINES, loud=levels))


@pytest.mark.parametrize("parameters", [{}, {"above_median_db": 8, "rise_db": 6}, {"above_median_db": -1}])
def test_one_way_of_being_loud_is_named(parameters):
    with pytest.raises(ValidationError):
        Loudness(**parameters)


def test_two_voices_that_are_not_told_apart_have_no_median():
    lines = [line.replace("客服", "某人") for line in LINES]
    features = timed(*lines, loud=[-30] * 5 + [-10], channels=1)
    assert "分不清" in refusal("loudness", {"above_median_db": 8}, features)


def test_whoever_says_nothing_is_not_loud():
    assert not found("loudness", {"role": "customer", "above_median_db": 8}, timed(*LINES, loud=[-30] * 6))
