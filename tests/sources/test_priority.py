"""Which recordings go first."""

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.records import Recording
from qa_pipeline.sources.priority import priorities


def recordings(*cells):
    return [
        Recording(f"r{n}", f"{n}.wav", f"/{n}.wav", {} if cell is None else {"级别": cell})
        for n, cell in enumerate(cells)
    ]


def test_numbers_and_words_higher_first_and_empty_last():
    found = priorities(recordings("低", "3.5", "特急", None, " 高 ", 2), "级别")
    assert found == [1.0, 3.5, 4.0, float("-inf"), 3.0, 2.0]


@pytest.mark.parametrize("cell", ["soon", "nan", "1,5"])
def test_what_is_no_figure_is_refused_with_its_recording(cell):
    with pytest.raises(RequestError, match=r"1\.wav has"):
        priorities(recordings("1", cell), "级别")


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(RequestError, match="级别"):
        priorities(recordings("1"), "priority")
    with pytest.raises(RequestError, match="manifest"):
        priorities(recordings(None), "priority")
