import pytest
from pydantic import ValidationError

from qa_pipeline.records import Span
from qa_pipeline.rules.operators.overlap_ratio import OverlapRatio
from qa_pipeline.rules.view import View
from tests.rules.calls import found
from tests.rules.timed import refusal, timed

# 20 s, of which both speak in 4-6 and 12-13: three seconds, 15 %.
ARGUING = timed(
    "0-6 客服: 您这个情况不归我们管您找物业", "4-13 客户: 我找过物业了物业说找你们", "12-20 客服: 那我们也没有办法"
)


def test_the_longest_overlap_is_what_to_listen_to():
    [one] = found("overlap_ratio", {"max_share": 0.1}, ARGUING)
    assert (one.role, one.start, one.end) == (None, 4, 6)
    assert one.note == "同时说话 3.0 秒，占 15%"


@pytest.mark.parametrize(
    ("parameters", "fires"),
    [
        ({"max_share": 0.15}, False),
        ({"max_share": 0.149}, True),
        ({"max_share": 0.21, "of": "agent"}, True),  # 3 of 14 seconds
        ({"max_share": 0.22, "of": "agent"}, False),
        ({"max_share": 0.33, "of": "customer"}, True),  # 3 of 9
        ({"max_share": 0.34, "of": "customer"}, False),
    ],
)
def test_exactly_the_limit_passes(parameters, fires):
    assert bool(found("overlap_ratio", parameters, ARGUING)) is fires


def test_pauses_are_no_part_of_speech():
    features = timed("0-6 客服: 您这个情况不归我们管", "4-8 客户: 我找过物业了", duration=20)
    assert found("overlap_ratio", {"max_share": 0.2, "of": "speech"}, features)
    assert not found("overlap_ratio", {"max_share": 0.2, "of": "call"}, features)


def test_nodding_is_not_talking_over():
    features = timed("0-10 客户: 我家的暖气一直不热你们来看了两次", "2-3 客服: 嗯", "5-6.5 客服: 对对对好的")
    assert not found("overlap_ratio", {"max_share": 0.0}, features)


def test_only_what_is_in_view_counts():
    late = OverlapRatio(max_share=0.1).find(View(ARGUING, Span(10, 20)))
    assert [(one.start, one.end) for one in late] == []
    assert [(one.start, one.end) for one in OverlapRatio(max_share=0.09).find(View(ARGUING, Span(10, 20)))] == [
        (12, 13)
    ]


def test_it_cannot_be_told_on_one_channel_or_where_nobody_speaks():
    assert "单声道" in refusal("overlap_ratio", {"max_share": 0}, timed("0-5 客服: 您好", channels=1))
    assert refusal("overlap_ratio", {"max_share": 0, "of": "customer"}, timed("0-5 客服: 您好请讲"))


def test_shares_are_shares():
    with pytest.raises(ValidationError):
        OverlapRatio(max_share=15)
