"""``sequence``: an optional stage that comes late does not spoil what is complete without it."""

from qa_pipeline.records import Outcome
from tests.rules.sets import one_rule, outcome

STAGES = """
    require:
      sequence:
        stages:
          - {id: 安抚, optional: true, phrase: {role: agent, any: [您放心]}}
          - {id: 共情, phrase: {role: agent, any: [换谁都急]}}
          - {id: 道歉, optional: true, phrase: {role: agent, any: [对不起]}}
          - {id: 办法, phrase: {role: agent, any: [给您派单]}}
"""


def test_a_late_optional_stage_is_left_out(tmp_path):
    rule = one_rule(tmp_path, STAGES)
    late_first = "客服: 换谁都急", "客户: 那怎么办", "客服: 给您派单", "客户: 好", "客服: 您放心"
    assert outcome(rule, *late_first).outcome is Outcome.PASS
    late_middle = "客服: 换谁都急", "客户: 那怎么办", "客服: 给您派单，对不起"
    assert outcome(rule, *late_middle).outcome is Outcome.PASS


def test_what_must_be_there_still_has_its_order(tmp_path):
    rule = one_rule(tmp_path, STAGES)
    turned_round = "客服: 给您派单", "客户: 我等了三天", "客服: 换谁都急，您放心"
    assert outcome(rule, *turned_round).outcome is Outcome.FAIL
