"""An output folder behind a URL: what lies there at any moment can be read and resumed."""

import pytest

from qa_pipeline.outputs.mirror import Mirror
from tests.s3 import s3_server

pytest.importorskip("moto")


@pytest.fixture(scope="module")
def server():
    with s3_server() as url:
        yield url


@pytest.fixture
def night(server, request):
    return f"{server}/{abs(hash(request.node.name))}/out"


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def there(url):
    import s3fs

    system = s3fs.S3FileSystem()
    system.invalidate_cache()
    return {found.removeprefix(url.removeprefix("s3://") + "/"): system.cat_file(found) for found in system.find(url)}


def write(folder, **content):
    for name, text in content.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def begun(mirror):
    folder = mirror.open()
    write(folder, calls__part_DOT_x="no part", **{"calls/part-0.parquet": "c0", "utterances/part-0.parquet": "u0"})
    write(folder, **{"journal/part-0.jsonl": "one\n", "run.json": "{}", "calls/.part-1.parquet.77.tmp": "half"})
    return folder


def test_what_a_run_writes_lies_there_and_nothing_else(night, tmp_path):
    mirror = Mirror(night, tmp_path)
    folder = begun(mirror)
    write(folder, **{"notes.txt": "mine", "transcripts/ab/abc.json.zst": "words", "transcripts/ab/.x.9.tmp": "wo"})
    assert mirror.push() == 5
    (folder / "transcripts/ab/abc.json.zst").unlink()
    assert mirror.push() == 1
    assert set(there(night)) == {
        "calls/part-0.parquet",
        "utterances/part-0.parquet",
        "journal/part-0.jsonl",
        "run.json",
    }
    assert mirror.push() == 0
    write(folder, **{"journal/part-0.jsonl": "one\ntwo\n", "calls/part-1.parquet": "c1"})
    (folder / "utterances" / "part-0.parquet").unlink()
    assert mirror.push() == 3
    assert set(there(night)) == {"calls/part-0.parquet", "calls/part-1.parquet", "journal/part-0.jsonl", "run.json"}
    assert there(night)["journal/part-0.jsonl"] == b"one\ntwo\n"


def test_another_machine_goes_on_from_what_lies_there(night, tmp_path):
    first = Mirror(night, tmp_path / "first")
    begun(first)
    first.push()
    second = Mirror(night, tmp_path / "second")
    folder = second.open()
    assert files(folder) == there(night)
    write(folder, **{"journal/part-0.jsonl": "one\ntwo\n", "calls/part-1.parquet": "c1"})
    assert second.push() == 2
    write(first.folder, **{"calls/part-9.parquet": "what the store never saw"})
    again = Mirror(night, tmp_path / "first").open()
    assert files(again) == there(night)  # the store's word counts: the other machine went on


def test_this_machine_goes_on_from_what_it_could_not_put(night, tmp_path, monkeypatch):
    begun(Mirror(night, tmp_path))  # killed before anything was put
    mirror = Mirror(night, tmp_path)
    folder = mirror.open()
    assert (folder / "calls" / "part-0.parquet").read_text() == "c0"
    mirror.push()
    write(folder, **{"journal/part-0.jsonl": "one\ntwo\n", "calls/part-1.parquet": "c1", "run.json": '{"more": 1}'})
    monkeypatch.setattr(Mirror, "_write_state", lambda self: None)  # killed after the puts and before they were noted
    mirror.push()
    monkeypatch.undo()
    write(folder, **{"journal/part-0.jsonl": "one\ntwo\nthree\n", "calls/part-1.parquet": "c1 and c2"})
    again = Mirror(night, tmp_path)
    assert (again.open() / "calls" / "part-1.parquet").read_text() == "c1 and c2"
    again.push()
    assert there(night)["calls/part-1.parquet"] == b"c1 and c2"


def test_what_was_deleted_there_is_gone(night, tmp_path):
    import s3fs

    mirror = Mirror(night, tmp_path)
    begun(mirror)
    mirror.push()
    s3fs.S3FileSystem().rm(night, recursive=True)
    assert files(Mirror(night, tmp_path).open()) == {}


def test_other_objects_below_the_prefix_are_let_alone(night, tmp_path):
    import s3fs

    s3fs.S3FileSystem().pipe_file(f"{night}/a.wav", b"RIFF")
    mirror = Mirror(night, tmp_path)
    folder = mirror.open()
    assert files(folder) == {}
    begun(mirror)
    mirror.push()
    for path in (path for path in folder.rglob("*") if path.is_file()):
        path.unlink()
    mirror.push()
    assert set(there(night)) == {"a.wav"}


def test_the_journal_is_put_after_what_it_speaks_of(night, tmp_path, monkeypatch):
    mirror = Mirror(night, tmp_path)
    folder = begun(mirror)
    order, put = [], Mirror._write

    def grows_meanwhile(self, name, content):
        order.append(name)
        if name == "utterances/part-0.parquet":  # the run goes on while files are put
            write(folder, **{"calls/part-1.parquet": "c1", "journal/part-0.jsonl": "one\nspeaks of part-1\n"})
        put(self, name, content)

    monkeypatch.setattr(Mirror, "_write", grows_meanwhile)
    mirror.push()
    assert order == ["utterances/part-0.parquet", "calls/part-0.parquet", "journal/part-0.jsonl", "run.json"]
    assert there(night)["journal/part-0.jsonl"] == b"one\n"
    mirror.push()
    assert there(night)["journal/part-0.jsonl"] == b"one\nspeaks of part-1\n"


def test_a_store_that_renames_gets_whole_files_too(tmp_path):
    url = f"memory://{tmp_path.name}/out"
    mirror = Mirror(url, tmp_path / "work")
    begun(mirror)
    mirror.push()
    found = files(Mirror(url, tmp_path / "other").open())
    assert found == {name: content for name, content in files(mirror.folder).items() if name in found}
    assert len(found) == 4


def test_a_server_that_is_not_there_is_an_os_error(night, tmp_path, monkeypatch):
    mirror = Mirror(night, tmp_path)
    begun(mirror)
    monkeypatch.setattr(mirror._system, "pipe_file", refused)
    with pytest.raises(OSError, match="refused"):
        mirror.push()
    monkeypatch.undo()
    assert mirror.push() == 4


def refused(*_):
    raise ConnectionRefusedError("refused")
