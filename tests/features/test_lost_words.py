"""What the recogniser's gate gave up is a gap in what is known of a call, and rules say so."""

from dataclasses import replace

import pytest

from qa_pipeline.features import CallFeatures, call_features
from qa_pipeline.records import Dropped, Outcome, Role, Span
from qa_pipeline.rules import judge
from tests.rules.calls import call
from tests.rules.sets import one_rule

GREETING = "within: {role: agent, seconds: {first: 10}}\nrequire: {phrase: {any: [您好]}}\nscore: {deduct: 5}"


def _with_dropped(*dropped: Dropped) -> CallFeatures:
    heard = call("11 客服: 请问您住在哪个小区几号楼", "15 客户: 阳光小区五号楼", "30 客服: 好的我记下来了")
    return call_features(replace(heard.transcript, dropped=dropped))


def test_the_share_is_of_that_sides_speech_in_that_stretch() -> None:
    features = _with_dropped(Dropped(0, 1.0, 4.0, "嗯嗯", "loop"))
    assert features.lost_share(Role.AGENT, Span(0, 10)) == 1.0
    assert 0 < features.lost_share(Role.AGENT, Span(0, 60)) < 0.6
    assert features.lost_share(Role.CUSTOMER, Span(0, 60)) == 0.0
    assert features.lost_share(None, Span(0, 60)) < features.lost_share(Role.AGENT, Span(0, 60))
    assert _with_dropped().lost_share(None, Span(0, 60)) == 0.0


def test_invented_words_are_no_loss() -> None:
    features = _with_dropped(Dropped(0, 1.0, 4.0, "谢谢观看", "subtitle", lost=False))
    assert features.lost_share(Role.AGENT, Span(0, 60)) == 0.0


@pytest.mark.parametrize(("dropped", "expected"), [(True, Outcome.CANNOT_TELL), (False, Outcome.FAIL)])
def test_a_greeting_that_was_not_understood_is_not_missing(tmp_path, dropped: bool, expected: Outcome) -> None:
    lost = (Dropped(0, 1.0, 4.0, "忍好忍好", "low_probability", 0.2),) if dropped else ()
    (said,) = judge(_with_dropped(*lost), one_rule(tmp_path, GREETING)).outcomes
    assert said.outcome is expected
    assert ("没有听清" in said.reason) == dropped
