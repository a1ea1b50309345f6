import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.rules.operators.repeat import Repeat
from qa_pipeline.text.repeats import repeats
from tests.rules.calls import DIALOGUES, call, found, found_anywhere, inside, matched


def test_the_same_words_again_are_found_at_the_later_saying():
    hits = found(
        "repeat", {}, call("客户: 你们到底管不管我家暖气", "客服: 您别急", "客户: 我就问你们到底管不管我家暖气")
    )
    assert [e.matched for e in hits] == ["你们到底管不管我家暖气"]
    assert "第 2 次说" in hits[0].note
    assert "0.5 秒" in hits[0].note


def test_a_few_characters_may_differ():
    lines = ("客户: 我家暖气片一点都不热啊", "客服: 好的", "客户: 我是说我家的暖气片一点都不热")
    assert len(matched("repeat", {}, *lines)) == 1
    assert matched("repeat", {"min_similarity": 1, "min_chars": 9}, *lines) == []


def test_times_counts_the_sayings():
    lines = (
        "客服: 您要先去社区开证明",
        "客户: 我去过了",
        "客服: 您要先去社区开证明",
        "客户: 我去过了",
        "客服: 要先去社区开证明",
    )
    assert len(matched("repeat", {"times": 2, "role": "agent"}, *lines)) == 2
    assert len(matched("repeat", {"times": 3, "role": "agent"}, *lines)) == 1
    assert matched("repeat", {"times": 4, "role": "agent"}, *lines) == []


def test_each_is_compared_with_himself_only():
    assert matched("repeat", {}, "客户: 我家暖气片一点都不热", "客服: 您家暖气片一点都不热") == []


def test_within_looks_back_so_many_seconds():
    features = call("1 客服: 您要先去社区开证明", "5 客户: 去过了", "200 客服: 您要先去社区开证明")
    assert len(found("repeat", {}, features)) == 1
    assert found("repeat", {"within_s": 60}, features) == []


def test_ignored_phrases_and_short_ones_do_not_count():
    lines = ("客服: 请您稍等我查一下", "客户: 好", "客服: 请您稍等我查一下")
    assert len(matched("repeat", {"min_chars": 6}, *lines)) == 1
    assert matched("repeat", {"min_chars": 6, "ignore": ["请您稍等"]}, *lines) == []
    assert matched("repeat", {}, "客户: 好的好的", "客服: 嗯那个", "客户: 好的好的") == []


@pytest.mark.parametrize("parameters", [{"times": 1}, {"min_chars": 1}, {"min_similarity": 0.2}])
def test_parameters_that_find_everything_are_refused(parameters):
    with pytest.raises(ValidationError):
        Repeat.model_validate(parameters)


@given(DIALOGUES)
def test_any_text_is_borne(features):
    assert inside(features, found_anywhere("repeat", {"min_chars": 4, "min_similarity": 0.6}, features))


@given(st.lists(st.text(alphabet="对你们管不了", max_size=40), max_size=6))
def test_a_repetition_lies_after_what_it_repeats(texts):
    for again in repeats(tuple(texts), 4, 0.7):
        assert (again.earlier_turn, again.earlier_end) <= (again.turn, again.start)
        assert again.end - again.start >= 4
        assert again.end <= len(texts[again.turn])


@given(st.text(alphabet="暖气片不热到底管吗天", min_size=6, max_size=20))
def test_what_is_said_twice_is_always_found(sentence):
    assert repeats((sentence, sentence), 6, 1.0)
