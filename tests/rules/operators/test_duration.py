import pytest
from pydantic import ValidationError

from qa_pipeline.records import Span
from qa_pipeline.rules.operators.duration import Duration
from qa_pipeline.rules.view import View
from tests.rules.calls import found
from tests.rules.timed import refusal, timed

CALL = timed("0-10 客服: 您好请讲", "8-12 客户: 我家没有暖气", duration=60)


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({"at_least_s": 60}, True),
        ({"at_least_s": 61}, False),
        ({"at_most_s": 60}, True),
        ({"at_most_s": 59}, False),
        ({"of": "speech", "at_least_s": 12, "at_most_s": 12}, True),
        ({"of": "agent", "at_least_s": 10, "at_most_s": 10}, True),
        ({"of": "customer", "at_least_s": 4.1}, False),
    ],
)
def test_both_bounds_are_included(parameters, holds):
    assert bool(found("duration", parameters, CALL)) is holds


def test_speech_counts_in_view_and_the_recording_as_a_whole():
    view = View(CALL, Span(0, 9))
    assert list(Duration(of="customer", at_most_s=1).find(view))
    assert list(Duration(at_least_s=60).find(view))


def test_who_spoke_must_be_known():
    unknown = timed("0-5 某人: 您好")
    assert found("duration", {"of": "speech", "at_least_s": 5}, unknown)
    assert "分不清" in refusal("duration", {"of": "agent", "at_least_s": 5}, unknown)


def test_a_bound_must_be_given():
    with pytest.raises(ValidationError):
        Duration(of="call")
