from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.text.attitude import FAULTS, KINDS, Attitude, attitude, telling, telling_before
from qa_pipeline.text.manner import Manner, shown
from qa_pipeline.text.normalise import normalise
from scripts.attitude.texts import AKIN, CALLS, LABELS, WARM, calls, examples, pairs, sentences


def surest(text: str) -> Attitude:
    shares = attitude(normalise(text).text)
    return max(FAULTS, key=lambda fault: shares[fault])


def fault(text: str) -> float:
    shares = attitude(normalise(text).text)
    return max(shares[kind] for kind in FAULTS)


def test_there_are_enough_texts_of_each_kind_and_hardly_any_twice():
    every = examples()
    counts = Counter(kind for one in every for kind in one.shows)
    assert set(counts) == set(KINDS)
    assert min(counts.values()) >= 120
    assert sum(not one.shows for one in every) >= 2000
    alone = list(sentences())
    assert len({one.text for one in alone}) >= 0.99 * len(alone)
    assert {name for names in AKIN.values() for name in names.split()} <= {*KINDS, WARM}


def test_most_callers_of_the_pairs_are_answered_well_and_badly():
    by_caller: dict[str, set[bool]] = {}
    for one in pairs():
        by_caller.setdefault(one.before, set()).add(bool(one.shows & set(FAULTS)))
    assert sum(len(answers) == 2 for answers in by_caller.values()) >= 0.5 * len(by_caller)


def test_the_calls_that_are_learnt_from_are_those_for_tuning():
    assert all("kept_out" not in folder.parts for folder in CALLS.values())
    learnt = [one for name, folder in CALLS.items() for one in calls(name, folder)]
    assert {kind for one in learnt for kind in one.shows} == set(LABELS)
    assert sum(bool(one.before) for one in learnt) > 0.8 * len(learnt)


def test_the_model_knows_the_sentences_it_was_trained_on():
    every = [one for one in sentences() if one.shows & set(FAULTS)]
    assert sum(surest(one.text) in one.shows for one in every) / len(every) >= 0.85


def test_what_the_caller_said_changes_what_an_answer_is():
    upset, asking = "你们什么态度，我要投诉你们，太欺负人了", "请问这个在哪里办"
    assert attitude("您随便", upset)[Attitude.CASUAL] != attitude("您随便", asking)[Attitude.CASUAL]
    assert attitude("您随便", "") == attitude("您随便")


def test_the_callers_word_that_weighed_is_one_he_said():
    said = "我手机不会弄老花眼看不清"
    assert all(telling_before("让孩子弄吧", kind, said, least=0.01) in said for kind in KINDS)
    assert telling_before("让孩子弄吧", Attitude.CONTEMPT, "") == ""


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("annoyed", "你到底有完没完，问了三遍了还问"),
        ("refusal", "不能办就是不能办，没有任何办法"),
        ("casual", "差不多就行了呗，反正没人看"),
        ("shirking", "您去找物业吧，我们不管"),
        ("overpromise", "放心吧，明天肯定给您修好"),
    ],
)
def test_plain_faults_are_told(kind, said):
    assert surest(said) == kind
    assert fault(said) > 0.4


@pytest.mark.parametrize(
    "said",
    [
        "您好，请问有什么可以帮您",
        "我帮您登记好了，两天内给您回电话",
        "您慢慢说，我都记着",
        "没事儿，拜拜",
        "随便哪个窗口都能办",
    ],
)
def test_plain_courtesy_is_no_fault(said):
    assert fault(said) < 0.35  # below every line at which one utterance is a fault


def test_fillers_and_the_form_of_you_change_nothing():
    assert attitude("呃差不多那个就行了呗") == attitude("差不多就行了呗")
    assert attitude("你听不懂吗") == attitude("您听不懂吗")


def test_the_telling_words_stand_in_the_text():
    words = telling("你去找物业吧我们不管", Attitude.SHIRKING)
    assert words
    assert all(word in "你去找物业吧我们不管" for word in words)


def test_a_manner_is_placed_where_it_shows():
    text = normalise("单号是三五七八，下午三点以前师傅到您家，谢谢您这么体谅我们，您想得真周到").text
    place = shown(text, Manner.PRAISE)
    assert "谢谢" in text[place.start : place.end]
    assert place.share == attitude(text)[Attitude.PRAISE]


@given(st.text(max_size=40))
def test_shares_are_shares_whatever_is_said(said):
    shares = attitude(normalise(said).text)
    assert set(shares) == set(KINDS)
    assert all(0 <= share <= 1 for share in shares.values())
