import json

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.folder import check_out, clear_out
from qa_pipeline.outputs.run_info import model_sha256, versions, write_run_info
from qa_pipeline.records import Recording


def test_a_new_folder_is_fine_and_not_made_by_looking(tmp_path):
    check_out(tmp_path / "a" / "b", overwrite=False)
    assert not (tmp_path / "a").exists()
    clear_out(tmp_path / "a" / "b", ())
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("status", ["finished", "running", "interrupted"])
def test_an_earlier_run_is_kept_unless_told(tmp_path, status):
    write_run_info(tmp_path, {"status": status, "written": ["rec-a.json", "../x.json"]})
    for name in ("calls/part-00000.parquet", "findings/.part-00001.parquet.tmp", "rec-a.json", "mine.txt", "x.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(RequestError, match=r"finished.*--overwrite"):
        check_out(tmp_path, overwrite=False)
    check_out(tmp_path, overwrite=True)
    clear_out(tmp_path, ())
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["mine.txt", "x.json"]


def test_what_is_not_ours_is_never_deleted(tmp_path):
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "recording.wav").touch()
    with pytest.raises(RequestError, match="not written by qa-pipeline"):
        check_out(tmp_path, overwrite=True)


def test_sources_are_not_deleted_for_their_own_output(tmp_path):
    write_run_info(tmp_path, {"status": "finished", "written": ["rec-a.json"]})
    path = str(tmp_path / "rec-a.json")
    with pytest.raises(RequestError, match="among the sources"):
        clear_out(tmp_path, [Recording("rec-a", path, path)])
    assert (tmp_path / "run.json").exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RequestError, match="is a file"):
        check_out(tmp_path / "file", overwrite=True)
    with pytest.raises(RequestError, match="cannot be written"):
        check_out(tmp_path / "file" / "below", overwrite=True)


def test_a_folder_that_refuses(tmp_path, monkeypatch):
    def refuse(**rest):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(RequestError, match="cannot be written: Permission denied"):
        check_out(tmp_path, overwrite=True)


def test_run_info_is_whole_and_readable(tmp_path):
    write_run_info(tmp_path, {"status": "running", "名": "录音"})
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["名"] == "录音"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_versions_and_digests(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"abc")
    assert model_sha256(str(tmp_path)).startswith("ba7816bf")
    assert model_sha256("large-v3") is None
    assert versions()["pyarrow"]
