"""What holds for every operator over time and sound, whatever the call."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.records import Role, Span
from qa_pipeline.rules.operators import operator
from qa_pipeline.rules.view import CannotTell, View
from tests.rules.calls import inside
from tests.rules.timed import TIMED_CALLS, timed

PARAMETERS = [
    ("interruption", {"by": "agent", "min_overlap_s": 0.2, "held_s": 0, "lasts_s": 0, "min_chars": 0}),
    ("interruption", {"by": "customer", "takes_floor": True}),
    ("overlap_ratio", {"max_share": 0.0}),
    ("overlap_ratio", {"max_share": 0.1, "of": "agent"}),
    ("dead_air", {"max_s": 1}),
    ("dead_air", {"max_s": 1, "after": "customer", "ignore_first_s": 2, "ignore_last_s": 2}),
    ("response_gap", {"max_s": 0.5}),
    ("response_gap", {"max_s": 0, "role": "customer", "after_question": True}),
    ("response_gap", {"max_s": 0, "over": "call", "min_gaps": 1}),
    ("talk_rate", {"max_per_minute": 60, "min_chars": 1}),
    ("talk_rate", {"min_per_minute": 600, "over": "call", "min_chars": 1}),
    ("talk_ratio", {"at_least": 0.1, "at_most": 0.9, "min_speech_s": 0}),
    ("loudness", {"above_median_db": 1, "min_utterances": 2, "min_s": 0}),
    ("loudness", {"rise_db": 1, "min_utterances": 2, "role": "agent"}),
    ("duration", {"at_least_s": 1}),
    ("duration", {"of": "customer", "at_most_s": 100}),
    ("turn_count", {"at_least": 1}),
    ("turn_count", {"role": "customer", "at_most": 3}),
    ("ended_by", {"is": "agent"}),
    ("speech_quality", {"min_snr_db": 20, "max_clipped": 0.1, "silent_side": "any", "min_speech_s": 20}),
    ("metadata", {"field": "hangup_by", "is_not": "agent"}),
    ("metadata", {"field": "ring_s", "at_most": 20}),
    ("filler_rate", {"any": ["那个", "就是", "然后", "嗯"], "max_per_100": 1, "min_count": 1}),
    ("filler_rate", {"any": ["那个", "嗯"], "one_filler_max": 1, "count_meant": True}),
]


@given(features=TIMED_CALLS, bounds=st.tuples(st.floats(0, 60), st.floats(0, 60)), role=st.sampled_from([None, *Role]))
def test_evidence_lies_in_the_call_and_in_time_order(features, bounds, role):
    """Every operator is asked of every call: to make up a call takes far longer than to ask."""
    whole = View.of(features)
    part = View(features, whole.between(min(bounds), max(bounds)).window, role=role, first_turns=2)
    for (name, parameters), view in product(PARAMETERS, (whole, part)):
        try:
            evidence = list(operator(name).model_validate(parameters).find(view))
        except CannotTell as refusal:
            assert str(refusal), name
            continue
        assert inside(features, evidence), (name, parameters)
        assert all(one.turn is None or 0 <= one.turn < len(features.passages) for one in evidence), (name, parameters)


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS)
@pytest.mark.parametrize("features", [timed(), timed(duration=0.0), timed("0.0-0.0 客服: "), timed("1.0-3.0 客户: 喂")])
def test_a_call_with_next_to_nothing_in_it(name, parameters, features):
    try:
        assert inside(features, list(operator(name).model_validate(parameters).find(View.of(features))))
    except CannotTell as refusal:
        assert str(refusal)


@given(features=TIMED_CALLS)
def test_a_louder_limit_never_finds_more_silence(features):
    def silences(max_s: float) -> list[Span]:
        try:
            found = operator("dead_air").model_validate({"max_s": max_s}).find(View.of(features))
            return [Span(one.start, one.end) for one in found]
        except CannotTell:
            return []

    assert set(silences(3)) <= set(silences(1))


@given(features=TIMED_CALLS)
def test_longer_overlap_is_asked_for_fewer_interruptions_are_found(features):
    def starts(min_overlap_s: float) -> int:
        parameters = {"min_overlap_s": min_overlap_s, "min_chars": 0}
        try:
            return len(list(operator("interruption").model_validate(parameters).find(View.of(features))))
        except CannotTell:
            return 0

    assert starts(2.0) <= starts(0.5)


@pytest.mark.parametrize("name", sorted({name for name, _ in PARAMETERS}))
def test_the_manual_shows_the_operator_in_yaml(name):
    manual = __import__(f"qa_pipeline.rules.operators.{name}", fromlist=["__doc__"]).__doc__
    assert manual.startswith(f"``{name}``")
    assert "In a rule set::" in manual
    assert f"{name}: {{" in manual
