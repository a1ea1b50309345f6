import math
from pathlib import Path

import pytest
import yaml

from qa_pipeline.transcribe.gate import DATA, PieceHeard, Reason, doubt, gate_limits
from qa_pipeline.transcribe.hearing import Heard
from tests.transcribe.fakes import windows

LIMITS = gate_limits()
SAMPLES = Path(__file__).parents[2] / "samples"
(WINDOW,) = windows((1, 4))


def _doubt(text: str, speech_s: float = 3.0, snr_db: float | None = 40.0, **measured: float) -> Reason | None:
    figures = {"avg_logprob": -0.2, "no_speech_prob": 0.01, "compression_ratio": 0.9, **measured}
    return doubt(Heard(WINDOW.window, text, (), **figures), [PieceHeard(text, speech_s, snr_db)], LIMITS)


def test_plain_speech_is_believed() -> None:
    assert _doubt("您好市民服务热线请讲") is None
    assert _doubt("嗯", speech_s=0.2) is None
    assert _doubt("", speech_s=0.3) is None


@pytest.mark.parametrize(
    ("reason", "text", "measured"),
    [
        (Reason.REPETITION, "我知道了" * 20, {"compression_ratio": 4.2, "speech_s": 25}),
        (Reason.LOOP, "我们的" * 6, {}),
        (Reason.TOO_FAST, "这句话在一秒钟之内没有人说得完这么多字吧", {"speech_s": 1.0}),
        (Reason.NO_SPEECH, "谢谢", {"avg_logprob": -1.3, "no_speech_prob": 0.8}),
        (Reason.SILENT_SOUND, "谢谢大家", {"avg_logprob": -0.7, "snr_db": 1.0}),
        (Reason.LOW_PROBABILITY, "困里不知什么", {"avg_logprob": -1.1}),
        (Reason.LOW_PROBABILITY, "困里不知什么", {"avg_logprob": math.nan}),
        (Reason.WORDLESS, "。", {}),
    ],
)
def test_each_reason(reason: Reason, text: str, measured: dict[str, float]) -> None:
    assert _doubt(text, **measured) is reason


def test_no_speech_alone_is_no_reason() -> None:
    """As in Whisper: sure words are believed whatever the no-speech token says."""
    assert _doubt("您好请讲", no_speech_prob=0.9) is None


def test_nothing_heard_where_the_recogniser_says_silence_is_believed() -> None:
    assert _doubt("", speech_s=5.0, no_speech_prob=0.9) is None


def test_a_piece_without_words_beside_one_with_them() -> None:
    heard = Heard(WINDOW.window, "您好请讲", (), -0.1, 0.0, 0.9)
    pieces = [PieceHeard("您好请讲", 1.0, 40), PieceHeard("", 2.0, 40)]
    assert doubt(heard, pieces, LIMITS) is Reason.WORDLESS
    assert doubt(heard, [pieces[0], PieceHeard("", 0.5, 40)], LIMITS) is None


@pytest.mark.parametrize(
    "text", ["谢谢谢谢谢谢谢谢", "好的好的好的好的", "对对对对对对", "零零零零零零零零", "哈哈哈哈哈哈"]
)
def test_people_repeat_themselves_too(text: str) -> None:
    assert _doubt(text, speech_s=3.0) is None


def test_no_line_of_the_samples_is_doubted_for_its_text() -> None:
    lines = 0
    for path in sorted((SAMPLES / "references").glob("*.yaml")):
        for line in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["utterances"]:
            lines += 1
            assert _doubt(line["text"], speech_s=line["end"] - line["start"]) is None, line["text"]
    assert lines > 300


def test_the_demo_model_has_its_own_limit_and_shares_the_rest() -> None:
    demo = gate_limits("demo")
    assert demo.min_avg_logprob > LIMITS.min_avg_logprob
    assert demo.loops == LIMITS.loops


def test_every_limit_says_where_it_comes_from() -> None:
    for preset in yaml.safe_load(DATA.read_text(encoding="utf-8")).values():
        for name, entry in preset.items():
            assert len(entry["source"]) > 20, name
