"""Turns by the time at which they are spoken."""

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.features import Passage
from qa_pipeline.features.timeline import Timeline, bits_of, members
from qa_pipeline.records import Role, Utterance

moments = st.integers(0, 20).map(float)


@given(st.lists(st.tuples(moments, moments), max_size=8), moments, moments)
def test_touching_is_what_comparing_each_turn_gives(spans, one, other):
    """Turns may overlap, and end in another order than they begin."""
    turns = [
        Passage(number, Role.AGENT, (Utterance(Role.AGENT, 0, min(span), max(span), "好"),))
        for number, span in enumerate(spans)
    ]
    start, end = min(one, other), max(one, other)
    touching = Timeline.of(turns).touching(start, end)
    assert touching == bits_of([turn for turn in turns if turn.end >= start and turn.start <= end])
    assert members(touching) == [turn.index for turn in turns if turn.end >= start and turn.start <= end]
