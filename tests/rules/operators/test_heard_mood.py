from dataclasses import replace

import pytest
from pydantic import ValidationError

from qa_pipeline.features import CallFeatures, call_features
from qa_pipeline.rules.operators import operator
from qa_pipeline.rules.view import CannotTell
from tests.rules.calls import call, found

LINES = ("客服: 您好，请讲。", "客户: 我家暖气不热！", "客服: 我帮您登记。", "客户: 你们到底管不管！")


def _felt(*moods: str | None, sounds: dict[int, tuple[str, ...]] | None = None) -> CallFeatures:
    transcript = call(*LINES).transcript
    said = zip(transcript.utterances, moods, strict=True)
    told = tuple(replace(u, emotion=m, sounds=(sounds or {}).get(n, ())) for n, (u, m) in enumerate(said))
    return call_features(replace(transcript, utterances=told))


def test_angry_utterances_are_evidence() -> None:
    angry = _felt("neutral", "angry", "neutral", "angry")
    hits = found("heard_mood", {"role": "customer", "any": ["angry"]}, angry)
    assert [hit.matched for hit in hits] == ["我家暖气不热", "你们到底管不管"]
    assert "生气" in hits[0].note
    assert found("heard_mood", {"role": "agent", "any": ["angry"]}, angry) == []
    assert len(found("heard_mood", {"any": ["angry", "neutral"]}, angry)) == 4


def test_there_must_be_enough() -> None:
    once = _felt("neutral", "angry", "neutral", "neutral")
    assert found("heard_mood", {"role": "customer", "any": ["angry"], "at_least": 2}, once) == []
    assert len(found("heard_mood", {"role": "customer", "any": ["angry"], "at_least": 1}, once)) == 1


def test_sounds_count_without_a_mood() -> None:
    crying = _felt(None, None, None, None, sounds={3: ("cry",)})
    (hit,) = found("heard_mood", {"role": "customer", "any": ["cry"]}, crying)
    assert "哭声" in hit.note


def test_where_no_mood_is_heard_it_cannot_tell() -> None:
    with pytest.raises(CannotTell, match="没有给出情绪"):
        found("heard_mood", {"any": ["angry"]}, call(*LINES))


@pytest.mark.parametrize("parameters", [{}, {"any": []}, {"any": ["furious"]}])
def test_what_it_refuses(parameters: dict) -> None:
    with pytest.raises(ValidationError):
        operator("heard_mood").model_validate(parameters)
