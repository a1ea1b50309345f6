import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.rules.operators.address_form import AddressForm, Form
from tests.rules.calls import DIALOGUES, call, found, found_anywhere, inside, matched

TITLES = ["title", "surname_title"]


def said(text: str, **parameters) -> list[str]:
    return matched("address_form", parameters, f"客服: {text}")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("先生您好", "先生"),
        ("王女士，请您稍等", "王女士"),
        ("好的欧阳先生", "欧阳先生"),
        ("大爷，您慢慢说", "大爷"),
        ("请问这位女士怎么称呼", "女士"),
        ("大姐您别急", "大姐"),
        ("好的师傅，我记下了", "师傅"),
        ("先关阀，大姐，手别碰", "大姐"),
        ("办好了，瞿大姐，单号发您", "瞿大姐"),
        ("恭喜您女士，批下来了", "女士"),
        ("记上了啊，老弟", "老弟"),
        ("妹子，你家表在哪儿", "妹子"),
    ],
)
def test_the_caller_is_addressed(text, form):
    assert said(text, uses=TITLES) == [form]


@pytest.mark.parametrize(
    "text",
    [
        "您先生在家吗",
        "楼下卖菜的妹子说的",
        "兄弟单位也这么办",
        "那位女士已经走了",
        "您去找李师傅",
        "医生一看就明白",
        "家长群里有通知",
        "会有师傅上门",
        "主任说可以办",
        "您好请讲",
        "",
    ],
)
def test_who_is_only_spoken_of_is_not_addressed(text):
    assert said(text, uses=TITLES) == []


def test_a_word_that_ends_like_a_surname_is_none():
    assert said("对于女士来说", uses="surname_title") == []
    assert said("谢谢先生", uses="surname_title") == []
    assert said("谢谢先生", uses="title") == ["先生"]


def test_asking_the_name_counts_where_it_is_asked_for():
    assert said("请问您贵姓", uses=TITLES) == []
    assert said("请问您贵姓", uses=[*TITLES, "asks_name"]) == ["请问您贵姓"[2:]]


def test_the_titles_are_the_sites_own():
    assert said("小姐您好", uses="title") == ["小姐"]
    assert said("小姐您好", uses="title", titles=["先生", "女士"]) == []
    assert said("老乡您好", uses="title", titles=["老乡"]) == ["老乡"]


def test_a_title_of_one_character_needs_a_surname():
    titles = {"uses": TITLES, "titles": ["姐", "大姐"]}
    assert said("记上了啊，宫姐", **titles) == ["宫姐"]
    assert said("找李姐签字就行", **titles) == []
    assert said("姐，您别急", **titles) == []


def test_the_share_of_the_polite_you():
    lines = ("客服: 您好，您请讲", "客户: 你好", "客服: 你家在哪，您的电话呢，我给您登记")
    assert len(matched("address_form", {"role": "agent", "uses": "polite_you", "min_share": 0.8}, *lines)) == 4
    assert matched("address_form", {"role": "agent", "uses": "polite_you", "min_share": 0.9}, *lines) == []
    assert matched("address_form", {"role": "agent", "uses": "plain_you", "min_share": 0.2}, *lines) == ["你"]
    assert (
        matched("address_form", {"role": "agent", "uses": "plain_you", "min_share": 0.2, "at_least": 2}, *lines) == []
    )


def test_the_plural_has_no_polite_form():
    assert said("你们那边几点停的水", uses="plain_you") == []


def test_the_share_stands_in_the_note():
    note = found("address_form", {"uses": "polite_you", "min_share": 0.5}, call("客服: 您好"))[0].note
    assert note == "用“您”，占 100%"


@pytest.mark.parametrize(
    "parameters",
    [{}, {"uses": []}, {"uses": "nickname"}, {"uses": TITLES, "min_share": 0.5}, {"uses": "title", "titles": []}],
)
def test_parameters_that_mean_nothing_are_refused(parameters):
    with pytest.raises(ValidationError):
        AddressForm.model_validate(parameters)


@given(DIALOGUES, st.sets(st.sampled_from(list(Form)), min_size=1))
def test_any_text_is_borne(features, uses):
    assert inside(features, found_anywhere("address_form", {"uses": sorted(uses)}, features))
