"""Running the same command again goes on; nothing is lost, done twice or said twice."""

import json
import os

import duckdb
import pytest

from qa_pipeline.engines.glance import Glance, glances
from qa_pipeline.engines.local import transcribe
from qa_pipeline.engines.resume import agenda
from qa_pipeline.engines.run import RunInterrupted
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.journal import Entry, Journal
from qa_pipeline.outputs.tally import Counted
from qa_pipeline.records import Recording
from qa_pipeline.sources.find import find_recordings
from tests.engines.fakes import Counting, put
from tests.engines.small import rescore, score

SAID = {"role": "agent", "start": 0.5, "end": 2, "text": "您好，很高兴为您服务"}
TABLES = ("calls", "outcomes", "findings", "utterances")


def stored(folder, *names, **more):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.json").write_text(json.dumps({"id": name, "duration": 5, "utterances": [SAID], **more}))
    return folder


def names(count, prefix="c"):
    return [f"{prefix}{n:04d}" for n in range(count)]


def rows(out, what="recording_id, status", table="calls"):
    return duckdb.sql(f"select {what} from '{out}/{table}/*.parquet' order by all").fetchall()


def files(out):
    return {f"{table}/{path.name}": path.read_bytes() for table in TABLES for path in (out / table).iterdir()}


def test_done_recordings_are_not_recognised_again_failed_and_new_ones_are(tmp_path):
    folder, out = put(tmp_path / "in", a="good", b="raise", c="good"), tmp_path / "out"
    ask = {"out": out, "jobs": 1, "recogniser": Counting(tmp_path / "heard")}
    first = score(folder, **ask)
    assert (first.calls, first.failed, first.resumed, first.reused) == (3, 1, 0, 0)
    put(folder, b="good", d="good")
    second = score(folder, **ask)
    assert (second.calls, second.failed, second.resumed, second.status) == (4, 0, 2, "finished")
    assert sorted((tmp_path / "heard").read_text().split()) == ["a", "b", "b", "c", "d"]
    assert [row[1] for row in rows(out)] == ["scored"] * 4
    third = score(folder, **ask)
    assert (third.calls, third.resumed, third.mean_score) == (4, 4, second.mean_score)
    assert len(json.loads((out / "run.json").read_text())["earlier_runs"]) == 2


def test_an_interrupted_run_ends_as_if_nothing_had_been(tmp_path):
    folder = stored(tmp_path / "in", *names(200))
    score(folder, out=tmp_path / "whole")
    for stop in (1, 30, 90, 130):

        def press(progress, stop=stop):
            if progress.done == stop and progress.total == 200:
                raise KeyboardInterrupt

        with pytest.raises(RunInterrupted):
            score(folder, out=tmp_path / "out", on_progress=press)
        assert len(rows(tmp_path / "out")) == stop
    summary = score(folder, out=tmp_path / "out")
    assert (summary.resumed, summary.calls) == (130, 200)
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_new_recordings_gain_parts_and_columns_and_none_moves(tmp_path):
    folder, out = stored(tmp_path / "in", *names(70)), tmp_path / "out"
    score(folder, out=out)
    stored(folder, *names(70, "b"), ticket="T1")
    (folder / "c0003.json").unlink()
    summary = score(folder, out=out)
    assert (summary.calls, summary.resumed) == (140, 70)
    assert any("1 recordings that were done earlier" in warning for warning in summary.warnings)
    found = rows(out, "recording_id, meta_ticket")
    assert [row[0] for row in found] == names(70, "b") + names(70)
    assert {row[1] for row in found} == {None, "T1"}
    assert len(set(rows(out, "recording_id", "utterances"))) == len(rows(out, "recording_id", "utterances")) == 140


def test_a_changed_recording_is_done_again_and_keeps_one_row(tmp_path):
    folder, out = stored(tmp_path / "in", "a", "b"), tmp_path / "out"
    (tmp_path / "calls.csv").write_text("file,team\nin/a.json,一组\n")
    score(folder, out=out, manifest=tmp_path / "calls.csv")
    (folder / "b.json").write_text(json.dumps({"id": "b2", "utterances": [SAID, SAID]}))
    (tmp_path / "calls.csv").write_text("file,team\nin/a.json,二组\n")
    assert score(folder, out=out, manifest=tmp_path / "calls.csv").resumed == 0
    assert rows(out, "recording_id, team") == [("a", "二组"), ("b2", None)]
    found = duckdb.sql(f"select recording_id, count(*) from '{out}/utterances/*.parquet' group by all order by all")
    assert found.fetchall() == [("a", 1), ("b2", 2)]


def test_a_moved_recording_keeps_its_id_and_has_one_row(tmp_path):
    folder, out = stored(tmp_path / "in", "a", "b"), tmp_path / "out"
    score(folder, out=out)
    (folder / "later").mkdir()
    (folder / "a.json").rename(folder / "later" / "a.json")
    assert score(folder, out=out).calls == 2
    assert rows(out, "recording_id, source_uri") == [
        ("a", str(folder / "later" / "a.json")),
        ("b", str(folder / "b.json")),
    ]


def test_a_scored_recording_that_is_gone_keeps_its_row_though_the_manifest_names_it(tmp_path):
    folder, out = stored(tmp_path / "in", "a", "b"), tmp_path / "out"
    (tmp_path / "calls.csv").write_text("file,recording_id\nin/a.json,a\nin/b.json,b\nin/d.json,d\n")
    assert score(folder, out=out, manifest=tmp_path / "calls.csv").calls == 3
    (folder / "a.json").unlink()
    again = score(folder, out=out, manifest=tmp_path / "calls.csv")
    assert (again.calls, again.resumed, again.failed) == (3, 2, 1)
    assert rows(out) == [("a", "scored"), ("b", "scored"), ("d", "failed")]


def test_what_failed_before_is_tried_again_after_what_is_new():
    recordings = [Recording(name, name, f"/{name}.wav") for name in "abc"]
    before = Entry(recordings[0], Counted("a", "a", "decode", "broken"), "1")
    seen = [Glance("1", 90.0), Glance("1", 10.0), Glance("1", 20.0)]
    told = agenda(recordings, seen, Journal({0: (before,)}))
    assert [todo.recording.recording_id for todo in told.todo] == ["c", "b", "a"]
    urgent = agenda(recordings, seen, Journal({0: (before,)}), first=[1.0, 0.0, 1.0])
    assert [todo.recording.recording_id for todo in urgent.todo] == ["c", "a", "b"]


def test_a_run_sweeps_what_a_killed_one_left_half_written_in_its_store(tmp_path):
    left = tmp_path / "out" / "transcripts" / "ab" / ".ab1.json.zst.7.tmp"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    os.utime(left, (0, 0))
    assert score(stored(tmp_path / "in", "a"), out=tmp_path / "out").calls == 1
    assert not left.exists()


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "b.wav")
    (pipe,) = find_recordings([tmp_path], may_all_fail=True).recordings
    assert glances([pipe]) == [Glance("", 0.0)]


def test_a_folder_of_other_recordings_is_refused(tmp_path):
    score(stored(tmp_path / "in", "a"), out=tmp_path / "out")
    with pytest.raises(RequestError, match="other recordings and none of these"):
        score(stored(tmp_path / "other", "b"), out=tmp_path / "out")
    assert rows(tmp_path / "out") == [("a", "scored")]


def test_other_options_of_the_recogniser_are_another_request_and_speed_is_none(tmp_path):
    put(tmp_path / "in", a="good")
    score(tmp_path / "in", out=tmp_path / "out", jobs=1, recogniser=Counting(tmp_path / "heard"))
    score(tmp_path / "in", out=tmp_path / "out", jobs=2, batch_size=3, recogniser=Counting(tmp_path / "heard"))
    with pytest.raises(RequestError, match="recogniser"):
        score(tmp_path / "in", out=tmp_path / "out", jobs=1, recogniser=Counting(tmp_path / "elsewhere"))


def test_another_rule_set_takes_its_transcripts_from_a_shared_store(tmp_path):
    folder = put(tmp_path / "in", a="good", b="good")
    ask = {"jobs": 1, "recogniser": Counting(tmp_path / "heard"), "store": tmp_path / "store"}
    score(folder, out=tmp_path / "one", **ask)
    summary = score(folder, out=tmp_path / "two", ruleset="red-lines", **ask)
    assert (summary.reused, summary.calls, summary.failed) == (2, 2, 0)
    assert sorted((tmp_path / "heard").read_text().split()) == ["a", "b"]
    assert not (tmp_path / "one" / "transcripts").exists()
    assert rescore(tmp_path / "two", out=tmp_path / "three").reused == 2
    assert files(tmp_path / "three") == files(tmp_path / "one")


def test_replacing_a_run_uses_its_transcripts_and_forgets_the_rest(tmp_path):
    folder, out = put(tmp_path / "in", a="good", b="good"), tmp_path / "out"
    ask = {"out": out, "jobs": 1, "recogniser": Counting(tmp_path / "heard")}
    score(folder, **ask)
    (folder / "b.wav").unlink()
    assert score(folder, ruleset="red-lines", overwrite=True, **ask).reused == 1
    assert (tmp_path / "heard").read_text().split() == ["a", "b"]
    assert len(list((out / "transcripts").glob("*/*.zst"))) == 1


def test_rescoring_by_the_same_rules_gives_the_same_files(tmp_path):
    shipped = {"ruleset": "hotline"}  # so that nothing which any of its rules looks at may be lost on the way
    folder = put(tmp_path / "in", a="good", b="raise", c="empty")
    stored(folder, *names(70), ticket="T1", agent_id="007")
    score(folder, out=tmp_path / "one", jobs=1, recogniser=Mixed(tmp_path), **shipped)
    for path in folder.iterdir():
        path.unlink()
    summary = rescore(tmp_path / "one", out=tmp_path / "two", jobs=1, **shipped)
    assert (summary.calls, summary.failed, summary.reused) == (73, 1, 72)
    assert files(tmp_path / "two") == files(tmp_path / "one")
    rescore(tmp_path / "two", out=tmp_path / "three", jobs=2, **shipped)
    assert files(tmp_path / "three") == files(tmp_path / "one")
    again = rescore(tmp_path / "one", out=tmp_path / "two", jobs=1, **shipped)
    assert (again.calls, again.resumed) == (73, 72)


class Mixed:
    """Makes what the command line makes for a mixed lot."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self):
        from qa_pipeline.transcribe.dispatch import MixedTranscriber

        return MixedTranscriber(Counting(self.folder / "heard")())


def test_what_cannot_be_rescored(tmp_path):
    score(stored(tmp_path / "in", "a"), out=tmp_path / "out", store="none")
    transcribe(tmp_path / "in", out=tmp_path / "said")
    for folder, message in (("out", "--store none"), ("said", "nothing to judge again"), ("none", "nothing to judge")):
        with pytest.raises(RequestError, match=message):
            rescore(tmp_path / folder, out=tmp_path / "again")
    with pytest.raises(RequestError, match="the folder itself"):
        rescore(tmp_path / "out", out=tmp_path / "out")
    assert not (tmp_path / "again").exists()


def test_transcribing_goes_on_too(tmp_path):
    folder, out = put(tmp_path / "in", a="good", b="raise"), tmp_path / "out"
    ask = {"out": out, "jobs": 1, "recogniser": Counting(tmp_path / "heard")}
    transcribe(folder, **ask)
    put(folder, b="good", c="good")
    summary = transcribe(folder, **ask)
    assert (summary.calls, summary.failed, summary.resumed) == (3, 0, 1)
    assert sorted((tmp_path / "heard").read_text().split()) == ["a", "b", "b", "c"]
    assert len(list(out.glob("rec-*.json"))) == 3
    assert score(out, out=tmp_path / "scored").calls == 3
