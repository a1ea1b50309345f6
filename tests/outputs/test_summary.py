import json
from dataclasses import replace
from decimal import Decimal

import pytest

from qa_pipeline.outputs.summary import FAILURES_NAMED, FrequentFinding
from qa_pipeline.outputs.tally import Counted, Tally, count
from qa_pipeline.records import RecognitionEffort
from tests.outputs.cards import card, failure

REST = {
    "status": "finished",
    "out": "out",
    "expected": 3,
    "skipped": {},
    "warnings": (),
    "model": "demo",
    "model_why": None,
    "wall_s": 3.0,
}


def test_a_run_is_summed_up():
    tally = Tally()
    tally.add(count(card("a", value="90")), {"transcribe": 1.0, "rules": 0.5})
    tally.add(count(card("b", value="95.01")), {"transcribe": 2.0})
    tally.add(count(failure("c")))
    summary = tally.summary(**REST, audio_now_s=61.5)
    assert (summary.calls, summary.scored, summary.failed) == (3, 2, 1)
    assert summary.failed_by_stage == {"decode": 1}
    assert summary.mean_score == Decimal("92.51")
    assert summary.grades == {"优秀": 2}
    assert summary.cannot_tell_share == 1 / 3
    assert summary.top_findings == (
        FrequentFinding("banned-1", "banned-1 的标题", 2, 2),
        FrequentFinding("dead-air", "dead-air 的标题", 2, 2),
    )
    assert summary.stage_s == {"rules": 0.5, "transcribe": 3.0}
    assert (summary.audio_s, summary.realtime_factor) == (61.5, 20.5)
    plain = json.loads(json.dumps(summary.as_json()))
    assert plain["mean_score"] == 92.51
    assert plain["failures"][0]["message"] == "不是音频"
    assert (summary.demo_model, summary.with_warnings) == (True, 2)
    assert "samples only" in plain["notice"]


def test_nothing_was_judged():
    summary = Tally().summary(**REST)
    assert (summary.mean_score, summary.cannot_tell_share, summary.top_findings) == (None, None, ())


def test_many_failures_are_counted_and_some_are_named():
    tally = Tally()
    for n in range(FAILURES_NAMED + 5):
        tally.add(count(failure(f"rec-{n}")))
    summary = tally.summary(**REST)
    assert (summary.failed, len(summary.failures)) == (FAILURES_NAMED + 5, FAILURES_NAMED)


@pytest.mark.parametrize("result", [card("a", text="不是“规定”"), failure("z"), card("b").transcript])
def test_figures_survive_the_journal(result):
    counted = count(result, "/calls/b.wav")
    assert Counted.read(json.loads(json.dumps(counted.as_json()))) == counted


def test_windows_are_counted_over_the_run():
    tally = Tally()
    for effort in (RecognitionEffort(10, 2, 3, 1, 13, 16.0, {"recognition": 2.0}), RecognitionEffort(10), None):
        heard = replace(card().transcript, effort=effort)
        tally.add(count(replace(card(), transcript=heard)), {"rules": 1.0})
    summary = tally.summary(**REST)
    assert summary.recognition["windows"] == 20
    assert summary.recognition["gated_share"] == 0.1
    assert summary.recognition["batch_fill"] == round(13 / 16, 4)
    assert summary.stage_s == {"recognition": 2.0, "rules": 3.0}
