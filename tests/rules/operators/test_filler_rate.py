import pytest
from pydantic import ValidationError

from qa_pipeline.records import Word
from qa_pipeline.rules.operators.filler_rate import FillerRate
from tests.rules.calls import call, found, matched

SIX = ["那个", "就是", "然后", "呃", "嗯", "反正"]
ANY = {"any": SIX, "max_per_100": 0.01, "min_count": 1}


def fillers(*lines: str, **parameters) -> list[str]:
    return matched("filler_rate", {**ANY, **parameters}, *lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("那个，电压不稳，呃，就是，那个，夏天嘛", ["那个", "呃", "就是", "那个"]),
        ("那个 你问问驿站 反正 有时候没扫", ["那个", "反正"]),
        ("那个我帮您看一下", ["那个"]),
        ("呃那个我看一下", ["呃", "那个"]),
        ("嗯，那个，没提前通知您，然后，就是，跟您道歉", ["嗯", "那个", "然后", "就是"]),
        ("我们去了然后他说然后我又问然后就没有了", ["然后", "然后", "然后"]),
        # 有实义的：
        ("一楼那个窗口取号，靠到达的那个口", []),
        ("规定就是这么定的，这就是结果", []),
        ("就是刷脸那个", []),
        ("先在首页点忘记密码，然后刷脸，然后设新的密码", []),
        ("您办完手续然后到窗口来", []),
        ("然后呢", []),
        ("那个人已经走了", []),
        ("您要那个，还是这个", []),
    ],
)
def test_filling_a_pause_or_meaning_something(text, expected):
    assert fillers(f"客服: {text}") == expected


def test_every_one_counts_where_asked():
    assert fillers("客服: 一楼那个窗口取号", count_meant=True) == ["那个"]


def test_an_answer_is_no_filler():
    assert fillers("客服: 您住三号楼吗", "客户: 嗯", "客服: 嗯嗯好的", "客户: 对") == []


def test_a_filler_may_be_several_words():
    assert matched("filler_rate", {**ANY, "any": ["怎么说呢"]}, "客服: 这个事，怎么说呢，不好办") == ["怎么说呢"]


def test_a_longer_filler_is_not_counted_twice():
    assert fillers("客服: 就是说，您得自己来", any=["就是", "就是说"]) == ["就是说"]


def test_word_times_show_pauses_where_punctuation_does_not():
    features = call("客服: 那个窗口已经关了")
    [utterance] = features.utterances
    start = utterance.start

    def said_with(gap: float) -> int:
        words = (
            Word(start, start + 0.3, "那个", 1.0),
            Word(start + 0.3 + gap, start + 0.6 + gap, "窗口", 1.0),
            Word(start + 0.6 + gap, start + 1.4, "已经关了", 1.0),
        )
        object.__setattr__(utterance, "words", words)
        features.__dict__.pop("passages", None)
        return len(found("filler_rate", ANY, features))

    assert said_with(0.05) == 0
    assert said_with(0.3) == 1


def test_the_rate_is_per_hundred_characters_and_exactly_the_limit_passes():
    line = "客服: " + "呃，" + "您好请讲" * 6  # one in 25 字
    assert fillers(line, max_per_100=4) == []
    assert fillers(line, max_per_100=3.99) == ["呃"]
    assert fillers(line, max_per_100=1, min_count=2) == []


def test_one_filler_all_the_time():
    lines = ["客服: 那个，您好，那个，请讲，呃，那个，住哪里", "客户: 那个那个那个那个"]
    only = {"any": SIX, "role": "agent", "one_filler_max": 2}
    assert matched("filler_rate", only, *lines) == ["那个"] * 3
    assert matched("filler_rate", {**only, "one_filler_max": 3}, *lines) == []


def test_notes_say_how_many():
    [*_, last] = found("filler_rate", {**ANY}, call("客服: 呃，呃，那个，您好"))
    assert last.note == "每百字 50.0 个口头禅（呃×2、那个×1）"


def test_a_limit_must_be_given():
    with pytest.raises(ValidationError):
        FillerRate(any=["呃"])
