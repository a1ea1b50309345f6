import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.text.attitude import FAULTS, Attitude, attitude, telling
from qa_pipeline.text.normalise import normalise
from scripts.attitude.train import sentences


def test_there_are_enough_sentences_of_each_kind_and_none_twice():
    every = sentences()
    assert len({text for _, text in every}) == len(every)
    counts = {kind: sum(k is kind for k, _ in every) for kind in Attitude}
    assert min(counts.values()) >= 80
    assert counts[Attitude.NONE] >= 400


def test_the_model_knows_the_sentences_it_was_trained_on():
    every = sentences()
    right = sum(max(attitude(text), key=attitude(text).__getitem__) is kind for kind, text in every)
    assert right / len(every) >= 0.9


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
    shares = attitude(normalise(said).text)
    assert max(FAULTS, key=lambda fault: shares[fault]) == kind
    assert shares[Attitude.NONE] < 0.5


@pytest.mark.parametrize("said", ["您好，请问有什么可以帮您", "我帮您登记好了，两天内给您回电话", "您慢慢说，我都记着"])
def test_plain_courtesy_is_none(said):
    assert attitude(normalise(said).text)[Attitude.NONE] > 0.5


def test_fillers_change_nothing():
    assert attitude("呃差不多那个就行了呗") == attitude("差不多就行了呗")


def test_the_telling_words_stand_in_the_text():
    words = telling("您去找物业吧我们不管", Attitude.SHIRKING)
    assert words
    assert all(word in "您去找物业吧我们不管" for word in words)


@given(st.text(max_size=40))
def test_shares_add_up_whatever_is_said(said):
    shares = attitude(normalise(said).text)
    assert sum(shares.values()) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in shares.values())
