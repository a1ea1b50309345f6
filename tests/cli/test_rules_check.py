"""``rules check``, ``rules new``, ``rules test --watch`` and ``--format``: what they print, and how they exit."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.run import environment, qa

EVERYTHING = """
import json
from pathlib import Path
from tests.cli.run import qa

forms = ("json", "sarif", "junit", "markdown")
said = [qa("rules", command, ".", "-f", form, cwd=Path.cwd()) for command in ("check", "test") for form in forms]
assert all(each.stdout for each in said)
print(json.dumps([each.stdout for each in said]))
"""


@pytest.fixture
def folder(tmp_path):
    assert qa("rules", "new", "mine", cwd=tmp_path).returncode == 0
    return tmp_path


def edit(path, before, after):
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_what_new_writes_passes_check_and_covers_itself(folder):
    shown = qa("rules", "check", "mine.yaml", "--strict", cwd=folder)
    assert (shown.returncode, shown.stderr) == (0, "")
    floors = [f"--fail-under={kind}=100" for kind in ("fires", "silent", "excuses", "phrases")]
    assert qa("rules", "test", "mine.yaml", *floors, cwd=folder).returncode == 0
    assert json.loads((folder / "cases.schema.json").read_text(encoding="utf-8"))["type"] == "array"


def test_new_overwrites_nothing_and_wants_an_id(folder):
    before = (folder / "mine.yaml").read_bytes()
    assert qa("rules", "new", "mine", cwd=folder).returncode == 2
    assert (folder / "mine.yaml").read_bytes() == before
    assert qa("rules", "new", "../mine", cwd=folder).returncode == 2
    assert qa("rules", "new", "other", cwd=folder).stdout.split() == ["other.yaml", "cases/other.yaml"]


def test_exit_codes_of_check(folder):
    mine = folder / "mine.yaml"
    edit(mine, "source: 本单位的服务规范 等候\n", "source: ''\n")
    shown = qa("rules", "check", ".", cwd=folder)
    assert (shown.returncode, "提醒 warning QA103 [long-silence]" in shown.stdout) == (0, True)
    assert qa("rules", "check", ".", "--strict", cwd=folder).returncode == 1
    edit(mine, "[不归我们管,", "[客气, 不归我们管,")
    assert qa("rules", "check", "cases/mine.yaml", cwd=folder).returncode == 1
    edit(mine, "ruleset:", "rule set:")
    shown = qa("rules", "check", "mine.yaml", cwd=folder)
    assert shown.returncode == 2
    assert "mine.yaml:5:1: 错误 error QA003 不认识的键 unknown key 'rule set'" in shown.stdout
    assert qa("rules", "check", "nowhere.yaml", cwd=folder).returncode == 2


def test_several_formats_in_one_run(folder):
    shown = qa(
        "rules", "check", ".", "-f", "json", "-f", "sarif=out/check.sarif", "-f", "junit=out/check.xml", cwd=folder
    )
    assert json.loads(shown.stdout)["command"] == "rules check"
    assert json.loads((folder / "out/check.sarif").read_text(encoding="utf-8"))["runs"][0]["results"] == []
    assert '<testcase classname="rules check" name="mine.yaml"' in (folder / "out/check.xml").read_text(
        encoding="utf-8"
    )
    tested = json.loads(qa("rules", "test", ".", "-f", "json", cwd=folder).stdout)
    assert tested["sets"][0]["counts"]["passed"] == 9
    assert tested["coverage"]["phrases"]["missing"] == []
    for wrong in (("-f", "serif"), ("-f", "json", "-f", "text")):
        assert qa("rules", "check", ".", *wrong, cwd=folder).returncode == 2


def test_the_same_set_gives_the_same_bytes(folder):
    edit(folder / "mine.yaml", "[不归我们管,", "[客气, 客气！, 不归我们管,")
    said = [
        subprocess.run(
            [sys.executable, "-c", EVERYTHING],
            cwd=folder,
            env=environment(PYTHONHASHSEED=seed),
            capture_output=True,
            check=True,
        )
        for seed in "13"
    ]
    assert said[0].stdout == said[1].stdout
    assert len(json.loads(said[0].stdout)) == 8


def test_explain(folder):
    assert "客气" in qa("rules", "check", "--explain", "QA301").stdout
    assert qa("rules", "check", "--explain", "QA999").returncode == 2


def test_uncovered_phrases_are_listed(folder):
    edit(folder / "mine.yaml", "[不归我们管,", "[我们管不着, 不归我们管,")
    assert "says-not-our-job 我们管不着" in qa("rules", "test", ".", "--uncovered", cwd=folder).stdout
    shown = qa("rules", "test", ".", "--fail-under", "phrases=90", cwd=folder)
    assert (shown.returncode, "4/5 (80%)，要求 wanted 90%" in shown.stdout) == (1, True)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a signal")
def test_watch_runs_again_at_a_change(folder):
    out, command = (
        folder / "watched.txt",
        [sys.executable, "-m", "qa_pipeline", "rules", "test", "mine.yaml", "--watch"],
    )
    with out.open("w") as log:
        watching = subprocess.Popen(command, cwd=folder, env=environment(), stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(out, "waiting for a change", 1)
        edit(folder / "cases/mine.yaml", "你找别的部门吧", "你找别的单位吧")
        wait_for(out, "waiting for a change", 2)
        edit(folder / "mine.yaml", "ruleset:", "rule set:")
        wait_for(out, "waiting for a change", 3)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(120) == 130
    finally:
        with suppress(ProcessLookupError):
            watching.kill()
    shown = out.read_text(encoding="utf-8")
    assert "1 失败 failed" in shown
    assert "unknown key 'rule set'" in shown


def wait_for(path: Path, said: str, times: int) -> None:
    for _ in range(1200):
        if path.read_text(encoding="utf-8").count(said) >= times:
            return
        time.sleep(0.1)
    raise AssertionError(path.read_text(encoding="utf-8"))
