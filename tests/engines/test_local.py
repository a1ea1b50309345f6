import errno
import json
import shutil
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qa_pipeline
from qa_pipeline import durable
from qa_pipeline.engines import local
from qa_pipeline.engines.local import transcribe
from qa_pipeline.engines.machine import available_bytes, default_jobs, usable_cores
from qa_pipeline.engines.run import RunInterrupted
from qa_pipeline.errors import RequestError
from qa_pipeline.sources.problems import MISSING
from tests.engines.fakes import Obedient, no_model, put
from tests.engines.small import score

STORED = {"duration": 5, "utterances": [{"role": "agent", "start": 0.5, "end": 2, "text": "您好，很高兴为您服务"}]}


def calls(out, columns="status, error_stage, error_message"):
    query = f"select regexp_extract(source_uri, '([^/]*)[.][a-z]*$', 1) as name, {columns} from '{out}/calls/*.parquet'"
    return {row[0]: row[1:] for row in duckdb.sql(query).fetchall()}


def run_info(out):
    return json.loads((out / "run.json").read_text())


def store(folder, count):
    folder.mkdir(exist_ok=True)
    for n in range(count):
        (folder / f"c{n:04d}.json").write_text(json.dumps({**STORED, "id": f"c{n:04d}"}, ensure_ascii=False))
    return folder


def test_good_and_bad_recordings_are_all_rows(tmp_path):
    folder = put(tmp_path / "in", a="good", b="raise", c="kill", d="bug", e="empty", f="exit", g="good")
    progress = []
    sources = [folder, folder / "h.wav"]
    summary = score(sources, out=tmp_path / "out", jobs=2, recogniser=Obedient, on_progress=progress.append)
    found = calls(tmp_path / "out")
    assert {name: row[0] for name, row in found.items()} == {
        **dict.fromkeys("aeg", "scored"),
        **dict.fromkeys("bcdfh", "failed"),
    }
    assert found["b"][1:] == ("decode", "不是音频 not audio")
    assert found["c"][1] == found["d"][1] == found["f"][1] == "transcribe"
    assert found["c"][2].startswith(
        "the process that worked on it was ended by SIGKILL, perhaps for want of memory; no other"
    )
    assert found["d"][2] == "unexpected ZeroDivisionError: division by zero"
    assert found["f"][2].startswith("the process that worked on it ended by itself with code 3; no other")
    assert found["h"][1:] == ("find", MISSING)
    assert (summary.calls, summary.failed, summary.expected, summary.status) == (8, 5, 8, "finished")
    assert (progress[-1].done, progress[-1].total, progress[-1].failed) == (8, 8, 5)
    info = run_info(tmp_path / "out")
    assert info["status"] == "finished"
    assert info["summary"]["failed_by_stage"] == {"decode": 1, "find": 1, "transcribe": 3}
    assert info["ruleset"]["id"] == "small"
    assert info["options"]["sources"] == [str(source) for source in sources]


def test_stored_transcripts_need_no_model_and_give_the_same_bytes_at_any_jobs(tmp_path):
    folder = store(tmp_path / "in", 70)
    for jobs in (1, 2):
        summary = local.score(folder, out=tmp_path / str(jobs), jobs=jobs)
        assert run_info(tmp_path / str(jobs))["ruleset"]["id"] == "hotline"
        assert (summary.calls, summary.failed, summary.model, summary.demo_model) == (70, 0, None, False)
    parts = [sorted((tmp_path / jobs).rglob("*.parquet")) for jobs in "12"]
    assert len(parts[0]) == 8
    assert [path.read_bytes() for path in parts[0]] == [path.read_bytes() for path in parts[1]]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["good", "raise", "bug", "empty", "missing"]), min_size=1))
def test_recordings_in_are_rows_out(orders):
    with tempfile.TemporaryDirectory() as scratch:
        folder, named = Path(scratch), []
        for n, order in enumerate(orders):
            path = folder / f"{n}.json"  # by its name a stored transcript: so it is worked on in this process
            if order != "missing":
                path.write_text(order)
            named.append(path)
        if set(orders) == {"missing"}:
            with pytest.raises(RequestError, match="No recordings found"):
                score(named, out=folder / "out", jobs=1, recogniser=Obedient)
            return
        summary = score(named, out=folder / "out", jobs=1, recogniser=Obedient)
        rows = duckdb.sql(f"select recording_id, status, score from '{folder}/out/calls/*.parquet'").fetchall()
        assert len({row[0] for row in rows}) == len(rows) == len(orders) == summary.calls
        assert sum(row[1] == "failed" for row in rows) == summary.failed
        assert all(row[2] is None for row in rows if row[1] == "failed")


def test_a_request_that_cannot_run_touches_nothing(tmp_path):
    folder, out = put(tmp_path / "in", a="good"), tmp_path / "out"
    (tmp_path / "file").touch()
    (tmp_path / "calls.csv").write_text("agent\n1\n")
    for wrong, message in (
        ({"ruleset": "nosuch"}, "nosuch"),
        ({"manifest": tmp_path / "calls.csv"}, "no column `file`"),
        ({"sources": [tmp_path / "none"]}, "No recordings found"),
        ({"out": tmp_path / "file"}, "is a file"),
        ({"agent_channel": "both"}, "--agent-channel both"),
        ({"jobs": 0}, "--jobs 0"),
        ({"beam_size": 0}, "beam size is 0"),
        ({"model": str(tmp_path / "nowhere")}, "no such folder"),
        ({"device": "tpu"}, "tpu"),
    ):
        with pytest.raises(RequestError, match=message):
            score(**{"sources": [folder], "out": out, **wrong})
        assert not out.exists()


def test_a_worker_without_a_model_ends_the_run(tmp_path):
    with pytest.raises(RequestError, match="no such model"):
        score(put(tmp_path / "in", a="good"), out=tmp_path / "out", recogniser=no_model)
    assert run_info(tmp_path / "out")["status"] == "interrupted"
    assert run_info(tmp_path / "out")["error"] == "no such model"
    assert calls(tmp_path / "out") == {}


def test_an_earlier_run_of_another_request_is_replaced_only_when_told(tmp_path):
    folder, out = store(tmp_path / "in", 65), tmp_path / "out"
    score(folder, out=out)
    with pytest.raises(
        RequestError, match=r"another request:\n  by_date: false → true\n(?s:.*)rescore(?s:.*)--overwrite"
    ):
        score(folder, out=out, by_date=True)
    assert len(calls(out)) == 65
    score(folder / "c0000.json", out=out, overwrite=True)
    assert set(calls(out)) == {"c0000"}


def test_ctrl_c_leaves_what_is_done(tmp_path):
    folder, out = store(tmp_path / "in", 100), tmp_path / "out"

    def press(progress):
        if progress.done == 80:
            raise KeyboardInterrupt

    with pytest.raises(RunInterrupted) as caught:
        score(folder, out=out, on_progress=press)
    assert (caught.value.summary.calls, caught.value.summary.status) == (80, "interrupted")
    assert len(calls(out)) == 80
    assert run_info(out)["status"] == "interrupted"


def test_a_disk_that_fills_up_leaves_what_was_written(tmp_path, monkeypatch):
    folder, out = store(tmp_path / "in", 100), tmp_path / "out"
    fsync, page = durable.os.fsync, out / "journal" / "part-00000.jsonl"

    def fill(descriptor):
        if page.exists() and len(page.read_text().splitlines()) > 60:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(durable.os, "fsync", fill)
    with pytest.raises(RequestError, match="No space left for"):
        score(folder, out=out)
    assert len(calls(out)) == 64
    assert not list(out.rglob(".*.tmp"))


def test_transcripts_are_written_and_can_be_scored(tmp_path):
    folder = put(tmp_path / "in", a="good", b="raise")
    (tmp_path / "calls.csv").write_text("file,id,team,ticket\nin/a.wav,一号/a,一组,T1\n")
    rest = {"manifest": tmp_path / "calls.csv", "recogniser": Obedient, "jobs": 1}
    summary = transcribe(folder, out=tmp_path / "out", **rest)
    assert (summary.calls, summary.failed, summary.failures[0].message) == (2, 1, "不是音频 not audio")
    (written,) = (tmp_path / "out").glob("*-*.json")
    assert json.loads(written.read_text())["id"] == "一号/a"
    score(tmp_path / "out", out=tmp_path / "scored")
    found = duckdb.sql(f"select recording_id, team, meta_ticket, asr_model from '{tmp_path}/scored/calls/*.parquet'")
    assert found.fetchall() == [("一号/a", "一组", "T1", "obedient")]
    shutil.rmtree(folder)
    put(folder, c="good")
    transcribe(folder, out=tmp_path / "out", overwrite=True, recogniser=Obedient, jobs=1)
    assert len(list((tmp_path / "out").glob("*.json"))) == 2


def test_the_package_offers_both_functions():
    assert qa_pipeline.score is local.score
    assert qa_pipeline.write_transcripts is transcribe
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = qa_pipeline.nothing


def test_jobs_that_fit():
    gib = 2**30
    assert default_jobs(100, cores=8, model_bytes=0, memory=None) == 8
    assert default_jobs(3, cores=8, model_bytes=0, memory=None) == 3
    assert default_jobs(100, cores=8, model_bytes=gib, memory=6 * gib) == 2
    assert default_jobs(100, cores=8, model_bytes=9 * gib, memory=gib) == 1
    assert usable_cores() >= 1
    assert available_bytes() is None or available_bytes() > 0
