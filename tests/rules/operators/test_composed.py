"""The operators that hold conditions of their own: sequence, near, count; and finding."""

import pytest

from qa_pipeline.records import Outcome
from tests.rules.sets import one_rule, outcome

STAGES = """
require:
  sequence:
    stages:
      - {id: 共情, phrase: {role: agent, any: [理解您]}}
      - {id: 询问, optional: true, phrase: {role: agent, any: [请问]}}
      - {id: 方案, phrase: {role: agent, any: [我给您登记]}}
    within_s: 30
score: {deduct: 3}
"""


@pytest.mark.parametrize(
    ("lines", "expected", "says"),
    [
        (["客服: 我理解您", "客服: 请问住哪里", "客服: 我给您登记"], Outcome.PASS, "理解您"),
        (["客服: 我理解您", "客户: 唉", "客服: 我给您登记"], Outcome.PASS, "理解您"),
        (["客服: 我给您登记", "客户: 好", "客服: 我理解您"], Outcome.FAIL, "order"),
        (["客服: 请问住哪里", "客服: 我给您登记"], Outcome.FAIL, "缺少 missing: 共情"),
        (["客服: 您好"], Outcome.FAIL, "共情、方案"),
        (["1 客服: 我理解您", "60 客服: 我给您登记"], Outcome.FAIL, "order and time"),
        (["1 客服: 我理解您", "50 客服: 我理解您", "60 客服: 我给您登记"], Outcome.PASS, "00:50"),
        (["某人: 我理解您，我给您登记"], Outcome.CANNOT_TELL, "共情"),
    ],
)
def test_sequence(tmp_path, lines, expected, says):
    said = outcome(one_rule(tmp_path, STAGES), *lines)
    assert said.outcome is expected
    assert says in said.reason


NEAR = """
forbid:
  near:
    of: [{phrase: {role: customer, any: [投诉]}}, {phrase: {role: agent, any: [随便您]}}]
    seconds: 10
    ordered: true
"""


def test_near_points_at_what_the_others_lead_up_to(tmp_path):
    said = outcome(one_rule(tmp_path, NEAR), "1 客户: 我要投诉", "4 客服: 随便您", "40 客服: 随便您")
    assert [f.evidence.matched for f in said.findings] == ["随便您"]
    assert 4 <= said.findings[0].evidence.start < 6


@pytest.mark.parametrize(
    "lines",
    [
        ["1 客户: 我要投诉", "20 客服: 随便您"],
        ["1 客服: 随便您", "4 客户: 我要投诉"],
        ["1 客服: 随便您"],
    ],
)
def test_not_near(tmp_path, lines):
    assert outcome(one_rule(tmp_path, NEAR), *lines).outcome is Outcome.PASS


def test_near_by_turns_in_any_order(tmp_path):
    text = NEAR.replace("seconds: 10", "turns: 1").replace("ordered: true", "ordered: false")
    assert outcome(one_rule(tmp_path, text), "客服: 随便您", "客户: 我要投诉").outcome is Outcome.FAIL
    apart = ("客服: 随便您", "客户: 什么意思", "客服: 就是这个意思", "客户: 我要投诉")
    assert outcome(one_rule(tmp_path, text), *apart).outcome is Outcome.PASS


def test_near_cannot_be_told_where_a_part_cannot(tmp_path):
    assert outcome(one_rule(tmp_path, NEAR), "某人: 投诉，随便您").outcome is Outcome.CANNOT_TELL


COUNT = (
    "forbid: {count: {of: {phrase: {role: agent, any: [不知道]}}, at_least: 3}}\nscore: {deduct: 1, per: hit, max: 9}"
)


@pytest.mark.parametrize(
    ("times", "expected", "hits"), [(2, Outcome.PASS, 0), (3, Outcome.FAIL, 3), (4, Outcome.FAIL, 4)]
)
def test_count_at_least(tmp_path, times, expected, hits):
    said = outcome(one_rule(tmp_path, COUNT), "客服: " + "不知道，" * times)
    assert (said.outcome, said.n_hits) == (expected, hits)


def test_count_at_most_points_at_the_whole_call_where_there_is_none(tmp_path):
    text = "require: {count: {of: {phrase: {role: agent, any: [不知道]}}, at_most: 1}}"
    assert outcome(one_rule(tmp_path, text), "客服: 您好").outcome is Outcome.PASS
    assert outcome(one_rule(tmp_path, text), "客服: 不知道不知道").outcome is Outcome.FAIL


def test_count_per_turn_takes_several_in_one_breath_for_one(tmp_path):
    ruleset = one_rule(
        tmp_path, "forbid: {count: {of: {phrase: {role: agent, any: [不知道]}}, at_least: 2, per: turn}}"
    )
    assert outcome(ruleset, "客服: 不知道，不知道，不知道").outcome is Outcome.PASS
    said = outcome(ruleset, "客服: 不知道，不知道", "客户: 那找谁", "客服: 不知道")
    assert (said.outcome, said.n_hits) == (Outcome.FAIL, 3)


def test_guarded_matches_are_not_counted(tmp_path):
    assert (
        outcome(one_rule(tmp_path, COUNT), "客服: 不知道", "客户: 啊", "客服: 不知道，您刚才说不知道").outcome
        is Outcome.PASS
    )


def test_finding_counts_hits_and_can_ask_for_what_cannot_be_told(tmp_path):
    rule = """
    forbid: {any: [{finding: {rule: other, at_least: 2}}, {finding: {rule: other, outcome: cannot_tell}}]}
    """
    both = "\n  - {id: other, title: 二, indicator: 甲/乙, forbid: {phrase: {role: agent, any: [这是规定]}}}\n"
    from tests.rules.sets import loaded

    text = "rules:\n  - {id: r, title: 一, indicator: 甲/乙, " + rule.strip() + "}" + both
    ruleset = loaded(tmp_path, text)
    assert outcome(ruleset, "客服: 这是规定").outcome is Outcome.PASS
    assert outcome(ruleset, "客服: 这是规定，这是规定").n_hits == 2
    assert outcome(ruleset, "某人: 这是规定").outcome is Outcome.FAIL
