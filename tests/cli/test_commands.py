import json
import subprocess
import sys

import pytest

from qa_pipeline import __version__
from tests.cli.run import ROOT, environment, qa, qa_in_a_process, store

HEAVY = {"pyarrow", "pydantic", "faster_whisper", "ctranslate2", "av", "numpy", "jieba", "rich", "yaml"}


def test_help_names_every_command_and_imports_nothing_heavy():
    code = (
        "import sys\nfrom qa_pipeline.cli import main\nsys.argv = ['qa-pipeline', '--help']\n"
        f"try: main()\nexcept SystemExit as end: print(end.code, sorted({HEAVY!r} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert shown.stdout.splitlines()[-1] == "0 []"
    for command in ("score", "transcribe", "doctor", "--version"):
        assert command in shown.stdout


def test_version():
    assert qa("--version").stdout == f"qa-pipeline {__version__}\n"


def test_score_shows_a_table_and_exits_0(tmp_path):
    store(tmp_path / "录音 一.json")
    (tmp_path / "notes.txt").touch()
    shown = qa_in_a_process("score", ".", "--out", "out", cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    for line in ("通话 Calls            1", "失败 Failed           0", "Written to       out", "a recording (.txt)"):
        assert line in shown.stdout


def test_a_failed_recording_is_named_and_exits_1(tmp_path):
    store(tmp_path / "a.json")
    (tmp_path / "[red]b.json").write_text("{}")
    shown = qa("score", "a.json", "[red]b.json", "--out", "out", cwd=tmp_path)
    assert shown.returncode == 1
    assert "✗ [red]b.json: " in shown.stdout


def test_machines_get_json_or_silence(tmp_path):
    store(tmp_path / "-odd.json")
    shown = qa("score", "--json", "--out", "out", "--", "-odd.json", cwd=tmp_path)
    assert shown.returncode == 0
    summary = json.loads(shown.stdout)
    assert (summary["calls"], summary["status"], summary["demo_model"]) == (1, "finished", False)
    shown = qa("score", "./-odd.json", "--quiet", "--out", "out", "--overwrite", cwd=tmp_path)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.json", "--ruleset", "nosuch"], "nosuch"),
        (["b.json"], "there is no such file"),
        (["a.json", "--manifest", "none.csv"], "cannot be read"),
        (["a.json", "--beam-size", "0"], "--beam-size"),
        (["a.json", "--nosuch"], "No such option"),
    ],
)
def test_what_cannot_run_exits_2_without_a_traceback(tmp_path, arguments, message):
    store(tmp_path / "a.json")
    shown = qa("score", *arguments, "--out", "out", cwd=tmp_path)
    assert shown.returncode == 2
    assert message in shown.stderr
    assert "Traceback" not in shown.stderr
    assert not (tmp_path / "out").exists()


def test_debugging_shows_the_traceback(tmp_path):
    ask = ("score", "none.wav", "--out", "out")
    shown = qa_in_a_process(*ask, cwd=tmp_path, QA_PIPELINE_DEBUG="1")
    assert "Traceback" in shown.stderr
    plain = qa_in_a_process(*ask, cwd=tmp_path)
    assert (plain.returncode, "Traceback" in plain.stderr) == (2, False)


def test_transcribe_writes_what_score_reads(tmp_path):
    store(tmp_path / "a.json", id="c1", team="一组")
    assert qa("transcribe", "a.json", "--out", "stored", "-q", cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "stored" / "c1.json").read_text())["team"] == "一组"
    assert qa("score", "stored", "--out", "out", "-q", cwd=tmp_path).returncode == 0


def test_doctor_examines_the_machine(tmp_path):
    shown = qa("doctor", "--model", "demo", "--json", cwd=tmp_path)
    checks = json.loads(shown.stdout)
    assert {"name", "ok", "found", "advice"} <= set(checks[0])
    assert shown.returncode == (1 if any(check["ok"] is False for check in checks) else 0)
