"""Runs that write behind a URL, before a store that refuses for a while."""

import os
import time
from urllib.parse import urlsplit

import pytest

from qa_pipeline.engines import mirrored as module
from qa_pipeline.engines.mirrored import mirrored
from qa_pipeline.errors import RequestError
from tests.refusing import door
from tests.s3 import s3_server

pytest.importorskip("moto")


@pytest.fixture(scope="module")
def server():
    with s3_server() as url:
        yield url


@pytest.fixture
def store(server, monkeypatch):
    """A door before the store, through which this test goes, and the way round it."""
    import s3fs

    direct = os.environ["AWS_ENDPOINT_URL"]
    with door(urlsplit(direct).port) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{made.here}")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        monkeypatch.setattr(module, "_EVERY_S", 0.1)
        monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
        s3fs.S3FileSystem.clear_instance_cache()
        made.round_it = s3fs.S3FileSystem(endpoint_url=direct)
        yield made
    s3fs.S3FileSystem.clear_instance_cache()


def there(store, url):
    store.round_it.invalidate_cache()
    return {name.rsplit("/", 1)[1] for name in store.round_it.find(url)}


def until(true, within_s=60.0):
    end = time.monotonic() + within_s
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def test_a_folder_of_this_machine_is_itself(tmp_path):
    with mirrored(tmp_path / "out") as folder:
        assert folder == tmp_path / "out"
    with mirrored(f"file://{tmp_path}/o%20ut") as folder:
        assert folder == tmp_path / "o ut"


def test_what_is_written_while_the_store_refuses_is_there_when_it_answers(store, server, tmp_path):
    told = []
    with mirrored(f"{server}/a", tmp_path, told.append) as folder:
        (folder / "run.json").write_text("{}")
        assert until(lambda: there(store, f"{server}/a") == {"run.json"})
        store.shut()
        (folder / "calls").mkdir()
        (folder / "calls" / "part-0.parquet").write_text("rows")
        assert until(lambda: told)
        store.open = True
        assert until(lambda: there(store, f"{server}/a") == {"run.json", "part-0.parquet"})
        (folder / "a.json").write_text("part-0\n")
    assert there(store, f"{server}/a") == {"run.json", "part-0.parquet", "a.json"}
    assert len(told) == 1
    assert "refuses" in told[0]


def test_a_store_that_never_answers_again_loses_nothing(store, server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE_S", 0.0)
    with pytest.raises(RequestError, match="does not take what is left"), mirrored(f"{server}/b", tmp_path) as folder:
        store.shut()
        (folder / "a.json").write_text("one\n")
    with pytest.raises(RequestError, match="cannot be read"), mirrored(f"{server}/b", tmp_path):
        pass
    store.open = True
    with mirrored(f"{server}/b", tmp_path) as folder:
        assert (folder / "a.json").read_text() == "one\n"
    assert there(store, f"{server}/b") == {"a.json"}


def test_two_runs_do_not_write_into_one_place(store, server, tmp_path):
    with (
        mirrored(f"{server}/c", tmp_path),
        pytest.raises(RequestError, match="Another run"),
        mirrored(f"{server}/c", tmp_path),
    ):
        pass
