"""A night from the command line: a watched folder, output behind a URL with a kill in between, a log for machines."""

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import duckdb
import pytest

from tests.cli.run import UTTERANCE, environment, qa, store
from tests.engines.small import RULES
from tests.s3 import s3_server

SCORE = ("score", "in", "--ruleset", RULES)
COMMAND = "from qa_pipeline.cli import main\nmain()\n"
HANGS = """
import time
from qa_pipeline.engines import mirrored, run

honest, mirrored._EVERY_S = run._Run._take, 0.5

def take(self, index, answer):
    if self.tally.calls == 150:
        time.sleep(600)
    honest(self, index, answer)

run._Run._take = take
"""
"""What a run is told so that it is at its 150th call whenever it is killed."""


@contextmanager
def started(*arguments, cwd, first=""):
    """The command, in a process of its own that does not outlive the block; it says into ``log``."""
    command = [sys.executable, "-c", first + COMMAND, *map(str, arguments)]
    with (cwd / "log").open("w") as log:
        rest = {"cwd": cwd, "env": environment(), "stderr": log, "stdout": subprocess.DEVNULL}
        with subprocess.Popen(command, **rest) as run:
            try:
                yield run
            finally:
                run.kill()


def log(text):
    return [json.loads(line) for line in text.splitlines()]


def rows(out):
    if not list(out.glob("calls/*.parquet")):
        return []
    return sorted(duckdb.sql(f"select recording_id, status from '{out}/calls/*.parquet'").fetchall())


def until(true, run, within_s=120.0):
    """Wait for it while the run goes on."""
    end = time.monotonic() + within_s
    while not true():
        assert run.poll() is None, "the run ended first"
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_is_written_slowly_is_scored_once_and_whole(tmp_path):
    """Written bit by bit for longer than a file may rest, renamed into place, and one that broke; then Ctrl-C."""
    (tmp_path / "in").mkdir()
    whole = json.dumps({"id": "slow", "duration": 5, "utterances": [UTTERANCE]}, ensure_ascii=False).encode()

    def write_slowly():
        with (tmp_path / "in" / "slow.json").open("wb", buffering=0) as file:
            for at in range(0, len(whole), len(whole) // 29):
                file.write(whole[at : at + len(whole) // 29])
                time.sleep(0.1)

    def last_said(event, **facts):
        *_, line = [{}, *log((tmp_path / "log").read_text())]
        return {"event": event, **facts}.items() <= line.items()

    follow = (*SCORE, "--out", "out", "--follow", "--settle", "2s", "--log-json")
    with started(*follow, cwd=tmp_path) as run:
        writer = threading.Thread(target=write_slowly)
        writer.start()
        store(tmp_path / "elsewhere" / "b.json", id="moved").rename(tmp_path / "in" / "b.json")
        (tmp_path / "in" / "broken.json").write_text('{"utterances": [')
        (tmp_path / "in" / "late.json.part").write_text("{")
        writer.join()
        until(lambda: len(rows(tmp_path / "out")) == 3, run)
        store(tmp_path / "in" / "late.json", id="late")
        until(lambda: last_said("finished", calls=4), run)
        (tmp_path / "in" / "empty.wav").touch()  # that it has landed is said between two rounds
        until(lambda: last_said("landed", settled=0, waiting=1), run)
        run.send_signal(signal.SIGINT)
        run.wait()
    lines = log((tmp_path / "log").read_text())
    assert run.returncode == 1, lines  # one recording failed
    found = dict(rows(tmp_path / "out"))
    assert {name: found[name] for name in ("slow", "moved", "late")} == dict.fromkeys(
        ("slow", "moved", "late"), "scored"
    )
    assert list(found.values()).count("failed") == 1
    assert sum(line["event"] == "recording_failed" for line in lines) <= 2
    assert [line["calls"] for line in lines if line["event"] == "finished"][-1] == 4
    assert len(list((tmp_path / "out" / "calls").iterdir())) == 1  # one part is filled up, round after round


def test_watching_ends_by_itself_and_the_next_start_takes_up_what_landed(tmp_path):
    store(tmp_path / "in" / "a.json", id="a")
    follow = (*SCORE, "--out", "out", "--follow", "--settle", "0.2", "--idle", "1s", "--log-json")
    assert qa(*follow, cwd=tmp_path).returncode == 0
    store(tmp_path / "in" / "b.json", id="b")
    done = qa(*follow, cwd=tmp_path)
    assert done.returncode == 0
    assert rows(tmp_path / "out") == [("a", "scored"), ("b", "scored")]
    summary = log(done.stderr)[-1]
    assert (summary["calls"], summary["resumed"]) == (2, 1)


def test_a_run_that_is_killed_goes_on_from_the_bucket_on_another_machine(tmp_path):
    pytest.importorskip("moto")
    import s3fs

    for n in range(200):
        store(tmp_path / "in" / f"{n}.json", id=f"c{n:03}")
    with s3_server("night-cli") as url:
        store_of = s3fs.S3FileSystem()

        def parts():
            store_of.invalidate_cache()
            return store_of.glob(f"{url}/out/journal/part-*.jsonl")

        ask = (*SCORE, "--out", f"{url}/out", "--jobs", "1", "--log-json")
        with started(*ask, "--work-dir", "one", cwd=tmp_path, first=HANGS) as run:
            until(lambda: len(parts()) > 1, run)
            run.kill()
        done = qa(*ask, "--work-dir", "two", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        summary = log(done.stderr)[-1]
        assert (summary["event"], summary["calls"], summary["out"]) == ("finished", 200, f"{url}/out")
        assert summary["resumed"] == 128
        store_of.invalidate_cache()
        store_of.get(f"{url}/out", str(tmp_path / "got"), recursive=True)
    assert rows(tmp_path / "got") == [(f"c{n:03}", "scored") for n in range(200)]
    assert json.loads((tmp_path / "got" / "run.json").read_text())["summary"]["out"] == f"{url}/out"


def test_what_counts_as_speech_and_the_budget_may_stand_in_the_configuration(tmp_path):
    store(tmp_path / "in" / "a.json", id="a")
    (tmp_path / "qa-pipeline.toml").write_text('[score]\nvad-threshold = 0.6\nvad-pad-s = 0.3\ntime-budget-s = "1h"\n')
    refused = qa(*SCORE, "--out", "out", cwd=tmp_path)
    assert (refused.returncode, "time-budget" in refused.stderr) == (2, True)
    (tmp_path / "qa-pipeline.toml").write_text('[score]\nvad-threshold = 0.6\nvad-pad-s = 0.3\ntime-budget = "1h"\n')
    assert qa(*SCORE, "--out", "out", cwd=tmp_path).returncode == 0
    options = json.loads((tmp_path / "out" / "run.json").read_text())["options"]
    assert (options["vad"]["threshold"], options["vad"]["pad_s"], options["time_budget_s"]) == (0.6, 0.3, 3600.0)
    assert qa(*SCORE, "--out", "out", "--vad-threshold", "1.5", cwd=tmp_path).returncode == 2


def test_a_look_ahead_tells_what_is_left_and_writes_nothing(tmp_path):
    for n in range(3):
        store(tmp_path / "in" / f"{n}.json", id=f"c{n}", duration=1200)
    (tmp_path / "in" / "broken.json").write_text('{"utterances": [')
    look = (*SCORE, "--out", "out", "--jobs", "1", "--dry-run", "--json")
    told = json.loads(qa(*look, cwd=tmp_path).stdout)
    assert (told["recordings"], told["done"], told["todo"], told["unread"]) == (4, 0, 4, 1)
    assert 3600 <= told["audio_s"] <= 3700
    assert told["speed"] > 0
    assert told["left_s"] > told["start_s"]
    assert not (tmp_path / "out").exists()
    qa(*SCORE, "--out", "out", cwd=tmp_path)
    store(tmp_path / "in" / "new.json", id="new", duration=60)
    told = json.loads(qa(*look, cwd=tmp_path).stdout)
    assert (told["recordings"], told["done"], told["todo"], told["again"]) == (5, 3, 2, 1)
