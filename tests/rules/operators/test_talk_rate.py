import pytest
from pydantic import ValidationError

from qa_pipeline.rules.operators.talk_rate import TalkRate
from tests.rules.calls import found
from tests.rules.timed import refusal, timed

TWELVE = "一二三四五六七八九十一二"
FAST = timed(f"0-2 客服: {TWELVE}", f"3-7 客户: {TWELVE}", f"8-10 客服: {TWELVE}", "11-11.5 客服: 好的再见")
"""The agent at 360 字/分钟, the customer at 180, and a hurried 480 that is too short to measure."""


def fast(**parameters) -> list[float]:
    return [one.start for one in found("talk_rate", {"role": "agent", **parameters}, FAST)]


def test_exactly_the_limit_passes():
    assert fast(max_per_minute=360) == []
    assert fast(max_per_minute=359) == [0, 8]


def test_so_many_utterances_must_be_too_fast():
    assert fast(max_per_minute=300, at_least=2) == [0, 8]
    assert fast(max_per_minute=300, at_least=3) == []


def test_short_ones_are_not_measured():
    assert fast(max_per_minute=400) == []
    assert fast(max_per_minute=400, min_chars=4) == [11]


def test_over_the_call():
    [one] = found("talk_rate", {"max_per_minute": 200, "over": "call"}, FAST)
    assert one.note == "平均语速 270 字/分钟（36 字，8 秒）"
    assert one.start == 0
    assert fast(max_per_minute=360, over="call") == []
    assert "太短" in refusal("talk_rate", {"max_per_minute": 200, "over": "call", "min_chars": 13}, FAST)


def test_too_slow():
    [one] = found("talk_rate", {"role": "customer", "min_per_minute": 181}, FAST)
    assert (one.start, one.note, one.turn) == (3, "语速 180 字/分钟", 1)
    assert found("talk_rate", {"role": "customer", "min_per_minute": 180}, FAST) == []


def test_pauses_are_not_speaking_time():
    features = timed(f"0-6 客服: {TWELVE}", speech=[[(0, 1), (5, 6)], []])
    [one] = found("talk_rate", {"max_per_minute": 300}, features)
    assert one.note == "语速 360 字/分钟"


def test_digits_and_latin_words_count_as_characters():
    [one] = found("talk_rate", {"max_per_minute": 100}, timed("0-3 客服: 工号1024，请打WIFI热线，谢谢"))
    assert one.note == "语速 260 字/分钟"  # 工号 1 0 2 4 请打 wifi 热线 谢谢: 13 in three seconds


@pytest.mark.parametrize("parameters", [{}, {"max_per_minute": 0}, {"max_per_minute": 300, "over": "turn"}])
def test_what_cannot_be_asked(parameters):
    with pytest.raises(ValidationError):
        TalkRate(**parameters)
