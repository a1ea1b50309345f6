import pytest

from tests.rules.calls import found
from tests.rules.timed import refusal, timed

CALL = timed(
    "0-2 客服: 您好请讲",
    "3-6 客户: 我家暖气不热怎么办",
    "12-14 客服: 您住哪里",
    "14.5-16 客户: 阳光小区",
    "18-20 客服: 好的我登记一下",
    "19-24 客户: 你快一点我等了三天了",
    "24.2-26 客服: 马上",
)


def gaps(**parameters) -> list[tuple[float, float]]:
    return [(one.start, one.end) for one in found("response_gap", parameters, CALL)]


def test_from_the_end_of_one_turn_to_the_first_word_of_the_next():
    assert gaps(max_s=1) == [(6, 12), (16, 18)]
    [first, _] = found("response_gap", {"max_s": 1}, CALL)
    assert (first.role, first.quote, first.turn, first.note) == ("agent", "您住哪里", 2, "隔了 6.0 秒才接话")


@pytest.mark.parametrize(("max_s", "count"), [(6, 0), (5.99, 1), (2, 1), (1.99, 2), (0.2, 2), (0.1, 3)])
def test_exactly_the_limit_passes(max_s, count):
    assert len(gaps(max_s=max_s)) == count


def test_the_customer_may_be_the_slow_one():
    assert gaps(role="customer", max_s=0.6) == [(2, 3)]


def test_talking_into_the_others_turn_leaves_no_gap():
    assert all(end != 19 for _, end in gaps(role="customer", max_s=0))


def test_only_after_a_question():
    assert gaps(max_s=1, after_question=True) == [(6, 12)]


def test_waiting_within_ones_own_turn_is_dead_air_instead():
    features = timed("0-3 客户: 怎么办呀", "15-16 客户: 喂还在吗", "16.5-18 客服: 在的")
    assert found("response_gap", {"max_s": 1}, features) == []


def test_over_the_call_the_median_counts():
    [one] = found("response_gap", {"max_s": 1.9, "over": "call"}, CALL)
    assert (one.start, one.end) == (6, 12)
    assert one.note == "3 次应答，间隔的中位数 2.0 秒，最长 6.0 秒"
    assert gaps(max_s=2, over="call") == []
    assert "只有 3 次" in refusal("response_gap", {"max_s": 2, "over": "call", "min_gaps": 4}, CALL)


def test_roles_must_be_known():
    assert "分不清" in refusal("response_gap", {"max_s": 2}, timed("0-1 某人: 您好", "9-10 某人: 喂"))
