import pytest

from tests.rules.calls import call, found
from tests.rules.timed import refusal


def who(*lines: str, metadata: dict | None = None, **parameters) -> str:
    """Who ended the call: agent, customer, or ``?`` where it cannot be told."""
    features = call(*lines, metadata=metadata)
    if refusal("ended_by", {"is": "agent", **parameters}, features):
        return "?"
    [side] = [side for side in ("agent", "customer") if found("ended_by", {"is": side, **parameters}, features)]
    return side


@pytest.mark.parametrize(
    ("told", "side"),
    [
        ("agent", "agent"),
        ("customer", "customer"),
        ("客户", "customer"),
        ("坐席", "agent"),
        (" Caller ", "customer"),
        ("系统", "?"),
    ],
)
def test_the_manifest_says_so(told, side):
    assert who("客服: 我先挂了", metadata={"hangup_by": told}) == side


@pytest.mark.parametrize(
    ("lines", "side"),
    [
        (["客户: 我话还没", "客服: 挂了。"], "agent"),
        (["客户: 唉好吧", "客服: 挂了啊"], "agent"),
        (["客服: 热线四小时都在，我先挂断，再见。"], "agent"),
        (["客服: 您还有别的问题吗", "客户: 没有我挂了啊"], "customer"),
        (["客服: 有事再打 挂了", "客户: 喂喂"], "agent"),
        (["客服: 就这样，再见", "客户: 喂？还在吗？", "客户: 喂"], "agent"),
        (["客户: 谢谢，再见", "客服: 再见"], "?"),
        (["客户: 没了", "客服: 祝您生活愉快"], "?"),
        (["客服: 您先别挂机", "客户: 好"], "?"),
        (["客户: 好", "客服: 那您先挂吧"], "?"),
        (["客户: 我的问题还没说完", "客服: 您好？您好？能听到吗？"], "?"),
        (["客服: 您好", "客服: 喂，听得到吗"], "?"),
        (["客服: 昨天是你们把我电话挂了", "客户: 是"], "?"),
        (["客户: 你刚才怎么把电话挂了"], "?"),
        (["某人: 我先挂了"], "?"),
        (["客户: ¯"], "?"),
        ([], "?"),
    ],
)
def test_the_end_of_the_call_tells_only_where_it_is_plain(lines, side):
    assert who(*lines) == side


def test_guessing_may_be_switched_off():
    assert who("客服: 我先挂了", infer=False) == "?"


def test_evidence_is_what_was_said():
    [one] = found("ended_by", {"is": "agent"}, call("客户: 好", "客服: 那我先挂了"))
    assert (one.role, one.matched, one.turn) == ("agent", "那我先挂了", 1)
