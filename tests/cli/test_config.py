"""``qa-pipeline.toml``: the same names as on the command line, which goes before it."""

import json

import pytest

from tests.cli.run import qa, store


@pytest.fixture
def folder(tmp_path):
    store(tmp_path / "calls" / "c1.json", id="c1")
    return tmp_path


def config(folder, text, name="qa-pipeline.toml"):
    (folder / name).write_text(text, encoding="utf-8")


def options_of(folder, *arguments, **more):
    ran = qa("score", "calls", "--out", "out", "--overwrite", *arguments, cwd=folder, **more)
    assert ran.returncode == 0, ran.stderr
    return json.loads((folder / "out" / "run.json").read_text(encoding="utf-8"))["options"]


def test_what_the_file_says_holds_until_the_command_line_says_otherwise(folder):
    config(folder, 'beam-size = 2\n\n[score]\nruleset = "complaint-clear"\nquiet = true\n')
    options = options_of(folder)
    assert (options["beam_size"], options["ruleset"]) == (2, "complaint-clear")
    assert options_of(folder, "--ruleset", "hotline")["ruleset"] == "hotline"


def test_a_command_goes_before_what_holds_for_all(folder):
    config(folder, "beam-size = 2\n[score]\nbeam-size = 3\n[transcribe]\nbeam-size = 4\n")
    assert options_of(folder)["beam_size"] == 3


def test_the_file_may_lie_elsewhere(folder):
    config(folder, "beam-size = 2\n")
    config(folder, "beam-size = 7\n", "night.toml")
    ran = qa("--config", "night.toml", "score", "calls", "--out", "out", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    assert json.loads((folder / "out" / "run.json").read_text(encoding="utf-8"))["options"]["beam_size"] == 7


def test_sources_and_groups_below_groups_are_options_too(folder):
    config(folder, '[score]\nsources = ["calls"]\nout = "elsewhere"\n[rules.list]\n')
    assert qa("score", cwd=folder).returncode == 0
    assert (folder / "elsewhere" / "run.json").is_file()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[score]\nbatch-siz = 3\n", ["qa-pipeline.toml:2:1", "batch-siz", "did you mean: batch-size"]),
        ("quiett = true\n", ["qa-pipeline.toml:1:1", "quiett", "quiet"]),
        ("[scor]\nbatch-size = 3\n", ["qa-pipeline.toml:1:1", "scor", "score"]),
        ("score = 3\n", ["qa-pipeline.toml:1:1", "[score]"]),
        ("[rules.diff]\nnew-veto = true\n", ["qa-pipeline.toml:2:1", "[rules.diff]", "no-new-veto"]),
        ('\n[score]\nruleset = ["a", "b"]\n', ["qa-pipeline.toml:3:1", "ruleset"]),
        ("[score\n", ["qa-pipeline.toml", "TOML"]),
    ],
)
def test_what_is_wrong_is_said_with_its_line(folder, text, said):
    config(folder, text)
    ran = qa("score", "calls", "--out", "out", cwd=folder)
    assert ran.returncode == 2
    for words in said:
        assert words in ran.stderr
    assert not (folder / "out").exists()


def test_a_value_of_the_wrong_kind_is_refused_as_on_the_command_line(folder):
    config(folder, '[score]\njobs = "many"\n')
    ran = qa("score", "calls", "--out", "out", cwd=folder)
    assert ran.returncode == 2
    assert "--jobs" in ran.stderr


def test_a_file_that_is_named_must_be_there(folder):
    ran = qa("--config", "gone.toml", "score", "calls", "--out", "out", cwd=folder)
    assert (ran.returncode, "gone.toml" in ran.stderr) == (2, True)
