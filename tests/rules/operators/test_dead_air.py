import pytest

from tests.rules.calls import found
from tests.rules.timed import refusal, timed

WAITING = [
    "0.3-2 客服: 您好请讲",
    "2-4 客户: 我家没有暖气",
    "12-14 客户: 喂还在吗",
    "14-16 客服: 在的",
    "26-28 客户: 查到了吗",
]


def silences(*lines: str, speech=None, duration=None, **parameters) -> list[tuple[float, float]]:
    features = timed(*lines, speech=speech, duration=duration)
    return [(one.start, one.end) for one in found("dead_air", parameters, features)]


def test_exactly_the_limit_passes():
    assert silences(*WAITING, max_s=8) == [(16, 26)]
    assert silences(*WAITING, max_s=7.99) == [(4, 12), (16, 26)]
    assert silences(*WAITING, max_s=10) == []
    # 8.3 - 0.3 is a little more than 8 in binary.
    assert silences("0-0.3 客服: 喂", "8.3-9 客户: 喂", max_s=8) == []


@pytest.mark.parametrize(("after", "expected"), [("agent", [(16, 26)]), ("customer", [(4, 12)]), ("any", 2)])
def test_who_left_it(after, expected):
    got = silences(*WAITING, max_s=5, after=after)
    assert len(got) == expected if isinstance(expected, int) else got == expected


def test_the_note_says_who_spoke_last():
    notes = [one.note for one in found("dead_air", {"max_s": 5}, timed(*WAITING, duration=40))]
    assert notes == ["客户说完之后静音 8.0 秒", "客服说完之后静音 10.0 秒", "客户说完之后静音 12.0 秒"]
    assert found("dead_air", {"max_s": 5}, timed("9-10 客服: 您好"))[0].note == "开头静音 9.0 秒"


def test_the_silence_before_the_first_word_is_nobodys():
    assert silences("9-10 客服: 您好", max_s=5, after="agent") == []
    assert silences("9-10 客服: 您好", max_s=5) == [(0, 9)]


def test_the_first_and_last_seconds_may_be_left_out():
    assert silences("9-10 客服: 您好", max_s=5, ignore_first_s=4) == []
    assert silences("9-10 客服: 您好", max_s=5, ignore_first_s=3) == [(3, 9)]
    assert silences("0-1 客服: 您好", max_s=5, ignore_last_s=4, duration=11) == [(1, 7)]


def test_a_cough_does_not_end_a_silence():
    lines = ["0-2 客服: 您好请讲", "14-16 客户: 我家没有暖气"]
    cough = [[(0, 2), (8, 8.3)], [(14, 16)]]
    assert silences(*lines, max_s=8, speech=cough) == [(2, 14)]
    # Half a second is long enough to be a word that was not recognised.
    assert silences(*lines, max_s=8, speech=[[(0, 2), (8, 8.6)], [(14, 16)]]) == []
    assert silences(*lines, "8-8.3 客服: 喂", max_s=8, speech=cough) == []


def test_sound_goes_before_the_utterances_times():
    lines = ["0-10 客服: 您好请讲", "10-20 客户: 我家没有暖气"]
    assert silences(*lines, max_s=8, speech=[[(0, 2)], [(11, 13)]]) == [(2, 11)]


def test_silence_is_seen_on_mono_but_not_who_left_it():
    features = timed("0-2 某人: 您好", "12-13 某人: 喂", channels=1)
    assert len(found("dead_air", {"max_s": 8}, features)) == 1
    assert "分不清" in refusal("dead_air", {"max_s": 8, "after": "agent"}, features)


def test_a_recording_without_speech_is_no_dead_air():
    assert "没有人说话" in refusal("dead_air", {"max_s": 8}, timed(duration=60))
