from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.text.pinyin import as_heard, syllables


def test_what_a_telephone_line_merges_has_one_code():
    for one, other in ["知资", "吃词", "诗思", "您林", "拿拉", "声森", "规归", "明民"]:
        assert as_heard(one) == as_heard(other)


def test_other_sounds_have_other_codes():
    for one, other in ["规固", "这车", "八趴", "晚黄"]:
        assert as_heard(one) != as_heard(other)


def test_what_has_no_sound_stays_itself():
    assert as_heard("a1") == "a1"
    assert syllables("工号a1") == 2


@given(st.text())
def test_positions_carry_over(text):
    assert len(as_heard(text)) == len(text)
