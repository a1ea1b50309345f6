"""Every point of the rule language, in a rule set, with calls that fire it and calls that do not."""

from decimal import Decimal
from pathlib import Path

import pytest

from qa_pipeline.records import Outcome
from qa_pipeline.rules import judge, load
from qa_pipeline.rules.cases import load_cases
from qa_pipeline.rules.testing import Status, run_cases
from tests.rules.calls import call

SET = Path(__file__).parent / "showcase" / "language.yaml"
RULES = load(str(SET))
RESULTS = run_cases(SET).results


@pytest.mark.parametrize("result", RESULTS, ids=lambda r: f"{r.case.rule_id}:{r.case.line}")
def test_each_case_comes_out_as_written(result):
    assert result.status is Status.PASSED, result.problem


def test_every_rule_is_shown_firing_and_not_firing():
    shown: dict[str, set[str]] = {}
    for case in load_cases(SET.parent / "cases" / SET.name):
        shown.setdefault(case.rule_id, set()).add("fires" if case.expected == "fires" else "quiet")
    assert shown == {rule.spec.id: {"fires", "quiet"} for rule in RULES.rules}


def test_scoring_sections_bonus_veto_and_ranges():
    """Point 7: caps per section, bonus limit, veto, best and worst case, both kinds of grade."""
    said = judge(
        call(
            "客服: 您好，江北供热，工号一零二四",
            "客户: 喂",
            "客服: 注意保暖，注意保暖，注意保暖，这是规定，这是规定，感谢来电，再见，祝您愉快",
        ),
        RULES,
    )
    steps = "\n".join(said.score.steps)
    assert "加分最多 bonus at most 2" in steps
    assert said.score.minimum < said.score.value == said.score.maximum
    assert said.line_grade == said.line_grade_max == "优秀"
    interrupted = judge(call("1 客户: 我家的暖气从上星期三开始就一直不热呢", "3 客服: 这是规定您别再说了吧"), RULES)
    assert interrupted.score.vetoed
    assert interrupted.score.value <= Decimal(59)


def test_every_hit_is_explained():
    """Point 8: rule, operator, role, turn, times, quote, matched words, points, advice."""
    (said,) = (
        o
        for o in judge(call("客服: 您好", "客户: 为什么", "客服: 因为这是规定"), RULES).outcomes
        if o.rule_id == "p1-forbid"
    )
    (finding,) = said.findings
    evidence = finding.evidence
    assert (said.outcome, finding.points) == (Outcome.FAIL, Decimal(-3))
    assert (evidence.operator, evidence.role, evidence.turn, evidence.matched) == ("phrase", "agent", 2, "这是规定")
    assert 0 < evidence.start < evidence.end


def test_packs_are_resolved_with_their_history():
    """Point 9: include, append, remove, preset, override, extend, disable, hash."""
    history = {rule.spec.id: rule.history for rule in RULES.rules}
    assert history["p9-closing"] == ("language: 本站还要致谢",)
    assert history["p9-quiet"] == ("language: 系统慢时不算",)
    assert RULES.disabled == {"p9-retired": "不再使用"}
    assert len(RULES.identity.sha256) == 64
