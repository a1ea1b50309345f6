"""Conditions: three values, composition, scopes."""

import itertools

import pytest

from qa_pipeline.records import Outcome
from qa_pipeline.rules.verdict import all_hold, any_holds
from tests.rules.sets import one_rule, outcome

VALUES = (True, False, None)
DIALOGUE = (
    "客服: 您好，市民热线",
    "客户: 我要投诉你们",
    "客服: 非常抱歉给您添麻烦了",
    "客户: 暖气不热，我要投诉",
    "客服: 我马上给您登记",
    "客户: 好的谢谢",
    "客服: 祝您生活愉快",
)


@pytest.mark.parametrize(("one", "other"), list(itertools.product(VALUES, VALUES)))
def test_all_and_any_are_kleenes(one, other):
    assert all_hold([one, other]) is (False if False in (one, other) else None if None in (one, other) else True)
    assert any_holds([one, other]) is (True if True in (one, other) else None if None in (one, other) else False)


def says(word: str, role: str = "agent") -> str:
    return f"{{phrase: {{role: {role}, any: [{word}]}}}}"


UNKNOWN = "{metadata: {field: hangup_by, is: customer}}"
"""A condition that cannot be told without a manifest."""


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"{{all: [{says('登记')}, {says('抱歉')}]}}", Outcome.PASS),
        (f"{{all: [{says('登记')}, {says('没说过的')}]}}", Outcome.FAIL),
        (f"{{all: [{says('没说过的')}, {UNKNOWN}]}}", Outcome.FAIL),
        (f"{{all: [{says('登记')}, {UNKNOWN}]}}", Outcome.CANNOT_TELL),
        (f"{{any: [{says('登记')}, {UNKNOWN}]}}", Outcome.PASS),
        (f"{{any: [{says('没说过的')}, {UNKNOWN}]}}", Outcome.CANNOT_TELL),
        (f"{{none: [{says('没说过的')}, {says('也没有')}]}}", Outcome.PASS),
        (f"{{none: [{says('登记')}, {UNKNOWN}]}}", Outcome.FAIL),
        (f"{{none: [{says('没说过的')}, {UNKNOWN}]}}", Outcome.CANNOT_TELL),
        (f"{{any: [{{all: [{says('登记')}, {{none: [{says('抱歉')}]}}]}}, {says('愉快')}]}}", Outcome.PASS),
    ],
)
def test_composition(tmp_path, condition, expected):
    assert outcome(one_rule(tmp_path, f"require: {condition}\nscore: {{deduct: 1}}"), *DIALOGUE).outcome is expected


@pytest.mark.parametrize(
    ("scope", "word", "expected"),
    [
        ("{role: agent, turns: {first: 1}}", "热线", True),
        ("{role: agent, turns: {first: 1}}", "抱歉", False),
        ("{role: agent, turns: {first: 2}}", "抱歉", True),
        ("{role: agent, turns: {last: 1}}", "愉快", True),
        ("{role: agent, turns: {last: 1}}", "登记", False),
        ("{role: customer}", "登记", False),
        ("{role: customer}", "投诉", True),
        ("{seconds: {first: 3}}", "热线", True),
        ("{seconds: {first: 3}}", "登记", False),
        ("{seconds: {last: 3}}", "愉快", True),
        ("{share: {from: 0.8}}", "愉快", True),
        ("{share: {to: 0.2}}", "登记", False),
        ("{phase: opening}", "热线", True),
        ("{phase: opening}", "登记", False),
        ("{phase: body}", "抱歉", True),
        ("{phase: closing}", "愉快", True),
        ("{phase: closing}", "热线", False),
        ("{after: {phrase: {role: customer, any: [投诉]}, turns: 1}}", "抱歉", True),
        ("{after: {phrase: {role: customer, any: [投诉]}, which: last, turns: 1}}", "抱歉", False),
        ("{after: {phrase: {role: customer, any: [投诉]}, which: last, turns: 1}}", "登记", True),
        ("{after: {phrase: {role: customer, any: [投诉]}, which: 2}}", "登记", True),
        ("{after: {phrase: {role: customer, any: [投诉]}, which: 2}}", "抱歉", False),
        ("{after: {phrase: {role: customer, any: [投诉]}, which: each}}", "登记", True),
        ("{after: {phrase: {role: customer, any: [投诉]}, which: each, turns: 1}}", "登记", False),
        ("{before: {phrase: {any: [登记]}}}", "抱歉", True),
        ("{before: {phrase: {any: [登记]}}}", "愉快", False),
        ("{around: {phrase: {any: [暖气]}, turns: 1}}", "登记", True),
        ("{around: {phrase: {any: [暖气]}, turns: 1}}", "抱歉", True),
        ("{around: {phrase: {any: [暖气]}, turns: 1}}", "愉快", False),
        ("{around: {phrase: {any: [暖气]}, seconds: 4}}", "抱歉", True),
    ],
)
def test_a_scope_narrows_where_a_condition_looks(tmp_path, scope, word, expected):
    for text in (
        f"require: {{phrase: {{any: [{word}]}}, within: {scope}}}",
        f"within: {scope}\nrequire: {{phrase: {{any: [{word}]}}}}",
    ):
        assert (outcome(one_rule(tmp_path, text), *DIALOGUE).outcome is Outcome.PASS) is expected


@pytest.mark.parametrize("which", ["any", "each", "first", "last", "5"])
def test_where_there_is_nowhere_to_look_the_rule_does_not_apply(tmp_path, which):
    text = f"within: {{after: {{phrase: {{any: [没有人说过]}}, which: {which}}}}}\nrequire: {says('抱歉')}"
    said = outcome(one_rule(tmp_path, text), *DIALOGUE)
    assert said.outcome is Outcome.NOT_APPLICABLE


def test_an_anchor_that_cannot_be_told_makes_the_rule_so(tmp_path):
    text = f"within: {{after: {{phrase: {{role: customer, any: [投诉]}}}}}}\nrequire: {says('抱歉')}"
    assert outcome(one_rule(tmp_path, text), "某人: 我要投诉", "某人: 抱歉").outcome is Outcome.CANNOT_TELL


def test_a_phrase_runs_across_two_utterances_of_one_turn(tmp_path):
    rule = one_rule(tmp_path, "forbid: {phrase: {role: agent, any: [这是规定]}}")
    said = outcome(rule, "客服: 你要知道这是", "客服: 规定")
    (finding,) = said.findings
    assert finding.evidence.matched == "这是规定"
    assert finding.evidence.quote == "你要知道这是规定"


def test_a_nod_of_the_other_side_does_not_cut_a_turn(tmp_path):
    rule = one_rule(tmp_path, "forbid: {phrase: {role: agent, any: [这是规定]}}")
    assert outcome(rule, "1 客服: 你要知道这是", "2.6 客户: 嗯", "3.2 客服: 规定").outcome is Outcome.FAIL
    assert outcome(rule, "1 客服: 你要知道这是", "2.6 客户: 什么东西", "5 客服: 规定").outcome is Outcome.PASS


def test_the_same_words_found_twice_are_one_hit(tmp_path):
    rule = one_rule(tmp_path, "forbid: {any: [{phrase: {any: [这是规定]}}, {pattern: {regex: '这是规定.?的?'}}]}")
    said = outcome(rule, "客服: 这是规定的，没别的，这是规定")
    assert [finding.evidence.matched for finding in said.findings] == ["这是规定的", "这是规定"]
