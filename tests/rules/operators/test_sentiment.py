import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.rules.operators.sentiment import Sentiment
from qa_pipeline.rules.view import CannotTell
from tests.rules.calls import DIALOGUES, call, found, found_anywhere, inside, matched

ANGRY = "客户: 你们就是一群骗子，太气人了"
CALM = "客户: 谢谢您，您解释得真清楚"
AGENT = "客服: 好的，请您稍等"


def test_an_angry_turn_is_found_and_a_calm_one_is_not():
    assert matched("sentiment", {"role": "customer", "below": 0.1}, ANGRY, AGENT, CALM) == [
        "你们就是一群骗子，太气人了"
    ]
    assert matched("sentiment", {"role": "customer", "above": 0.9}, ANGRY, AGENT, CALM) == ["谢谢您，您解释得真清楚"]


def test_the_note_names_the_words_that_weighed_most():
    note = found("sentiment", {"below": 0.1}, call(ANGRY))[0].note
    assert note.startswith("情绪 0.0")
    assert "骗子" in note or "气人" in note


def test_the_last_turns_are_averaged():
    parameters = {"role": "customer", "below": 0.3, "over": "last_turns", "turns": 1}
    assert matched("sentiment", parameters, ANGRY, AGENT, CALM) == []
    assert len(matched("sentiment", parameters, CALM, AGENT, ANGRY)) == 1


def test_over_the_call_one_piece_of_evidence_spans_the_turns():
    features = call(ANGRY, AGENT, ANGRY)
    hits = found("sentiment", {"role": "customer", "below": 0.3, "over": "call"}, features)
    assert [(e.start, e.end) for e in hits] == [(features.passages[0].start, features.passages[-1].end)]
    assert "2 个话轮" in hits[0].note


def test_an_average_over_nothing_cannot_be_told():
    with pytest.raises(CannotTell):
        found("sentiment", {"role": "customer", "below": 0.3, "over": "call"}, call(AGENT, "客户: 喂"))


def test_short_turns_are_not_judged_and_at_least_counts():
    assert matched("sentiment", {"below": 0.5, "min_chars": 30}, ANGRY) == []
    assert matched("sentiment", {"below": 0.1, "at_least": 2}, ANGRY, AGENT) == []
    assert len(matched("sentiment", {"role": "customer", "below": 0.1, "at_least": 2}, ANGRY, AGENT, ANGRY)) == 2


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"below": 0.1, "above": 0.9},
        {"below": 0.1, "turns": 2},
        {"below": 0.1, "over": "last_turns"},
        {"below": 0.1, "over": "call", "at_least": 2},
        {"below": 0},
    ],
)
def test_parameters_that_mean_nothing_are_refused(parameters):
    with pytest.raises(ValidationError):
        Sentiment.model_validate(parameters)


@given(DIALOGUES, st.sampled_from([{"over": "turn"}, {"over": "call"}, {"over": "last_turns", "turns": 2}]))
def test_any_text_is_borne(features, over):
    assert inside(features, found_anywhere("sentiment", {"above": 0.01, "min_chars": 1, **over}, features))
