"""What a person at a terminal sees, and what Ctrl-C does there."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.cli.run import environment, store
from tests.engines.small import RULES

pty = pytest.importorskip("pty")


def at_terminal(*arguments, cwd, **more):
    """The exit code, and everything that the command wrote to a terminal."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "qa_pipeline", *map(str, arguments)]
    env = environment(TERM="xterm", **more)
    with subprocess.Popen(command, cwd=cwd, env=env, stdout=follower, stderr=follower) as run:
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
    os.close(leader)
    return run.returncode, shown.decode()


def test_errors_are_red_unless_told_otherwise(tmp_path):
    code, shown = at_terminal("score", "none.wav", "--out", "out", cwd=tmp_path)
    assert (code, "\x1b[31m" in shown) == (2, True)
    code, shown = at_terminal("score", "none.wav", "--out", "out", cwd=tmp_path, NO_COLOR="1")
    assert (code, re.findall(r"\x1b\[(?:\d+;)*[349]\d+(?:;\d+)*m", shown)) == (2, [])


def test_a_bar_and_a_table(tmp_path):
    store(tmp_path / "一.json")
    code, shown = at_terminal("score", "一.json", "--ruleset", RULES, "--out", "out", cwd=tmp_path)
    assert code == 0
    assert "ETA" in shown
    assert "通话 Calls" in shown


def rows_in(out):
    """How many calls can be read by now; a run begins with a part that has none."""
    return sum(pq.read_metadata(path).num_rows for path in out.glob("calls/part-*.parquet"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_what_is_done_readable(tmp_path, number):
    """A terminal sends Ctrl-C to the workers too."""
    for n in range(2500):
        store(tmp_path / "in" / f"{n}.json", id=f"c{n}")
    command = [sys.executable, "-m", "qa_pipeline", "score", "in", "--out", "out", "--jobs", "2"]
    rest = {"cwd": tmp_path, "env": environment(), "stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    with subprocess.Popen(command, start_new_session=True, **rest) as run:
        while run.poll() is None and not rows_in(tmp_path / "out"):
            time.sleep(0.02)
        os.killpg(run.pid, number)
        told = run.stderr.read().decode()
    assert run.returncode == 130, told
    assert "Traceback" not in told
    info = json.loads((tmp_path / "out" / "run.json").read_text())
    ids = duckdb.sql(f"select distinct recording_id from '{tmp_path}/out/calls/*.parquet'").fetchall()
    assert info["status"] == "interrupted"
    assert 64 <= len(ids) == info["summary"]["calls"] < 2500
    assert not list((tmp_path / "out").rglob(".*.tmp"))


def test_a_reader_that_goes_away_is_no_traceback(tmp_path):
    store(tmp_path / "a.json")
    command = f"{sys.executable} -m qa_pipeline score a.json --ruleset {RULES} --out out | true"
    shown = subprocess.run(command, shell=True, cwd=tmp_path, env=environment(), capture_output=True, check=False)
    assert b"Traceback" not in shown.stderr
