import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.rules.operators.restates import Restates
from qa_pipeline.rules.view import CannotTell
from tests.rules.calls import DIALOGUES, call, found, found_anywhere, inside, matched

LEAK = "客户: 我家卫生间的天花板漏水，楼上说不是他家的水管"


def restated(reply: str, **parameters) -> list[str]:
    return matched("restates", parameters, LEAK, f"客服: {reply}")


def test_the_agent_gives_back_the_content():
    assert restated("您是说卫生间天花板漏水，楼上不承认水管有问题，对吗") == ["卫生间天花板漏水，楼上不承认水管"]


def test_the_note_lists_the_words():
    note = found("restates", {}, call(LEAK, "客服: 您家卫生间的天花板漏水"))[0].note
    assert "卫生间、天花板、漏水" in note


@pytest.mark.parametrize(
    "reply",
    [
        "好的，我给您登记一下，稍后有师傅联系您",
        "这个情况我们这边处理不了",
        "漏水",
        "漏水漏水，天天就是漏水漏水",
        "不是跟您说了吗，天花板漏水找物业",
        "不是您说的卫生间天花板漏水",
    ],
)
def test_a_reply_without_the_content_restates_nothing(reply):
    assert restated(reply) == []


def test_a_single_number_is_no_content():
    assert matched("restates", {"min_words": 1}, "客户: 我家三百零二", "客服: 三百零二") == []


def test_a_cue_may_be_asked_for():
    assert restated("卫生间的天花板漏水，您先关一下总阀", cue=True) == []
    assert len(restated("您反映的是卫生间的天花板漏水", cue=True)) == 1
    assert len(restated("漏水的是天花板，我没听错吧，我跟您确认一下", cue=True, min_words=2)) == 1


def test_only_the_last_turns_count():
    far = [line for n in range(4) for line in (f"客服: 请您稍等{n}", f"客户: 好的{n}")]
    reply = "客服: 您是说卫生间天花板漏水"
    assert matched("restates", {"within_turns": 2}, LEAK, *far, reply) == []
    assert len(matched("restates", {"within_turns": 5}, LEAK, *far, reply)) == 1


def test_a_share_of_ones_own_words_is_let_pass():
    reply = "天花板昨天检测仪器显示漏水"
    assert restated(reply, min_words=2, min_share=0.9) == []
    assert len(restated(reply, min_words=2, min_share=0.3)) == 1


def test_without_roles_nobody_can_tell():
    with pytest.raises(CannotTell):
        found("restates", {}, call("某人: 我家卫生间天花板漏水", "某人: 卫生间天花板漏水是吗"))


@pytest.mark.parametrize("parameters", [{"min_words": 0}, {"min_share": 2}, {"within_turns": 0}])
def test_parameters_that_mean_nothing_are_refused(parameters):
    with pytest.raises(ValidationError):
        Restates.model_validate(parameters)


@given(DIALOGUES, st.booleans())
def test_any_text_is_borne(features, cue):
    assert inside(features, found_anywhere("restates", {"min_words": 1, "min_share": 0, "cue": cue}, features))
