"""The short forms of ``tests.soak.night`` and ``tests.soak.thousands``: runs are ended, and their nights come out whole."""

import subprocess
import sys
import time

import numpy as np

from tests.engines.small import RULES, score
from tests.engines.test_resume import files
from tests.soak.night import FAULTS, kill_night
from tests.soak.sounds import Studio, choose_format, write


def test_a_night_that_is_killed_comes_out_whole(tmp_path):
    few = {name: FAULTS[name] for name in ("broken", "killer")}  # test_local.py and test_supervise.py have the others
    told = kill_night(tmp_path, calls=12, kills=3, seed=3, patience_s=90.0, faults=few)
    assert told.ends.total() == 3
    assert told.recordings == 26


def test_a_run_that_is_killed_while_the_model_hears_leaves_the_bytes_of_one_that_was_not(tmp_path):
    (tmp_path / "in").mkdir()
    chance, studio = np.random.default_rng(5), Studio(samples=2)
    for number in range(16):
        call = studio.call(chance)
        kind = choose_format(call, chance)
        write(tmp_path / "in" / f"c{number:02d}.{kind.split('.')[-1]}", call.sound, call.rate, kind)
    command = [sys.executable, "-m", "qa_pipeline", "score", "in", "--out", "out", "--model", "demo", "--jobs", "1"]
    run = subprocess.Popen([*command, "--beam-size", "1", "--ruleset", RULES, "--quiet"], cwd=tmp_path)
    kept, until = tmp_path / "out" / "transcripts", time.monotonic() + 120
    while len(list(kept.glob("*/*.zst"))) < 3 and run.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    run.kill()
    assert run.wait() == -9
    left = 16 - len(list(kept.glob("*/*.zst")))
    assert 0 < left <= 13
    ask = {"model": "demo", "beam_size": 1, "jobs": 1}
    again = score(tmp_path / "in", out=tmp_path / "out", **ask)
    assert (again.calls, again.failed, again.reused + again.resumed) == (16, 0, 16 - left)
    score(tmp_path / "in", out=tmp_path / "whole", **ask)
    one, other = files(tmp_path / "out"), files(tmp_path / "whole")
    assert [name for name in one if one[name] != other[name]] == []
    assert one.keys() == other.keys()
