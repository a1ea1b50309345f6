import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.rules.operators.phrase import Phrase
from tests.rules.calls import DIALOGUES, call, found, found_anywhere, inside, matched


def said(text: str, **parameters) -> list[str]:
    return matched("phrase", parameters, f"客服: {text}")


def test_punctuation_and_script_make_no_difference():
    assert said("這是，規定！", any=["这是规定"]) == ["這是，規定"]


def test_a_phrase_runs_across_two_utterances_of_one_turn():
    assert matched("phrase", {"any": ["这是规定"]}, "客服: 我跟您说这是", "客服: 规定没办法") == ["这是规定"]


def test_words_asks_for_word_boundaries():
    assert said("您看行不行", any=["不行"]) == ["不行"]
    assert said("您看行不行", any=["不行"], words=True) == []
    assert said("这样不行", any=["不行"], words=True) == ["不行"]


def test_a_role_leaves_the_other_sides_words_out():
    assert matched("phrase", {"any": ["这是规定"], "role": "agent"}, "客户: 你们就会说这是规定", "客服: 您请讲") == []


def test_at_least_counts_hits():
    assert said("随便您", any=["随便"], at_least=2) == []
    assert said("随便您，随便吧", any=["随便"], at_least=2) == ["随便", "随便"]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("我们也没有办法", "我们也没有办法"),
        ("我们也没有方法了", "我们也没有方法"),  # one wrong
        ("我们也没办法", "我们也没办法"),  # one missing
        ("我们也是没有办法的", "我们也是没有办法"),  # one added
    ],
)
def test_fuzzy_bears_one_error_in_five(text, hit):
    assert said(text, any=["我们也没有办法"], match="fuzzy") == [hit]


def test_fuzzy_says_how_far_it_is_off():
    hit = found("phrase", {"any": ["我们也没有办法"], "match": "fuzzy"}, call("客服: 我们也没有方法"))[0]
    assert "approximate" in hit.note
    assert "差 1 个字" in hit.note


@pytest.mark.parametrize("text", ["我们都没有想过", "我们有的是办法", "也没有"])
def test_fuzzy_does_not_find_what_is_too_different(text):
    assert said(text, any=["我们也没有办法"], match="fuzzy") == []


def test_a_negation_is_no_slip_of_the_recogniser():
    assert said("这个我不能解决", any=["这个我能解决"], match="fuzzy") == []


def test_short_phrases_are_found_exactly_whatever_the_match():
    assert said("随变您", any=["随便", "我们也没有办法"], match="fuzzy") == []
    assert said("随变您", any=["随便", "我们也没有办法"], match="pinyin") == []
    assert said("随便您", any=["随便", "我们也没有办法"], match="pinyin") == ["随便"]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("这是归定", "这是规定"),
        ("请您烧等一下", "请您稍等"),
        ("你没看情楚吗", "你没看清楚吗"),
        ("凌没看清除吗", "您没看清楚吗"),  # n and l, n and ng are one on the line
        ("为您福务", "为您服务"),
    ],
)
def test_pinyin_finds_what_sounds_alike(text, phrase):
    hits = found("phrase", {"any": [phrase], "match": "pinyin"}, call(f"客服: {text}"))
    assert len(hits) == 1
    assert "近音 approximate" in hits[0].note


def test_the_very_phrase_is_not_called_approximate():
    assert [e.note for e in found("phrase", {"any": ["这是规定"], "match": "pinyin"}, call("客服: 这是规定"))] == [""]


def test_pinyin_does_not_find_other_sounds():
    assert said("这是固定的座机", any=["这是规定"], match="pinyin") == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"any": ["，。"]},
        {"any": []},
        {"any": ["这是规定"], "max_errors": 1},
        {"any": ["我们也没有办法"], "match": "fuzzy", "max_errors": 1, "min_similarity": 0.8},
        {"any": ["随便"], "match": "fuzzy"},
        {"any": ["随便"], "match": "pinyin"},
    ],
)
def test_parameters_that_mean_nothing_are_refused(parameters):
    with pytest.raises(ValidationError):
        Phrase.model_validate(parameters)


@given(DIALOGUES, st.sampled_from(["exact", "fuzzy", "pinyin"]), st.text(min_size=1, max_size=9))
def test_any_text_is_borne(features, match, phrase):
    evidence = found_anywhere("phrase", {"any": ["这是规定", "幺三八零零幺", "您" + phrase], "match": match}, features)
    assert inside(features, evidence)
    assert all(e.matched for e in evidence)


@given(st.text(alphabet="这是规定我没有办法", max_size=40))
def test_what_is_found_exactly_is_found_approximately(text):
    exactly = len(said(text, any=["这是规定没办"])) > 0
    for match in ("fuzzy", "pinyin"):
        assert not exactly or said(text, any=["这是规定没办"], match=match)
