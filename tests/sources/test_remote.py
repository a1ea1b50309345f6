"""Recordings behind URLs: found by the same rules as on disk, on a real S3 server and in fsspec's memory."""

import io
import json
import wave

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qa_pipeline.audio.decode import decode
from qa_pipeline.audio.probe import probe
from qa_pipeline.errors import RecordingError, RequestError
from qa_pipeline.sources.find import find_recordings
from qa_pipeline.sources.manifest import ManifestError, read_manifest
from qa_pipeline.sources.problems import NO_OBJECT
from qa_pipeline.storage import is_url, open_binary
from qa_pipeline.transcribe.stored import read_stored
from tests.s3 import s3_server

STORED = {"id": "call-1", "duration": 3.0, "utterances": [{"role": "agent", "start": 0, "end": 1, "text": "您好"}]}


def wav(seconds: float = 0.5) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(seconds * 8000) * 4))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def server():
    with s3_server() as bucket:
        yield bucket


@pytest.fixture(params=["s3", "memory"])
def night(request, tmp_path):
    """A prefix with a night in it, on S3 and in memory."""
    base = request.getfixturevalue("server") if request.param == "s3" else "memory://nights"
    prefix = f"{base}/{tmp_path.name}"
    put(f"{prefix}/a.wav", wav())
    put(f"{prefix}/deep/b.WAV", wav(1.0))
    put(f"{prefix}/deep/call.json", json.dumps(STORED).encode())
    put(f"{prefix}/deep/other.json", b"{}")
    put(f"{prefix}/notes.txt", b"x")
    put(f"{prefix}/.hidden/c.wav", wav())
    put(f"{prefix}/out/run.json", b"{}")
    put(f"{prefix}/out/calls/part-0.parquet", b"PAR1")
    put(f"{prefix}/out/transcripts/call.json", json.dumps(STORED).encode())
    return prefix


def put(url: str, content: bytes) -> None:
    with fsspec.open(url, "wb") as file:
        file.write(content)


def names(found, prefix):
    return [recording.path.removeprefix(f"{prefix}/") for recording in found.recordings]


def test_a_prefix_is_a_folder(night):
    found = find_recordings([f"{night}/"])
    assert names(found, night) == ["a.wav", "deep/b.WAV", "deep/call.json"]
    assert found.skipped == {
        "JSON that is no stored transcript": 1, "hidden": 1, "not a recording (.txt)": 1, "written by qa-pipeline": 3,
    }  # fmt: skip
    assert [recording.problem for recording in found.recordings] == [None] * 3
    assert found.recordings[2].recording_id == "call-1"
    assert all(is_url(recording.path) for recording in found.recordings)


def test_patterns_and_objects_may_be_named(night):
    assert names(find_recordings([f"{night}/*.wav", f"{night}/deep/b.WAV"]), night) == ["a.wav", "deep/b.WAV"]
    assert names(find_recordings([f"{night}/**/*.WAV"]), night) == ["deep/b.WAV"]


def test_a_named_object_that_is_not_there_is_a_recording_with_a_problem(night):
    found = find_recordings([f"{night}/a.wav", f"{night}/gone.wav"])
    assert [recording.problem for recording in found.recordings] == [None, NO_OBJECT]
    with pytest.raises(RequestError, match="there is no such object"):
        find_recordings([f"{night}/gone.wav"])


def test_ids_stay_and_change_with_the_content(night):
    first = find_recordings([f"{night}/a.wav"]).recordings[0].recording_id
    assert find_recordings([f"{night}/a.wav"]).recordings[0].recording_id == first
    put(f"{night}/a.wav", wav(2.0))
    assert find_recordings([f"{night}/a.wav"]).recordings[0].recording_id != first


def test_sound_and_transcripts_are_read_where_they_lie(night):
    assert decode(f"{night}/deep/b.WAV").duration == 1.0
    assert probe(f"{night}/a.wav").channels == 2
    assert read_stored(f"{night}/deep/call.json").utterances[0].text == "您好"
    with pytest.raises(RecordingError, match=r"gone\.wav: no such file"):
        decode(f"{night}/gone.wav")


def test_a_manifest_may_lie_there_too_and_names_what_lies_beside_it(night):
    rows = f"file,agent_id\na.wav,7\n./deep/b.WAV,8\n{night}/deep/call.json,9\n"
    put(f"{night}/calls.csv", rows.encode())
    manifest = read_manifest(f"{night}/calls.csv")
    found = find_recordings([], manifest=manifest)
    assert names(found, night) == ["a.wav", "deep/b.WAV", "deep/call.json"]
    assert [recording.metadata["agent_id"] for recording in found.recordings] == ["7", "8", "9"]
    assert not found.warnings
    put(f"{night}/calls.csv", f"file\n{night}/deep/gone.wav\n".encode())
    found = find_recordings([night], manifest=read_manifest(f"{night}/calls.csv"))
    assert names(found, night)[-1] == "deep/gone.wav"  # a row below a prefix that was searched is meant


def test_a_parquet_manifest_says_the_same_as_a_csv(tmp_path):
    columns = {
        "文件": ["a.wav", "s3://b/c.wav"],
        "工号": ["007", None],
        "ring_s": [2.5, None],
        "started_at": pa.array([1_800_000_000_000_000, None], pa.timestamp("us", "Asia/Shanghai")),
        "客户等级": ["金卡", ""],
    }
    pq.write_table(pa.table(columns), tmp_path / "calls.parquet")
    manifest = read_manifest(str(tmp_path / "calls.parquet"))
    first, second = manifest.rows
    assert (first.path, second.path) == (str(tmp_path / "a.wav"), "s3://b/c.wav")
    assert first.metadata == {
        "agent_id": "007", "ring_s": 2.5, "started_at": "2027-01-15T16:00:00+08:00", "客户等级": "金卡",
    }  # fmt: skip
    assert second.metadata == {}
    pq.write_table(pa.table({"file": ["a.wav", "b.wav"], "ring_s": [1.0, -3.0]}), tmp_path / "calls.parquet")
    with pytest.raises(ManifestError, match=r"calls\.parquet:3.*-3\.0"):
        read_manifest(str(tmp_path / "calls.parquet"))
    (tmp_path / "calls.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(str(tmp_path / "calls.parquet"))


def test_a_server_that_refuses_is_said_in_words(server):
    with pytest.raises(RequestError, match=r"nights-of-nobody/a: (there is no such|it cannot be read)"):
        find_recordings([f"{server}-of-nobody/a/"])
    with pytest.raises(OSError), open_binary(f"{server}-of-nobody/a.wav"):
        pass


@pytest.mark.parametrize(
    ("path", "url"),
    [("s3://b/x.wav", True), ("simplecache::s3://b/x", True), ("file:///a", False), ("C:/x", False), ("a://", False),
     ("/s3://b", False), ("a.wav", False)],
)  # fmt: skip
def test_what_is_a_url(path, url):
    assert is_url(path) is url


def test_a_file_url_is_a_path(tmp_path):
    (tmp_path / "a b.wav").write_bytes(wav())
    found = find_recordings([f"file://{tmp_path}/a%20b.wav"])
    assert found.recordings[0].path == str(tmp_path / "a b.wav")


def test_an_unknown_scheme_and_a_missing_driver_are_refused_with_what_to_do():
    with pytest.raises(RequestError, match="nonsense:// is no kind of storage"):
        find_recordings(["nonsense://b/a.wav"])
    with pytest.raises(RequestError, match="driver that is not installed"):
        find_recordings(["gs://b/a.wav"])
