"""``metrics.prom`` reads with Prometheus' own parser, and says what the summary says."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from qa_pipeline.outputs.metrics import METRICS, metrics_text, write_metrics
from qa_pipeline.outputs.summary import RunSummary

LABELS = {"command": "score", "ruleset": "hotline", "model": "demo"}


EARLY = RunSummary(
    status="running", out="/out", expected=10, calls=4, scored=3, failed=1, failed_by_stage={"decode": 1},
    mean_score=Decimal("81.5"), grades={"优秀": 2, "—": 1}, vetoed=1, with_warnings=0, cannot_tell_share=0.25,
    top_findings=(), failures=(), skipped={}, warnings=(), model="demo", model_why=None, demo_model=True,
    audio_s=1200.0, wall_s=300.0, stage_s={"transcribe": 250.5, "rules": 1.5},
    recognition={"windows": 40, "gated": 3, "gated_share": 0.075, "batch_fill": 0.9}, peak_memory_bytes=7,
)  # fmt: skip


def summary(**more):
    return replace(EARLY, **more)


def figures(text):
    samples = (sample for family in text_string_to_metric_families(text.decode()) for sample in family.samples)
    found = {}
    for sample in samples:
        own = tuple(value for key, value in sample.labels.items() if key not in LABELS)
        assert {key: sample.labels[key] for key in LABELS} == LABELS
        found[(sample.name.removeprefix("qa_pipeline_"), *own)] = sample.value
    return found


def test_every_figure_of_the_summary_is_there():
    shown = figures(metrics_text(summary(), labels=LABELS, now=1.8e9, memory_bytes=5e8))
    assert shown == {
        ("recordings_expected",): 10, ("recordings", "scored"): 3, ("recordings", "failed"): 1,
        ("failures", "decode"): 1, ("grades", "优秀"): 2, ("grades", "—"): 1, ("vetoed",): 1,
        ("audio_seconds",): 1200, ("wall_seconds",): 300, ("realtime_factor",): 4, ("cannot_tell_share",): 0.25,
        ("stage_seconds", "transcribe"): 250.5, ("stage_seconds", "rules"): 1.5,
        ("status", "running"): 1, ("status", "finished"): 0, ("status", "interrupted"): 0, ("status", "out_of_time"): 0,
        ("batch_fill_ratio",): 0.9, ("recogniser_windows", "windows"): 40, ("recogniser_windows", "gated"): 3,
        ("memory_peak_bytes",): 7, ("updated_timestamp_seconds",): 1.8e9, ("memory_bytes",): 5e8,
    }  # fmt: skip


def test_a_run_that_has_done_nothing_yet_has_figures_too():
    empty = summary(calls=0, scored=0, failed=0, failed_by_stage={}, grades={}, cannot_tell_share=None, audio_s=0.0,
                    wall_s=0.0, stage_s={})  # fmt: skip
    shown = figures(metrics_text(empty, labels=LABELS, now=0.0))
    assert (shown["recordings", "scored"], shown["realtime_factor",]) == (0, 0)
    assert ("cannot_tell_share",) not in shown


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 9), max_size=3))
def test_no_grade_breaks_the_format(grades):
    shown = figures(metrics_text(summary(grades=grades), labels=LABELS, now=0.0))
    assert {key[1]: value for key, value in shown.items() if key[0] == "grades"} == grades


def test_the_file_is_whole(tmp_path):
    write_metrics(tmp_path, summary(), labels=LABELS, now=1.0)
    assert figures((tmp_path / METRICS).read_bytes())["audio_seconds",] == 1200
    assert [path.name for path in tmp_path.iterdir()] == [METRICS]
