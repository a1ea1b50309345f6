"""Communities by their bare names: masked where somebody is said to live there, left alone where nobody is."""

import pytest

from qa_pipeline.text.entities import EntityKind, find_entities
from qa_pipeline.text.privacy import mask_text, private_call


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我住锦绣花城，暖气不热", "我住〔地址〕，暖气不热"),
        ("我住锦绣花城小区", "我住〔地址〕"),
        ("我是锦绣花城的，我家暖气不热", "我是〔地址〕的，我家暖气不热"),
        ("我们是万科城市花园的业主代表", "我们是〔地址〕的业主代表"),
        ("碧水湾公馆的住户", "〔地址〕的住户"),
        ("家就在丽景新苑", "家就在〔地址〕"),
        ("我家在翠湖名邸三号楼", "我家在〔地址〕三号楼"),
        ("翡翠半岛二期停水", "〔地址〕二期停水"),
    ],
)
def test_where_somebody_lives(text, masked):
    assert mask_text(text).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "锦绣花城停水了",
        "我们小区停水",
        "你们小区的业主",
        "部分小区的居民",
        "很多小区的业主",
        "我住在老旧小区",
        "我住在单身公寓",
        "我住在花园酒店",
        "花园路在修路",
        "我是说花园",
        "阳光花园社区服务中心的地址",
        "我是市政府的",
        "我住在中山公园附近",
    ],
)
def test_where_nobody_is_said_to_live(text):
    assert mask_text(text).text == text


def test_an_answer_is_masked_and_so_is_each_later_mention():
    said = [
        ("a", "请问是哪个小区？"),
        ("c", "锦绣花城。"),
        ("a", "好的，锦绣花城那边我们登记了。"),
        ("c", "我叫王建国"),
    ]
    call = private_call(said)
    assert [masked.text for masked in call.masked[:3]] == [
        "请问是哪个小区？",
        "〔地址〕。",
        "好的，〔地址〕那边我们登记了。",
    ]
    assert call.mask("客户说锦绣花城停暖").text == "客户说〔地址〕停暖"


def test_rules_count_no_community_as_an_address():
    assert not list(find_entities("我住锦绣花城", frozenset({EntityKind.ADDRESS})))
