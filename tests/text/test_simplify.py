import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.text.loops import longest_loop
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.simplify import simplify


@pytest.mark.parametrize(
    ("traditional", "simple"),
    [
        ("答覆", "答复"),
        ("稍後給您回覆", "稍后给您回复"),
        ("我瞭解了", "我了解了"),
        ("您好，請問有什麼可以幫您？", "您好，请问有什么可以帮您？"),
        ("妳不要著急", "你不要着急"),
        ("著名的覆蓋", "著名的覆盖"),
        ("甚麼藉口", "什么借口"),
        ("乾坤", "乾坤"),
        ("ABC１２３ mixed", "ABC１２３ mixed"),
    ],
)
def test_simplified(traditional: str, simple: str) -> None:
    assert simplify(traditional) == simple


@given(st.text(alphabet="覆瞭藉著答回解您好請abc，。12妳牠乾", max_size=30))
def test_offsets_hold(text: str) -> None:
    assert len(simplify(text)) == len(text)
    assert all(0 <= offset < len(text) for offset in normalise(text).offsets)


def test_matching_sees_the_simplified_word() -> None:
    assert normalise("稍後答覆您").text == "稍后答复您"
    assert normalise("稍後答覆您").offsets == (0, 1, 2, 3, 4)


def test_loops() -> None:
    times = {1: 10, 3: 4}
    assert longest_loop("我们的，我们的，我们的。我们的", times) == "我们的"
    assert longest_loop("我们的我们的我们的", times) == ""
    assert longest_loop("嗯" * 10, times) == "嗯"
    assert longest_loop("", times) == ""
