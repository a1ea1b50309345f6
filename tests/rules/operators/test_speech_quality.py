import pytest
from pydantic import ValidationError

from qa_pipeline.records import ChannelSound
from qa_pipeline.rules.operators.speech_quality import SpeechQuality
from tests.rules.calls import found
from tests.rules.timed import refusal, timed

LINES = ["0-5 客服: 您好请讲", "5-9 客户: 我家没有暖气"]
NOISY = [ChannelSound(-20, -60, 40, 0.0), ChannelSound(-30, -42, 12, 0.02)]


def notes(features, **parameters) -> list[str]:
    return [one.note for one in found("speech_quality", parameters, features)]


def test_noise_and_clipping_on_each_side():
    features = timed(*LINES, sound=NOISY)
    assert notes(features, min_snr_db=15) == ["客户一侧信噪比 12 分贝"]
    assert notes(features, min_snr_db=12) == []
    assert notes(features, max_clipped=0.01) == ["客户一侧削顶失真 2.0%"]
    assert notes(features, max_clipped=0.02) == []
    assert notes(features, min_snr_db=15, role="agent") == []
    assert notes(features, min_snr_db=50, max_clipped=0.01) == [
        "客服一侧信噪比 40 分贝",
        "客户一侧信噪比 12 分贝",
        "客户一侧削顶失真 2.0%",
    ]


def test_a_channel_in_which_nobody_speaks_has_no_ratio():
    features = timed(LINES[0], sound=[NOISY[0], ChannelSound(None, -50, None, 0.0)])
    assert notes(features, min_snr_db=30) == []


def test_a_side_that_says_nothing():
    alone = timed(LINES[0])
    assert notes(alone, silent_side="customer") == ["客户没有说话"]
    assert notes(alone, silent_side="agent") == []
    assert notes(alone, silent_side="any") == ["客户没有说话"]
    assert notes(timed(*LINES), silent_side="any") == []
    assert notes(timed(speech=[[], []], duration=9), silent_side="any") == ["没有人说话"]


def test_too_little_speech():
    assert notes(timed(*LINES), min_speech_s=9) == []
    assert notes(timed(*LINES), min_speech_s=10) == ["通话一共只说了 9.0 秒"]
    assert notes(timed(*LINES), min_speech_s=5, role="customer") == ["客户一共只说了 4.0 秒"]


def test_what_was_not_measured_cannot_be_told():
    assert "没有测量" in refusal("speech_quality", {"min_snr_db": 15}, timed(*LINES))
    mono = timed(LINES[0], channels=1, sound=NOISY[:1])
    assert "单声道" in refusal("speech_quality", {"silent_side": "customer"}, mono)
    assert "单声道" in refusal("speech_quality", {"min_snr_db": 15, "role": "agent"}, mono)
    assert notes(mono, min_snr_db=50) == ["客服一侧信噪比 40 分贝"]


def test_what_is_found_is_not_hidden_by_what_cannot_be_told():
    assert notes(timed(LINES[0]), min_snr_db=15, silent_side="customer") == ["客户没有说话"]


def test_something_must_be_asked():
    with pytest.raises(ValidationError):
        SpeechQuality(role="agent")
