import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.features.fillers import fillers_in
from tests.rules.timed import timed

WORDS = ["那个", "就是", "就是说", "然后", "呃", "嗯", "这个"]


@settings(deadline=None)
@given(st.lists(st.text(alphabet="那个就是说然后呃嗯这先您窗口。， ab𠮷㎡", max_size=20), min_size=1, max_size=4))
def test_fillers_are_found_where_they_stand_and_never_twice(texts):
    lines = [f"{2 * n}-{2 * n + 1} 客服: {text}" for n, text in enumerate(texts)]
    for passage in timed(*lines).passages:
        for count_meant in (False, True):
            found = fillers_in(passage, WORDS, count_meant)
            assert all(passage.text[f.start : f.end] == f.word and f.word in WORDS for f in found)
            assert all(a.end <= b.start for a, b in itertools.pairwise(found))
        meant_or_not = {(f.start, f.end) for f in fillers_in(passage, WORDS, count_meant=True)}
        answers = {f.start for f in fillers_in(passage, WORDS)} - {start for start, _ in meant_or_not}
        assert not answers


@pytest.mark.parametrize("words", [[], ["没有说过"]])
def test_nothing_to_find(words):
    [passage] = timed("0-2 客服: 那个，呃，您好").passages
    assert fillers_in(passage, words) == []
