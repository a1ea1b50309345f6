"""``pytest rulesets/`` runs the cases."""

import subprocess
import sys

from tests.cli.run import environment, qa


def pytest_in(folder, *arguments):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:qa-pipeline",
        "-p",
        "qa_pipeline.pytest_plugin",
        "-rA",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def test_cases_pass_fail_and_are_expected_to(tmp_path):
    assert qa("rules", "new", "mine", "--out", "rulesets", cwd=tmp_path).returncode == 0
    cases = tmp_path / "rulesets/cases/mine.yaml"
    text = cases.read_text(encoding="utf-8")
    cases.write_text(
        text.replace("- 客服: 你找别的部门吧", "- 客服: 你找别的单位吧\n    - {客服: 找别人, todo: 说法还没有收}"),
        encoding="utf-8",
    )
    (tmp_path / "rulesets/other.yaml").write_text("kind: something else\n")
    shown = pytest_in(tmp_path, "rulesets")
    assert shown.returncode == 1
    assert "8 passed" in shown.stdout
    assert "1 failed" in shown.stdout
    assert "1 xfailed" in shown.stdout
    for said in ("says-not-our-job:fires:mine.yaml:13", "最接近 nearest", "应为 expected 要报 fires"):
        assert said in shown.stdout
    assert "Traceback" not in shown.stdout
    named = pytest_in(tmp_path, "rulesets/cases/mine.yaml")
    assert "8 passed" in named.stdout


def test_a_fault_is_an_error_of_collection_with_its_line(tmp_path):
    (tmp_path / "mine.yaml").write_text('ruleset: mine\nversion: "1"\ncolour: red\n')
    shown = pytest_in(tmp_path, ".")
    assert shown.returncode != 0
    assert "mine.yaml:3:1: 不认识的键 unknown key 'colour'" in shown.stdout
