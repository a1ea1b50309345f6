from tests.cli.run import qa
from tests.examples.nights import scored, stored

CALLS = ["s09-model-call", "s10-disastrous-call"]


def test_the_desk_sees_ids_reasons_and_what_to_open(tmp_path):
    transcripts = stored(tmp_path / "heard", CALLS)
    night = scored(tmp_path / "night", transcripts, CALLS)
    out = tmp_path / "pack"
    done = qa("examples", night, "-n", "2", "--out", out, "--transcripts", transcripts, "--format", "flac")
    assert done.returncode == 0, done.stderr
    for said in ("s09-model-call", "s10-disastrous-call", "处理得好", "反差", "audit.json", "index.html"):
        assert said in (done.stdout + done.stderr)
    assert (out / "index.html").is_file()
    again = qa("examples", night, "-n", "2", "--out", out)
    assert again.returncode == 2
    assert "--overwrite" in again.stderr


def test_a_wish_that_cannot_be_had_is_exit_code_2(tmp_path):
    night = scored(tmp_path / "night", stored(tmp_path / "heard", CALLS), CALLS)
    done = qa("examples", night, "--out", tmp_path / "pack", "--theme", "taboo-99", "-n", "2")
    assert done.returncode == 2
    assert "taboo-99" in (done.stdout + done.stderr)
    assert not (tmp_path / "pack").exists()


def test_a_folder_that_holds_no_scorecards(tmp_path):
    assert qa("examples", tmp_path, "--out", tmp_path / "pack").returncode == 2
