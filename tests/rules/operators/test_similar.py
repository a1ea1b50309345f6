import pytest
from hypothesis import given
from pydantic import ValidationError

from qa_pipeline.rules.operators.similar import Similar
from tests.rules.calls import DIALOGUES, call, found, found_anywhere, inside, matched

EXAMPLES = ["这个不归我们管您去找别的部门", "您自己到网上查一下"]


def said(text: str, **parameters) -> list[str]:
    return matched("similar", {"to": EXAMPLES, **parameters}, f"客服: {text}")


@pytest.mark.parametrize(
    "text",
    [
        "这个不归我们管您去找别的部门",
        "不好意思啊，这个事情不归我们管，您找一下别的部门吧",
        "您去找别的部门，这个不归我们管",
        "您到网上自己查一下吧",
    ],
)
def test_the_same_words_in_another_order_or_with_a_few_more_are_found(text):
    assert said(text)


@pytest.mark.parametrize(
    "text",
    ["我帮您在网上查一下", "这个归我们部门管", "您说的这个部门我知道", "您慢慢说，我在听", "网上", "查一下查一下"],
)
def test_the_same_subject_is_not_enough(text):
    assert said(text) == []


def test_the_very_words_are_found_at_one():
    assert said("好的您自己到网上查一下谢谢", min_similarity=1) == ["您自己到网上查一下"]
    assert said("好的您自己去网上查一下谢谢", min_similarity=1) == []


def test_the_note_says_which_example_and_how_similar():
    note = found("similar", {"to": EXAMPLES}, call("客服: 您自己到网上查一下吧"))[0].note
    assert note == "和例句“您自己到网上查一下”相似 1.00"


@pytest.mark.parametrize("parameters", [{"to": []}, {"to": ["随便"]}, {"to": EXAMPLES, "min_similarity": 0.3}])
def test_parameters_that_mean_nothing_are_refused(parameters):
    with pytest.raises(ValidationError):
        Similar.model_validate(parameters)


@given(DIALOGUES)
def test_any_text_is_borne(features):
    evidence = found_anywhere("similar", {"to": ["我家住阳光小区", "幺三八零零幺三八零零零", "气死我了"]}, features)
    assert inside(features, evidence)
