"""A scored folder behind a URL: what is fetched, what is left behind, and what a person is told when it cannot be."""

import json
import os
import urllib.request
from pathlib import Path

import pytest

from qa_pipeline.engines import local
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.journal import read_journal
from qa_pipeline.outputs.scored import JUDGED, opened, opened_corpus, opened_files, scored_folders, store_of
from tests.s3 import put, s3_server

pytest.importorskip("moto")


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A scored folder of one stored call, its transcript kept."""
    root = tmp_path_factory.mktemp("scored")
    said = [{"role": "agent", "start": 0, "end": 2, "text": "您好，请问有什么可以帮您"}]
    (root / "a.json").write_text(json.dumps({"id": "a", "duration": 5, "utterances": said}), encoding="utf-8")
    local.score([str(root)], out=str(root / "out"), jobs=1)
    return root / "out"


@pytest.fixture(scope="module")
def url(night):
    with s3_server("scored") as bucket:
        yield put(night, f"{bucket}/november/1120")


def names(folder):
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()}


def test_a_folder_of_this_machine_is_read_in_place(night):
    with opened(night) as scored, opened(f"file://{night}") as same:
        assert scored.folder == same.folder == night
        assert scored.store(()) == night / "transcripts"


def test_only_what_is_asked_for_is_fetched_and_nothing_stays(url, night):
    with opened(url, JUDGED) as scored:
        tables = {f"{table}/part-00000.parquet" for table in ("calls", "outcomes", "findings", "utterances")}
        assert names(scored.folder) == {"run.json", "journal/part-00000.jsonl"} | tables
        assert scored.folder.name == "1120"
        entries = read_journal(scored.folder).entries
        kept = scored.store(entries)
        assert names(kept) == names(night / "transcripts")
    assert not scored.folder.exists()


def test_transcripts_that_lie_here_already_are_not_fetched_again(url, tmp_path):
    with opened(url, JUDGED) as scored:
        entries = read_journal(scored.folder).entries
        (name,) = names(scored.store(entries, tmp_path))
        (tmp_path / name).write_text("mine")
        scored.store(entries, tmp_path)
    assert (tmp_path / name).read_text() == "mine"


def test_a_store_that_the_run_was_told_to_use(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"store": str(tmp_path / "gone")}))
    assert store_of(tmp_path) == tmp_path / "transcripts"
    (tmp_path / "gone").mkdir()
    assert store_of(tmp_path) == tmp_path / "gone"


def test_folders_of_scored_folders(url, night):
    parent = url.rsplit("/", 1)[0]
    assert scored_folders(parent) == scored_folders(url) == [url]
    assert scored_folders(night.parent) == [night]


def test_stored_transcripts_are_a_corpus_too(url, night):
    there = put(night.parent / "a.json", url.replace("november/1120", "stored/a.json"))
    with opened_corpus(there.rsplit("/", 1)[0]) as folder, opened_corpus(there) as file:
        assert names(folder.folder) == {"a.json"}
        assert file.folder.is_file()
    with opened_files(there.rsplit("/", 1)[0], ["a.json", "b.json"]) as some:
        assert names(some) == {"a.json"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda url: f"{url}-not", "1120-not: 没有这个文件夹 no such folder"),
        (lambda url: "s3://nowhere-at-all/x", "no such folder"),
        (lambda url: f"{url}/journal", "holds no scorecards"),
        (lambda url: "gopher://x/y", "^gopher://x/y: gopher:// is no kind of storage"),
    ],
)
def test_what_is_not_there_is_said_of_the_url(url, change, says):
    with pytest.raises(RequestError, match=says), opened(change(url)):
        pass


def test_what_a_reader_says_of_its_copy_is_said_of_the_url(url):
    with pytest.raises(RequestError, match=f"^{url}/calls cannot be read$"), opened(url) as scored:
        raise RequestError(f"{scored.folder}/calls cannot be read")


def test_a_store_that_refuses_and_no_key_at_all(url, monkeypatch):
    import s3fs

    with refused(), pytest.raises(RequestError, match="the store refuses this key"), opened(url):
        pass
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(RequestError, match="no credentials: set AWS_ACCESS_KEY_ID"), opened(url):
        pass
    s3fs.S3FileSystem.clear_instance_cache()


class refused:  # noqa: N801 - read as a sentence
    """moto checks keys, of which it has issued none, while the block runs."""

    def __enter__(self):
        self._after(b"0")

    def __exit__(self, *_):
        self._after(b"1e9")

    def _after(self, requests):
        asked = urllib.request.Request(
            f"{os.environ['AWS_ENDPOINT_URL']}/moto-api/reset-auth", requests, {"Content-Type": "text/plain"}
        )
        urllib.request.urlopen(asked).close()
