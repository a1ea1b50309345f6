import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.text import sentiment as module
from qa_pipeline.text.sentiment import CALM, MODEL, NEGATIVE, dump, features, load, sentiment, telling_words, train
from scripts.sentiment.train import accuracy, held_out, sentences


@pytest.fixture(scope="module")
def every():
    return [sentences(NEGATIVE), sentences(CALM)]


def test_there_are_enough_sentences_and_none_twice(every):
    texts = [text for side in every for _, text in side]
    assert len(texts) >= 400
    assert len(set(texts)) == len(texts)


def test_the_shipped_model_is_what_the_sentences_give(every):
    assert dump(train([s for side in every for s in side])) == MODEL.read_text(encoding="utf-8")


@pytest.mark.parametrize("fold", range(3))
def test_held_out_sentences_fall_on_the_right_side(every, fold):
    kept, out = held_out(every, fold)
    assert accuracy(train(kept), out) >= 0.85


def test_a_model_survives_its_file():
    model = train([(NEGATIVE, "太气人了"), (CALM, "谢谢您")])
    again = load(dump(model))
    assert again.classify(features("气人")) == model.classify(features("气人"))
    assert json.loads(dump(again)) == json.loads(dump(model))


def test_the_sum_of_weights_is_what_bayes_says():
    model, (prior, weights) = module._model(), module._weights()
    for text in ["你们太过分了到底管不管", "谢谢您帮我查到了", "我想问一下"]:
        known = [f for f in features(text) if f in weights]
        side, probability = model.classify(known)
        anger = prior + sum(weights[f] for f in known)
        assert (side == NEGATIVE) == (anger > 0)
        assert probability == pytest.approx(1 / (1 + 2.718281828459045 ** -abs(anger)))


@pytest.mark.parametrize("text", ["你们就是一群骗子太气人了", "敷衍谁呢我受够了", "你什么态度我要投诉你"])
def test_anger(text):
    assert sentiment(text) < 0.1


@pytest.mark.parametrize("text", ["我想咨询一下怎么办理", "谢谢您解释得真清楚", "我家的灯不亮了麻烦报修一下"])
def test_calm(text):
    assert sentiment(text) > 0.8


def test_unknown_words_say_nothing():
    assert sentiment("") is None
    assert sentiment("龘靐齉") is None


def test_snownlp_is_not_loaded_with_its_models():
    import sys

    module.bayes_class()
    assert "snownlp" not in sys.modules or hasattr(sys.modules["snownlp"], "SnowNLP")
    assert "_snownlp_without_models.classification.bayes" in sys.modules


@given(st.text(max_size=60))
def test_a_value_is_between_nought_and_one(text):
    judged = sentiment(text)
    assert judged is None or 0 <= judged <= 1
    assert set(telling_words(text, angry=True)) <= set(features(text))
