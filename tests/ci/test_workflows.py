"""In a scratch repository, what docs/ci runs stops five bad edits, each with its line, and lets a good one pass."""

import json
import shutil

import pytest
import yaml

from tests.ci.scratch import github_commands, gitlab_script, hook_commands, repository, run
from tests.cli.run import ROOT

SET, CASES = "rulesets/hotline.yaml", "rulesets/cases/hotline.yaml"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return repository(tmp_path_factory.mktemp("base"))


@pytest.fixture
def folder(base, tmp_path):
    return shutil.copytree(base, tmp_path / "work")


def edit(folder, file, before, after):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return file, text[: text.index(before)].count("\n") + 1


BAD = {
    "a typo in an operator": (SET, "{dead_air: {", "{dead_aire: {", ("QA005", "dead_air"), 0),
    "a duplicate id": (SET, "id: says-not-our-job", "id: opening-names-unit", ("QA007", "opening-names-unit"), 0),
    "a phrase that swallows 不客气": (SET, "[不归我们管,", "[客气, 不归我们管,", ("QA301", "“不客气”"), 0),
    "a broken case": (CASES, "你找别的部门吧", "你找别的单位吧", ("QA601", "最像“你找别的部门”"), 1),
    "a weakened threshold": (SET, "{value: 20,", "{value: 24,", ("--max-grade-flips", "c01"), 2),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_edit_is_stopped_with_its_line(folder, name):
    file, before, after, says, stopped_by = BAD[name]
    file, line = edit(folder, file, before, after)
    ran = [run(command, folder) for command in github_commands()[: stopped_by + 1]]
    assert ran[stopped_by].returncode in (1, 2)
    assert not any(each.returncode for each in ran[:stopped_by])
    shown = ran[stopped_by].stdout
    annotations = [
        each for each in shown.splitlines() if each.startswith("::error") and f"file={file},line={line}," in each
    ]
    assert annotations, shown
    for said in says:
        assert said in shown


def good(folder):
    edit(folder, SET, "[不归我们管,", "[不归我们管, 我们管不着,")
    edit(folder, CASES, "    - 客服: 你找别的部门吧", "    - 客服: 你找别的部门吧\n    - 客服: 这个我们管不着")


def test_a_good_edit_passes(folder):
    good(folder)
    for command in github_commands():
        shown = run(command, folder)
        assert shown.returncode == 0, shown.stdout + shown.stderr
        assert "::error" not in shown.stdout
    comment = "".join(
        (folder / f"out/{name}.md").read_text(encoding="utf-8") for name in ("1-check", "2-test", "3-diff")
    )
    assert comment.count("### ✅") == 3
    assert json.loads((folder / "out/check.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_gitlab_runs_all_three_and_fails_where_one_does(folder):
    good(folder)
    assert run(gitlab_script(), folder).returncode == 0
    edit(folder, CASES, "你找别的部门吧", "你找别的单位吧")
    shown = run(gitlab_script(), folder)
    assert shown.returncode == 1
    assert CASES in (folder / "out/cases.xml").read_text(encoding="utf-8")
    assert (folder / "out/diff.md").is_file()


def test_the_hooks_run_as_they_are_written(folder):
    check, test = hook_commands()
    assert (run(check, folder).returncode, run(test, folder).returncode) == (0, 0)
    edit(folder, SET, "{dead_air: {", "{dead_aire: {")
    assert (run(check, folder).returncode, run(test, folder).returncode) == (2, 2)


def test_the_hooks_say_what_pre_commit_asks_for():
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")):
        assert {"id", "name", "entry", "language"} <= set(hook)
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
