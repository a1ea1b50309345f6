import json

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.folder import check_out, clear_out, only_us, sweep_out, unknown_run
from qa_pipeline.outputs.journal import Entry, write_journal
from qa_pipeline.outputs.run_info import model_sha256, versions, write_run_info
from qa_pipeline.outputs.tally import Counted
from qa_pipeline.records import Recording


def entry(name):
    return Entry(Recording(name, f"/calls/{name}.wav", f"/calls/{name}.wav"), Counted(name, name))


def transcribed(out):
    """What ``transcribe`` leaves, and a file of somebody else."""
    write_run_info(out, {"status": "finished", "request": {}})
    write_journal(out, 0, {"command": "transcribe"}, [entry("rec-a"), entry("../x")])
    for name in ("rec-a.json", "mine.txt", "x.json", "transcripts/ab/abc.json.zst"):
        (out / name).parent.mkdir(exist_ok=True, parents=True)
        (out / name).touch()


def test_a_new_folder_is_fine_and_not_made_by_looking(tmp_path):
    check_out(tmp_path / "a" / "b")
    assert unknown_run(tmp_path / "a" / "b") is None
    assert not (tmp_path / "a").exists()
    clear_out(tmp_path / "a" / "b", ())
    assert (tmp_path / "a" / "b").is_dir()


def test_clearing_takes_what_a_run_wrote_and_nothing_else(tmp_path):
    transcribed(tmp_path)
    for name in ("calls/part-00000.parquet", "findings/.part-00001.parquet.7.tmp"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    check_out(tmp_path)
    assert unknown_run(tmp_path) is None
    clear_out(tmp_path, ())
    left = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["abc.json.zst", "mine.txt", "x.json"]


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ('{"status": "finished"}', "another kind or version"),
        ("[]", "not ours"),
        ("{", "not ours"),
        (None, "the parts of"),
    ],
)
def test_what_no_journal_explains_is_not_gone_on_with(tmp_path, info, message):
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "part-00000.parquet").touch()
    if info is not None:
        (tmp_path / "run.json").write_text(info)
    assert message in unknown_run(tmp_path)
    write_run_info(tmp_path, {"status": "running", "request": {}})
    assert unknown_run(tmp_path) is None


def test_sweeping_takes_what_a_killed_run_left(tmp_path):
    write_journal(tmp_path, 0, {}, [])
    for name in (
        "calls/part-00000.parquet",
        "calls/part-00001.parquet",
        "calls/.part-00000.parquet.9.tmp",
        ".run.json.9.tmp",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    sweep_out(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "part-00000.jsonl",
        "part-00000.parquet",
    ]


def test_two_runs_never_write_into_one_folder(tmp_path):
    with only_us(tmp_path), pytest.raises(RequestError, match="Another run is writing"), only_us(tmp_path):
        pass
    with only_us(tmp_path):
        pass


def test_what_is_not_ours_is_never_deleted(tmp_path):
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "recording.wav").touch()
    with pytest.raises(RequestError, match="not written by qa-pipeline"):
        check_out(tmp_path)


def test_sources_are_not_deleted_for_their_own_output(tmp_path):
    transcribed(tmp_path)
    path = str(tmp_path / "rec-a.json")
    with pytest.raises(RequestError, match="among the sources"):
        clear_out(tmp_path, [Recording("rec-a", path, path)])
    assert (tmp_path / "run.json").exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RequestError, match="is a file"):
        check_out(tmp_path / "file")
    with pytest.raises(RequestError, match="cannot be written"):
        check_out(tmp_path / "file" / "below")


def test_a_folder_that_refuses(tmp_path, monkeypatch):
    def refuse(**rest):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(RequestError, match="cannot be written: Permission denied"):
        check_out(tmp_path)


def test_run_info_is_whole_and_readable(tmp_path):
    write_run_info(tmp_path, {"status": "running", "名": "录音"})
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["名"] == "录音"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_versions_and_digests(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"abc")
    assert model_sha256(str(tmp_path)).startswith("ba7816bf")
    assert model_sha256("large-v3") is None
    assert versions()["pyarrow"]
