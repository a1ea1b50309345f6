import pytest
from pydantic import ValidationError

from qa_pipeline.rules.operators.turn_count import TurnCount
from tests.rules.calls import found
from tests.rules.timed import refusal, timed

CALL = timed(
    "0-2 客服: 您好请讲", "3-6 客户: 我家没有暖气", "6.2-6.6 客服: 嗯", "7-9 客户: 三天了", "10-12 客服: 您住哪里"
)


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({"role": "agent", "at_least": 2}, True),
        ({"role": "agent", "at_least": 3}, False),
        ({"role": "customer", "at_most": 1}, True),
        ({"at_least": 3, "at_most": 3}, True),
        ({"role": "customer", "min_chars": 9}, True),
        ({"role": "customer", "min_chars": 10}, False),
    ],
)
def test_a_nod_is_no_turn_and_ends_none(parameters, holds):
    assert bool(found("turn_count", parameters, CALL)) is holds


def test_it_points_at_all_that_was_counted():
    [one] = found("turn_count", {"role": "customer", "at_least": 1}, CALL)
    assert (one.start, one.end, one.note) == (3, 9, "1 个话轮")


def test_silence_is_no_turns_but_words_that_were_not_recognised_cannot_be_told():
    assert found("turn_count", {"at_most": 0}, timed(speech=[[], []], duration=30))
    assert refusal("turn_count", {"at_most": 0}, timed(speech=[[(0, 3)], []], duration=30))
    assert refusal("turn_count", {"at_most": 0}, timed(duration=30))


def test_bounds_that_nothing_can_meet():
    with pytest.raises(ValidationError):
        TurnCount(at_least=3, at_most=2)
