import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.rules.operators.entity import Entity
from qa_pipeline.text.entities import EntityKind
from tests.rules.calls import DIALOGUES, call, found, found_anywhere, inside, matched


def test_the_agent_gives_a_work_number():
    assert matched("entity", {"kind": "work_number", "role": "agent"}, "客服: 您好，工号1024。", "客户: 喂") == ["1024"]
    assert matched("entity", {"kind": "work_number", "role": "agent"}, "客服: 您好请讲", "客户: 工号1024") == []


def test_a_number_runs_across_two_utterances():
    hits = found("entity", {"kind": "phone"}, call("客户: 我电话幺三九零零", "客户: 零零幺二三四"))
    assert [e.matched for e in hits] == ["幺三九零零零零幺二三四"]


def test_a_number_told_in_parts_is_one_piece_of_evidence():
    features = call(
        "客服: 您的号码",
        "客户: 一三九",
        "客服: 一三九",
        "客户: 零零零零",
        "客服: 好的您继续",
        "客户: 一二三四",
        "客服: 好的",
    )
    hits = found("entity", {"kind": "phone"}, features)
    assert [e.matched for e in hits] == ["一三九 零零零零 一二三四"]
    assert hits[0].start < features.utterances[2].start < hits[0].end
    assert "3 次" in hits[0].note


def test_what_was_asked_before_tells_what_a_number_is():
    assert matched("entity", {"kind": "phone"}, "客服: 请留一个座机", "客户: 六二三四零零零零") == ["六二三四零零零零"]
    assert matched("entity", {"kind": "phone"}, "客服: 户号是多少", "客户: 六二三四零零零零") == []


def test_several_kinds_and_a_least_number():
    lines = ("客服: 明天上午九点，工本费二十块钱",)
    assert matched("entity", {"kind": ["time", "money"]}, *lines) == ["明天上午九点", "二十块钱"]
    assert matched("entity", {"kind": ["time", "money"], "at_least": 3}, *lines) == []


@pytest.mark.parametrize("parameters", [{}, {"kind": []}, {"kind": "email"}, {"kind": "phone", "at_least": 0}])
def test_parameters_that_mean_nothing_are_refused(parameters):
    with pytest.raises(ValidationError):
        Entity.model_validate(parameters)


@given(DIALOGUES, st.sets(st.sampled_from(list(EntityKind)), min_size=1))
def test_any_text_is_borne(features, kinds):
    evidence = found_anywhere("entity", {"kind": sorted(kinds)}, features)
    assert inside(features, evidence)
    assert all(e.matched for e in evidence)
