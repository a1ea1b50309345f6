"""Kinds of rule, excuses, evidence, points: what one rule says of one call, and why."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_pipeline.records import Outcome, Role, Severity
from qa_pipeline.rules import judge, load
from tests.rules.calls import DIALOGUES
from tests.rules.sets import judged, loaded, one_rule, outcome

FORBID = "forbid: {phrase: {role: agent, any: [这是规定, 没办法]}}\nscore: {deduct: 3, per: hit, max: 5}"


def test_forbid_each_hit_is_one_up_to_the_cap(tmp_path):
    said = outcome(one_rule(tmp_path, FORBID), "客服: 这是规定", "客户: 啊？", "客服: 我也没办法，这是规定")
    assert said.outcome is Outcome.FAIL
    assert [finding.points for finding in said.findings] == [Decimal(-3), Decimal(-2), Decimal(0)]
    assert said.points == Decimal(-5)
    assert said.n_hits == 3


def test_forbid_once_per_call(tmp_path):
    rule = one_rule(tmp_path, "forbid: {phrase: {role: agent, any: [这是规定]}}\nscore: {deduct: 2.5}")
    said = outcome(rule, "客服: 这是规定，这是规定")
    assert (said.points, said.n_hits) == (Decimal("-2.5"), 2)


def test_the_customer_saying_it_is_no_fault(tmp_path):
    assert outcome(one_rule(tmp_path, FORBID), "客服: 您好", "客户: 你们就会说这是规定").outcome is Outcome.PASS


def test_a_finding_explains_itself(tmp_path):
    text = FORBID + "\nseverity: major\nadvice: 说明原因\nsuggest: 我帮您看看"
    (finding,) = outcome(one_rule(tmp_path, text), "客服: 您好", "2 客户: 为什么", "4 客服: 因为，這是規定！").findings
    evidence = finding.evidence
    assert (finding.severity, finding.advice, finding.suggest) == (Severity.MAJOR, "说明原因", "我帮您看看")
    assert (evidence.role, evidence.turn, evidence.operator) == (Role.AGENT, 2, "phrase")
    assert evidence.matched == "這是規定"
    assert evidence.quote == "因为，這是規定！"
    assert 4 < evidence.start < evidence.end <= 6


def test_require_missing_points_at_where_it_should_have_been(tmp_path):
    rule = one_rule(
        tmp_path, "within: {role: agent, turns: {first: 1}}\nrequire: {phrase: {any: [热线]}}\nscore: {deduct: 5}"
    )
    said = outcome(rule, "客户: 喂", "客服: 喂，哪位", "客户: 是热线吗")
    (finding,) = said.findings
    assert said.outcome is Outcome.FAIL
    assert finding.evidence.quote == "喂，哪位"
    assert "规则" in said.reason


def test_require_found_says_where(tmp_path):
    said = outcome(one_rule(tmp_path, "require: {phrase: {any: [热线]}}"), "客服: 您好，市民热线")
    assert (said.outcome, said.n_hits) == (Outcome.PASS, 0)
    assert "热线" in said.reason


@pytest.mark.parametrize("score", ["{add: 2}", "{add: 2, per: hit, max: 4}"])
def test_reward_for_what_nobody_did_is_given_for_the_whole_call(tmp_path, score):
    rule = one_rule(tmp_path, f"reward: {{none: [{{phrase: {{any: [这是规定]}}}}]}}\nscore: {score}")
    said = outcome(rule, "客服: 您好", "客户: 谢谢")
    (finding,) = said.findings
    assert (said.outcome, said.points) == (Outcome.PASS, Decimal(2))
    assert (finding.evidence.role, finding.evidence.start) == (None, 0.0)
    assert outcome(rule, "客服: 这是规定").points == 0


def test_reward_adds_when_found_and_takes_nothing_when_not(tmp_path):
    rule = one_rule(tmp_path, "reward: {phrase: {role: agent, any: [辛苦您了]}}\nscore: {add: 2, per: hit, max: 3}")
    assert outcome(rule, "客服: 辛苦您了，真的辛苦您了").points == Decimal(3)
    missed = outcome(rule, "客服: 您好")
    assert (missed.outcome, missed.points, missed.n_hits) == (Outcome.FAIL, 0, 0)


def test_when_it_does_not_apply(tmp_path):
    rule = one_rule(tmp_path, "when: {phrase: {role: customer, any: [投诉]}}\nrequire: {phrase: {any: [抱歉]}}")
    assert outcome(rule, "客服: 您好", "客户: 我想咨询").outcome is Outcome.NOT_APPLICABLE
    assert outcome(rule, "客服: 您好", "客户: 我要投诉").outcome is Outcome.FAIL
    assert outcome(rule, "某人: 我要投诉").outcome is Outcome.CANNOT_TELL


def test_an_excuse_near_the_hit_is_named_in_the_reason(tmp_path):
    text = """
    forbid: {dead_air: {max_s: 8}}
    unless: [{id: asked-to-wait, why: 客服请客户稍等, before_s: 6, phrase: {role: agent, any: [请稍等]}}]
    """
    rule = one_rule(tmp_path, text)
    excused = outcome(rule, "1 客服: 请稍等，我查一下", "20 客服: 让您久等了")
    assert excused.outcome is Outcome.PASS
    assert "客服请客户稍等（asked-to-wait）" in excused.reason
    assert outcome(rule, "1 客服: 请稍等", "9 客户: 好的好的谢谢", "40 客服: 喂您好").outcome is Outcome.FAIL


def test_an_excuse_of_the_whole_call_makes_a_requirement_not_applicable(tmp_path):
    text = "require: {phrase: {any: [祝您]}}\nunless: [{id: cut, why: 客户中途挂断, phrase: {role: customer, any: [先挂了]}}]"
    assert outcome(one_rule(tmp_path, text), "客服: 您好", "客户: 先挂了").outcome is Outcome.NOT_APPLICABLE


def test_an_excuse_that_cannot_be_told_makes_the_hit_doubtful(tmp_path):
    text = FORBID + "\nunless: [{id: vip, why: 特殊队列, metadata: {field: queue, is: vip}}]"
    assert outcome(one_rule(tmp_path, text), "客服: 这是规定").outcome is Outcome.CANNOT_TELL
    assert outcome(one_rule(tmp_path, text), "客服: 这是规定", metadata={"queue": "vip"}).outcome is Outcome.PASS
    assert outcome(one_rule(tmp_path, text), "客服: 这是规定", metadata={"queue": "a"}).outcome is Outcome.FAIL


def test_guards_can_be_switched_and_stay_visible(tmp_path):
    line = "客服: 您刚才说没办法，我们一起看看"
    guarded = outcome(one_rule(tmp_path, FORBID), line)
    assert guarded.outcome is Outcome.PASS
    assert "没办法" in guarded.reason
    assert outcome(one_rule(tmp_path, FORBID + "\nguards: []"), line).outcome is Outcome.FAIL


def test_silence_can_prove_nothing(tmp_path):
    text = "forbid: {phrase: {role: agent, any: [烦死了]}}\nsilent: cannot_tell\nwhy_silent: 语气听不出来\nscore: {deduct: 4}"
    silent = outcome(one_rule(tmp_path, text), "客服: 您好")
    assert (silent.outcome, silent.reason, silent.worth) == (Outcome.CANNOT_TELL, "语气听不出来", Decimal(4))
    assert outcome(one_rule(tmp_path, text), "客服: 烦死了").outcome is Outcome.FAIL


@pytest.mark.parametrize("kind", ["require", "forbid", "reward"])
def test_a_mono_recording_cannot_tell_who_said_it(tmp_path, kind):
    rule = one_rule(tmp_path, f"{kind}: {{phrase: {{role: agent, any: [这是规定]}}}}")
    said = outcome(rule, "某人: 这是规定")
    assert said.outcome is Outcome.CANNOT_TELL
    assert "unknown" in said.reason


def test_a_silent_agent_cannot_be_judged_by_words(tmp_path):
    rule = one_rule(tmp_path, "require: {phrase: {role: agent, any: [您好]}}")
    assert outcome(rule, "客户: 喂，有人吗").outcome is Outcome.CANNOT_TELL


def test_a_rule_may_ask_for_anothers_outcome_whatever_the_order(tmp_path):
    text = """
    rules:
      - {id: second, title: 二, indicator: 甲/乙, when: {finding: {rule: first}}, require: {phrase: {any: [抱歉]}}}
      - {id: first, title: 一, indicator: 甲/乙, forbid: {phrase: {role: agent, any: [这是规定]}}}
    """
    ruleset = loaded(tmp_path, text)
    assert outcome(ruleset, "客服: 您好", rule="second").outcome is Outcome.NOT_APPLICABLE
    assert outcome(ruleset, "客服: 这是规定", rule="second").outcome is Outcome.FAIL
    assert outcome(ruleset, "客服: 这是规定，抱歉", rule="second").outcome is Outcome.PASS
    assert outcome(ruleset, "某人: 这是规定", rule="second").outcome is Outcome.CANNOT_TELL


def test_outcomes_come_in_the_order_of_the_rules(tmp_path):
    text = """
    rules:
      - {id: b, title: 二, indicator: 甲/乙, forbid: {finding: {rule: a}}}
      - {id: a, title: 一, indicator: 甲/乙, forbid: {phrase: {any: [x]}}}
    """
    assert [o.rule_id for o in judged(loaded(tmp_path, text), "客服: 您好").outcomes] == ["b", "a"]


HOTLINE = load("hotline")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DIALOGUES)
def test_whatever_is_said_the_judgement_holds_together(features):
    said = judge(features, HOTLINE)
    assert said == judge(features, HOTLINE)
    for one in said.outcomes:
        assert one.points == sum((f.points for f in one.findings), Decimal(0))
        assert -one.worth <= one.points <= one.in_reach
        assert bool(one.findings) == ((one.outcome is Outcome.FAIL and one.n_hits > 0) or one.points > 0)
        assert one.reason
        for finding in one.findings:
            assert 0 <= finding.evidence.start <= finding.evidence.end <= features.duration
    score = said.score
    assert 0 <= score.minimum <= score.maximum <= 100
    assert score.value is None or score.minimum <= score.value <= score.maximum


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(DIALOGUES, st.sampled_from(["您好", "规定", "一", "我"]))
def test_adding_a_deduction_never_raises_a_score(tmp_path, features, word):
    base = "rules:\n  - {id: a, title: 一, indicator: 甲/乙, require: {phrase: {any: [您好]}}, score: {deduct: 5}}\n"
    more = (
        base
        + f"  - {{id: b, title: 二, indicator: 丙/丁, forbid: {{phrase: {{any: [{word}]}}}}, score: {{deduct: 3}}}}\n"
    )
    for scoring in ("", "scoring: {method: earn}\n"):
        before, after = (
            judged(loaded(tmp_path, scoring + base), features),
            judged(loaded(tmp_path, scoring + more), features),
        )
        if after.outcomes[1].outcome is Outcome.FAIL and before.score.value is not None:
            assert after.score.value is not None
            assert after.score.value <= before.score.value
