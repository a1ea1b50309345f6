import pytest
from pydantic import ValidationError

from qa_pipeline.records import Role, Span
from qa_pipeline.rules.operators.talk_ratio import TalkRatio
from qa_pipeline.rules.view import View
from tests.rules.calls import found
from tests.rules.timed import refusal, timed

CALL = timed("0-15 客服: 按照规定您要先带身份证", "15-20 客户: 那好吧", duration=30)


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({"at_least": 0.75}, True),
        ({"at_least": 0.76}, False),
        ({"at_most": 0.75}, True),
        ({"at_most": 0.74}, False),
        ({"role": "customer", "at_least": 0.2, "at_most": 0.3}, True),
    ],
)
def test_both_bounds_are_included(parameters, holds):
    assert bool(found("talk_ratio", parameters, CALL)) is holds


def test_it_says_how_much():
    [one] = found("talk_ratio", {"at_least": 0.5}, CALL)
    assert (one.role, one.start, one.end, one.note) == (Role.AGENT, 0, 30, "客服说了 15 秒，占 75%")


def test_only_what_is_in_view_counts():
    view = View(CALL, Span(10, 30))
    assert list(TalkRatio(at_most=0.5).find(view))
    assert not list(TalkRatio(at_least=0.51).find(view))


def test_too_little_speech_is_no_share():
    few = timed("0-2 客服: 您好", "2-4 客户: 喂")
    assert "4 秒" in refusal("talk_ratio", {"at_least": 0.5}, few)
    assert found("talk_ratio", {"at_least": 0.5, "min_speech_s": 4}, few)
    assert refusal("talk_ratio", {"at_least": 0.5, "min_speech_s": 0}, timed(duration=9))


def test_two_on_one_channel_are_told_apart_by_their_utterances():
    mono = timed("0-15 客服: 您好请讲", "15-20 客户: 那好吧", speech=[[(0, 20)]], channels=1)
    assert found("talk_ratio", {"at_least": 0.75, "at_most": 0.75}, mono)


def test_a_bound_must_be_given():
    with pytest.raises(ValidationError):
        TalkRatio()
