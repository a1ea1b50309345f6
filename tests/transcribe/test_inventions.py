import pytest

from qa_pipeline.records import Word
from qa_pipeline.transcribe.gate import Reason
from qa_pipeline.transcribe.inventions import invented, is_echo
from qa_pipeline.transcribe.together import recognise_together
from tests.transcribe.fakes import FakeEar, heard, options, prepared, recording


def _kept(text: str, confidence: float = 0.9, no_speech: float = 0.0, prompts: tuple[str, ...] = ()) -> str:
    parts = invented(text, confidence, no_speech, prompts)
    return "".join(c for i, c in enumerate(text) if not any(p.start <= i < p.end for p in parts))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", ""),
        ("請不吝點贊，訂閱，轉發，打賞支持明鏡與點點欄目。", ""),
        ("字幕由Amara.org社区提供", ""),
        ("好的，再见。中文字幕志愿者 李宗盛", "好的，再见。"),
        ("优优独播剧场——YoYo Television Series Exclusive", ""),
        ("您好请讲。请不吝点赞订阅转发打赏支持明镜与点点栏目，我家暖气不热", "您好请讲。我家暖气不热"),
    ],
)
def test_what_nobody_says_goes_wherever_it_stands(text: str, kept: str) -> None:
    assert _kept(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "谢谢",
        "谢谢您的来电",
        "我给您发一条短信",
        "谢谢谢谢谢谢",
        "请您留意短信通知",
        "感谢您的来电再见",
        "字幕显示不出来",
    ],
)
@pytest.mark.parametrize("confidence", [0.95, 0.2])
def test_what_agents_say_survives(text: str, confidence: float) -> None:
    assert _kept(text, confidence) == text


def test_a_doubtful_line_goes_only_where_the_recogniser_was_unsure() -> None:
    assert _kept("谢谢观看", 0.9) == "谢谢观看"
    assert _kept("谢谢观看！", 0.3) == ""
    assert _kept("感谢收看", 0.9, no_speech=0.5) == ""
    assert _kept("我们在电视上看到感谢收看四个字", 0.3) == "我们在电视上看到感谢收看四个字"


PROMPT = "以下是市民服务热线的通话。"
HOT = "市民服务热线，康宁公司，阳光小区，暖气片，五号楼"


def test_the_prompt_coming_back_is_no_speech() -> None:
    assert _kept("以下是市民服务热线的通话。", prompts=(PROMPT, HOT)) == ""
    assert _kept("康宁公司，阳光小区，暖气片", prompts=(PROMPT, HOT)) == ""


@pytest.mark.parametrize(
    "text", ["市民服务热线", "您好，市民服务热线，请讲", "阳光小区五号楼", "我住阳光小区，暖气片不热"]
)
def test_names_that_a_site_lists_are_said_by_its_agents(text: str) -> None:
    assert _kept(text, prompts=(PROMPT, HOT)) == text


def test_no_prompt_no_echo() -> None:
    assert not is_echo("市民服务热线请讲", "")


def test_words_go_with_their_text_and_the_reason_is_kept() -> None:
    text = "再见请不吝点赞订阅转发打赏支持明镜与点点栏目"
    says = FakeEar(lambda window, _: heard(window, text))
    ((_, result),) = recognise_together([recording("1")], lambda _: prepared("1", (1, 8)), says, "fake", options())
    (utterance,) = result.utterances
    assert utterance.text == "再见"
    assert [word.text for word in utterance.words] == ["再", "见"]
    assert all(isinstance(word, Word) for word in utterance.words)
    assert [(d.reason, d.text) for d in result.dropped] == [(Reason.SUBTITLE.value, text[2:])]
