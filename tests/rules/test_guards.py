"""The guards on the hard sentences beside this file, and the laws that hold for any text.

``python -m tests.rules.hard_sentences`` prints precision and recall; see ``hard_sentences/README.md`` for the format.
"""

import re
import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.features import CallFeatures, Passage, call_features
from qa_pipeline.records import Role, Transcript, Utterance
from qa_pipeline.rules.guards import guard_for
from qa_pipeline.rules.schema import Guard
from tests.rules.hard_sentences import ALL_GUARDS, BATCHES, HELD_OUT, Hard, answer, figures, hard_sentences, read

HARD = hard_sentences()
KNOWN_GAPS = {
    "您孩子回家学老师的话说【你爱学不学】": "您孩子 is taken for 您",
    "客户：快递说放驿站了不归他管 / 放驿站了就【不归他管】，单号方便报一下吗": "就 is the agent's own word",
}
"""Sentences of the tuned files that are still judged wrongly, and why."""

FLOORS = {
    (Guard.QUOTED, "kept-out"): (0.95, 0.88),
    (Guard.NEGATED, "kept-out"): (1.0, 0.96),
    (Guard.ECHO, "kept-out"): (0.94, 0.88),
    (Guard.POLITE_TURN, "kept-out"): (0.9, 0.94),
    (Guard.QUOTED, "last"): (0.83, 0.83),
    (Guard.NEGATED, "last"): (0.88, 0.66),
    (Guard.ECHO, "last"): (0.71, 0.83),
    (Guard.POLITE_TURN, "last"): (0.88, 0.8),
}
"""Least precision and recall on the sentences held out of tuning: what was measured, so that no change loses it."""


@pytest.mark.parametrize("hard", [h for h in HARD if h.batch not in HELD_OUT], ids=lambda h: h.line)
def test_a_hard_sentence(hard: Hard):
    assert hard.is_right() == (hard.line not in KNOWN_GAPS)


@pytest.mark.parametrize(("guard", "batch"), FLOORS)
def test_sentences_held_out_of_tuning_keep_their_figures(guard: Guard, batch: str):
    right, should, let_go, _ = figures(guard, batch)
    precision, recall = FLOORS[guard, batch]
    assert right / (right + let_go) >= precision
    assert right / should >= recall


@pytest.mark.parametrize("hard", HARD, ids=lambda h: h.line)
def test_punctuation_and_traditional_characters_change_nothing(hard: Hard):
    guards = ALL_GUARDS if not hard.covered else frozenset({hard.guard})
    plain = answer(hard.line, guards)
    assert answer(_without_punctuation(hard.line), guards) == plain
    assert answer(_traditional(hard.line), guards) == plain
    assert answer(_spaced(hard.line), guards) == plain


def test_every_batch_has_both_kinds_for_every_guard():
    for batch in BATCHES:
        for guard in Guard:
            kinds = {h.covered for h in HARD if (h.guard, h.batch) == (guard, batch)}
            assert kinds == {True, False}, (guard, batch)


def test_a_guard_that_is_switched_off_covers_nothing():
    for hard in HARD:
        assert answer(hard.line, frozenset()) is None
        assert answer(hard.line, ALL_GUARDS - {hard.guard}) is not hard.guard


def test_quotation_marks_help_where_there_is_no_verb_of_saying():
    assert answer("窗口那句“【没办法】，等通知”太敷衍了") is Guard.QUOTED
    assert answer("我跟您说“【没办法】”您听懂了吗") is None
    assert answer("“好的”，【没办法】") is None


def test_only_the_agent_echoes():
    lines = "师傅说只能这样了 / 客户：【只能这样了】是吧"
    assert answer(lines, frozenset({Guard.ECHO})) is None


def test_an_echo_comes_soon():
    call = _call([(Role.CUSTOMER, 0.0, "师傅说只能这样了"), (Role.AGENT, 40.0, "只能这样了是吧")])
    assert guard_for(ALL_GUARDS, call, call.passages[1], 0, 5) is None


@given(
    st.lists(st.tuples(st.sampled_from(Role), st.text(min_size=1, max_size=40)), min_size=1, max_size=6),
    st.data(),
)
def test_any_text_gets_the_same_answer_twice(turns: list[tuple[Role, str]], data: st.DataObject):
    call = _call([(role, number * 3.0, text) for number, (role, text) in enumerate(turns)])
    passage = data.draw(st.sampled_from(call.passages)) if call.passages else None
    if passage is None or not passage.text:
        return
    start, end = _somewhere(passage, data)
    first = guard_for(ALL_GUARDS, call, passage, start, end)
    assert first is None or first in ALL_GUARDS
    assert first == guard_for(ALL_GUARDS, call, passage, start, end)


CUES = "您 我 他 物业 领导 刚才 说 讲 跟您 不 不是 不会 没有 让 的 了 吗 吧 是 这是规定 没办法 但是 我帮您登记 您可以 呃 ， 。 “ ”"


@given(st.lists(st.sampled_from(CUES.split()), min_size=1, max_size=14), st.data())
def test_run_on_speech_is_judged_as_its_punctuated_form(pieces: list[str], data: st.DataObject):
    at = data.draw(st.integers(0, len(pieces)))
    line = "".join(pieces[:at]) + "【没办法】" + "".join(pieces[at:])
    line = line.replace("“", "").replace("”", "")
    assert answer(line) == answer(_without_punctuation(line)) == answer(_traditional(line))


@given(st.sampled_from(HARD), st.text(alphabet="好的嗯谢谢再见", max_size=20))
def test_what_was_said_long_before_changes_nothing(hard: Hard, opening: str):
    if hard.guard is Guard.ECHO:
        return
    far = "今天天气很好" * 10
    assert answer(opening + far + hard.line) == answer(far + opening[:0] + hard.line)


@pytest.mark.parametrize("guard", Guard)
@pytest.mark.parametrize("piece", ["说", "不是", "您说我帮您", "跟您说了但是", "我给您", "的话就是"])
def test_a_turn_of_5000_characters_costs_no_more_than_a_short_one(guard: Guard, piece: str):
    filler = (piece * 2500)[:2500]
    call = _call([(Role.CUSTOMER, 0.0, filler + "没办法"), (Role.AGENT, 3.0, filler + "没办法" + filler)])
    passage = call.passages[1]
    start = passage.text.index("没办法")
    best = min(_seconds(lambda: guard_for(frozenset({guard}), call, passage, start, start + 3)) for _ in range(5))
    assert best < 0.002


def _seconds(work) -> float:
    before = time.thread_time()  # of this thread: others may keep the machine busy
    work()
    return time.thread_time() - before


def _somewhere(passage: Passage, data: st.DataObject) -> tuple[int, int]:
    start = data.draw(st.integers(0, len(passage.text) - 1))
    return start, data.draw(st.integers(start + 1, len(passage.text)))


def _call(turns: list[tuple[Role, float, str]]) -> CallFeatures:
    said = tuple(Utterance(role, int(role is Role.CUSTOMER), start, start + 2.5, text) for role, start, text in turns)
    return call_features(Transcript("guards", 100.0, 2, said))


def _without_punctuation(line: str) -> str:
    """Without quotation marks it may know less; without the rest it knows the same."""
    return re.sub("[，。？！、；]", "", line)


def _spaced(line: str) -> str:
    return re.sub(r"[，。]", " ", line)


@cache
def _to_traditional():
    from opencc import OpenCC

    return OpenCC("s2t")


def _traditional(line: str) -> str:
    kept = re.split("([【】/|]|客户：|客服：)", line)
    return "".join(piece if index % 2 else _to_traditional().convert(piece) for index, piece in enumerate(kept))


def test_the_reader_finds_the_marked_words():
    _, passage, start, end = read("客户：喂 / 我们 | 也没有【没 | 办法】")
    assert (passage.role, passage.text[start:end]) == (Role.AGENT, "没办法")
