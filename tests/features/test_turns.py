import itertools

import pytest
from hypothesis import given, settings

from qa_pipeline.features.turns import asks, group_turns, is_backchannel, is_nod, nods_at_start, spoken_beyond_nods
from tests.rules.timed import TIMED_CALLS, timed


@pytest.mark.parametrize("text", ["嗯", "嗯嗯，对。", "好的好的", "是，是。", "對對對", "哈哈哈", "啊，好吧", "", "。"])
def test_nods(text):
    assert is_nod(text)
    assert spoken_beyond_nods(text) == ""


@pytest.mark.parametrize("text", ["您好", "对方说的", "好像是", "嗯那个", "行不行", "哈哈，巧克力都化了"])
def test_what_is_more_than_a_nod(text):
    assert not is_nod(text)


def test_nods_are_taken_away_whole():
    assert spoken_beyond_nods("好的好的，是的，那我给您登记") == "那我给您登记"


@pytest.mark.parametrize(
    ("spoken", "length"), [("好的那我", 2), ("嗯那个", 1), ("对方说", 0), ("好像", 0), ("您好", 0)]
)
def test_one_character_may_begin_a_word(spoken, length):
    assert nods_at_start(spoken) == length


@pytest.mark.parametrize("text", ["好吗？", "您住哪里", "是什么时候的事呢", "能不能快点", "您看行不行", "怎么办"])
def test_questions(text):
    assert asks(text)


@pytest.mark.parametrize("text", ["我家没有暖气", "好的", "", "您说得对"])
def test_no_questions(text):
    assert not asks(text)


def nod(*lines: str) -> bool:
    """Whether the one 嗯 or 对 of the lines is a backchannel."""
    utterances = timed(*lines).utterances
    [position] = [n for n, u in enumerate(utterances) if is_nod(u.text)]
    return is_backchannel(position, utterances)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["0-8 客户: 我家没有暖气三天了", "3-3.4 客服: 嗯"], True),
        (["0-8 客户: 我家没有暖气三天了", "3-4.8 客服: 对对对，是的，好的"], True),
        (["0-8 客户: 我家没有暖气三天了", "3-5.5 客服: 对对对，是的，好的"], False),
        (["0-3 客户: 我家没有暖气", "3.2-3.6 客服: 嗯", "4-6 客户: 三天了"], True),
        (["0-3 客户: 我家没有暖气", "3.2-3.6 客服: 嗯", "9-11 客户: 三天了"], False),
        (["0-3 客服: 您住三号楼吗", "3.2-3.6 客户: 对", "4-6 客服: 我记下了"], False),
        (["0-3 客户: 我家没有暖气", "3.2-3.6 客服: 嗯", "4-6 客服: 您住哪里"], False),
        (["0-0.4 客服: 嗯"], False),
    ],
)
def test_backchannels(lines, expected):
    assert nod(*lines) is expected


@settings(deadline=None)
@given(TIMED_CALLS)
def test_every_utterance_is_in_one_turn_or_is_a_backchannel(features):
    utterances = features.utterances
    turns = group_turns(utterances)
    nods = [u for n, u in enumerate(utterances) if is_backchannel(n, utterances)]
    assert sorted(map(id, [*nods, *(u for turn in turns for u in turn)])) == sorted(map(id, utterances))
    assert all(len({u.role for u in turn}) == 1 for turn in turns)
    assert all(a[0].role != b[0].role for a, b in itertools.pairwise(turns))
