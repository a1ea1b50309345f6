"""Recordings that land in a folder while it is watched."""

import os
import time
from pathlib import Path

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.sources.spool import Spool
from tests.s3 import s3_server


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def spool(tmp_path, clock):
    return Spool([str(tmp_path)], 5.0, clock)


def names(paths):
    return [Path(path).name for path in paths]


def after(clock, spool, seconds):
    clock.now += seconds
    return names(spool.look())


def test_what_grows_has_not_settled(tmp_path, clock, spool):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF")
    assert after(clock, spool, 0) == []
    assert after(clock, spool, 4) == []
    with path.open("ab") as file:
        file.write(b"more")
    assert after(clock, spool, 4) == []
    assert spool.waiting == 1
    assert after(clock, spool, 4) == []
    assert after(clock, spool, 1) == ["a.wav"]
    assert after(clock, spool, 99) == []


def test_written_over_in_place_counts_as_growing(tmp_path, clock, spool):
    path = tmp_path / "a.wav"
    path.write_bytes(b"0" * 100)
    after(clock, spool, 0)
    time.sleep(0.02)
    path.write_bytes(b"1" * 100)
    assert after(clock, spool, 6) == []
    assert after(clock, spool, 6) == ["a.wav"]


@pytest.mark.skipif(os.name != "posix", reason="no change time")
def test_what_is_renamed_into_place_is_whole(tmp_path, clock, spool):
    making = tmp_path / "a.wav.part"
    making.write_bytes(b"RIFF")
    long_ago = time.time() - 60
    os.utime(making, (long_ago, long_ago))
    assert after(clock, spool, 99) == []
    making.rename(tmp_path / "a.wav")
    assert after(clock, spool, 0) == []
    assert after(clock, spool, 0.1) == ["a.wav"]


def test_hidden_foreign_and_half_named_files_are_not_looked_at(tmp_path, clock, spool):
    for name in (".a.wav", "a.wav.filepart", "notes.txt", "b.wav~"):
        (tmp_path / name).write_bytes(b"RIFF")
    after(clock, spool, 0)
    assert after(clock, spool, 99) == []
    assert spool.waiting == 0


def test_an_empty_file_is_waited_for_longer(tmp_path, clock, spool):
    (tmp_path / "a.wav").touch()
    after(clock, spool, 0)
    assert after(clock, spool, 59) == []
    assert after(clock, spool, 1) == ["a.wav"]


def test_what_is_deleted_and_lands_anew_in_a_folder_below(tmp_path, clock, spool):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    after(clock, spool, 0)
    (tmp_path / "a.wav").unlink()
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "b.wav").write_bytes(b"RIFF")
    assert after(clock, spool, 9) == []
    assert after(clock, spool, 5) == ["b.wav"]


def test_a_recording_that_changes_after_it_was_given_is_told_and_not_given_again(tmp_path, clock, spool):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF")
    after(clock, spool, 0)
    assert after(clock, spool, 5) == ["a.wav"]
    assert not spool.changed
    path.write_bytes(b"RIFF, and the rest of the call")
    after(clock, spool, 5)
    assert after(clock, spool, 99) == []
    assert names(spool.changed) == ["a.wav"]


def test_a_file_or_nothing_cannot_be_watched(tmp_path):
    (tmp_path / "a.wav").touch()
    for wrong in ("a.wav", "gone"):
        with pytest.raises(RequestError, match="folders and prefixes"):
            Spool([str(tmp_path / wrong)], 5.0)


def test_an_object_is_whole_when_it_appears(clock):
    pytest.importorskip("moto")
    with s3_server() as url:
        import s3fs

        spool = Spool([f"{url}/in"], 5.0, clock)
        assert spool.look() == []
        s3fs.S3FileSystem().pipe_file(f"{url}/in/a.wav", b"RIFF")
        assert spool.look() == [f"{url}/in/a.wav"]
        s3fs.S3FileSystem().pipe_file(f"{url}/in/b.wav", b"RIFF")
        assert spool.look() == [f"{url}/in/b.wav"]
