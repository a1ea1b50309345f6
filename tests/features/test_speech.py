import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.features.speech import gaps, overlaps, total, union
from qa_pipeline.records import Span

SPANS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 20)), max_size=12).map(
    lambda spans: [Span(float(start), float(start + length)) for start, length in spans]
)


def test_union_takes_what_touches_together():
    assert union([Span(3, 4), Span(0, 1), Span(1, 2), Span(3.5, 5), Span(9, 9)]) == (Span(0, 2), Span(3, 5))


def test_gaps_hold_the_ends():
    assert list(gaps([Span(1, 2), Span(4, 9)], 10)) == [Span(0, 1), Span(2, 4), Span(9, 10)]
    assert list(gaps([Span(0, 10)], 10)) == []
    assert list(gaps([], 10)) == [Span(0, 10)]


@given(SPANS)
def test_union_is_sorted_disjoint_and_loses_nothing(spans):
    merged = union(spans)
    assert all(a.end < b.start for a, b in itertools.pairwise(merged))
    seconds = {second for span in spans for second in range(int(span.start), int(span.end))}
    assert {second for span in merged for second in range(int(span.start), int(span.end))} == seconds


@given(SPANS)
def test_speech_and_gaps_make_up_the_call(spans):
    merged = union(spans)
    assert total(merged) + total(gaps(merged, 120.0)) == pytest.approx(120.0)


@given(SPANS, SPANS)
def test_overlap_is_what_both_have(ones, others):
    mine, yours = union(ones), union(others)
    both = list(overlaps(mine, yours))
    assert list(overlaps(yours, mine)) == both
    assert total(mine) + total(yours) == pytest.approx(total(union([*ones, *others])) + total(both))
