"""``manner``: what sounds like empathy, praise, venting, or holding to one's own view."""

import pytest

from qa_pipeline.text.manner import KINDS, Manner, manner, shown
from tests.rules.calls import matched


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("empathy", "大冷天屋里没有暖气，老人孩子肯定遭罪，我听着都揪心"),
        ("praise", "您想得真周到，多亏您提醒，太感谢了"),
        ("venting", "你冲我吼什么，我又不欠你的，有本事你去投诉"),
    ],
)
def test_each_kind_is_found_in_its_own_and_not_in_plain_talk(kind, said):
    parameters = {"kind": kind, "above": 0.3, "role": "agent"}
    assert matched("manner", parameters, f"客服: {said}")
    assert matched("manner", parameters, "客服: 请问您家是几号楼几单元，停水是从什么时候开始的") == []
    assert matched("manner", parameters, f"客户: {said}", "客服: 好的") == []


def test_each_kind_has_a_share_and_a_scrap_says_nothing():
    assert set(manner("好")) == set(KINDS)
    assert shown("喂", Manner.VENTING).share < 0.5


def test_the_words_that_weighed_are_named():
    told = shown("谢谢您这么体谅我们，您想得真周到", Manner.PRAISE)
    assert told.words
    assert all(word in "谢谢您这么体谅我们，您想得真周到" for word in told.words)
