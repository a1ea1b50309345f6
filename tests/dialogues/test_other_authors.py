"""The calls of the other authors can be read as labelled calls, and their labels and indices hold together."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.rules.labels import LABELS, read_labelled
from qa_pipeline.transcribe.stored import read_stored

HERE = Path(__file__).parent
GRADES = ((85, "优秀"), (60, "普通"), (0, "冷线"))


@pytest.mark.parametrize(
    ("part", "count"),
    [
        ("tuning/second_author", 26),
        ("kept_out/second_author", 30),
        ("tuning/third_author", 30),
        ("kept_out/fourth_author", 44),
        ("tuning/fifth_author", 45),
        ("tuning/sixth_author", 45),
        ("tuning/seventh_author", 45),
        ("tuning/eighth_author", 45),
        ("kept_out/ninth_author", 45),
    ],
)
def test_the_calls_are_labelled_throughout(part: str, count: int) -> None:
    calls, unlabelled = read_labelled(HERE / part, read_stored)
    assert len(calls) == count and not unlabelled
    for call in calls:
        assert set(call.truth) == {label.key for label in LABELS}
        assert call.score is not None
        assert call.grade == next(grade for least, grade in GRADES if call.score >= least)
        for where in (call.file.evidence_by_key, call.file.good_evidence):
            assert all(call.utterance(index) is not None for indices in where.values() for index in indices)
            assert all(call.truth[key] for key in where)
