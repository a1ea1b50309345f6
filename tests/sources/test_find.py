import json
import os
import re
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.errors import RequestError
from qa_pipeline.sources.find import find_recordings
from qa_pipeline.sources.identity import derived_id, file_name_for, letters
from qa_pipeline.sources.kinds import looks_like_audio
from qa_pipeline.sources.manifest import read_manifest
from qa_pipeline.sources.problems import DANGLING, IRREGULAR, MISSING, cannot_read

WAV = b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(24)
STORED = {"id": "call-1", "duration": 3.0, "utterances": [], "hangup_by": "agent", "竞品": "无"}


def put(path: Path, content: bytes | dict) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode())
    return path


def names(found):
    return [Path(recording.path).name for recording in found.recordings]


def test_a_folder_gives_recordings_by_extension_and_by_content_and_counts_the_rest(tmp_path):
    put(tmp_path / "b.wav", b"")
    put(tmp_path / "deep" / "er" / "a.MP3", b"x")
    put(tmp_path / "wrong.dat", WAV)
    put(tmp_path / "stored.json", STORED)
    put(tmp_path / "broken.json", b'{"id": 1, "utterances": [{"role"')
    put(tmp_path / "other.json", {"a": 1})
    put(tmp_path / "list.json", b"[1]")
    put(tmp_path / "notes.txt", b"hello")
    put(tmp_path / ".hidden.wav", WAV)
    put(tmp_path / ".git" / "x.wav", WAV)
    found = find_recordings([tmp_path])
    assert names(found) == ["b.wav", "broken.json", "a.MP3", "stored.json", "wrong.dat"]
    assert found.skipped == {"JSON that is no stored transcript": 2, "hidden": 2, "not a recording (.txt)": 1}
    assert found.extra_columns == ("竞品",)
    assert not found.warnings


def test_what_is_named_is_a_recording_whatever_it_is_and_only_once(tmp_path):
    odd = put(tmp_path / "notes.txt", b"hello")
    twice = put(tmp_path / "a.wav", WAV)
    found = find_recordings([odd, twice, tmp_path, str(tmp_path) + "/./a.wav", str(tmp_path / "*.wav")])
    assert names(found) == ["a.wav", "notes.txt"]


@pytest.mark.parametrize("name", ["a b.wav", "录音 13800138000.wav", "🎧.wav", "-rf.wav", "new\nline.wav", "[x]*.wav"])
def test_odd_names(tmp_path, name):
    path = put(tmp_path / name, WAV)
    (by_name,), (by_folder,) = find_recordings([path]).recordings, find_recordings([tmp_path]).recordings
    assert by_name == by_folder
    assert by_name.path == str(path)
    assert not re.search(r"\d", by_name.recording_id)


def test_a_name_that_is_no_utf8_is_opened_as_it_is_and_shown_escaped(tmp_path):
    put(tmp_path / os.fsdecode(b"\xc2\xbc\xd2\xf4.wav"), WAV)
    (recording,) = find_recordings([tmp_path]).recordings
    assert Path(recording.path).read_bytes() == WAV
    assert recording.source_uri.encode().endswith(b"\xc2\xbc\\xd2\\xf4.wav")


def test_nothing_at_all_is_an_error_that_says_why(tmp_path):
    put(tmp_path / "notes.txt", b"hello")
    for sources in ([tmp_path], [tmp_path / "none.wav"], [str(tmp_path / "*.wav")], []):
        with pytest.raises(RequestError, match=r"(?s)No recordings found.*Name audio files"):
            find_recordings(sources)


def test_what_is_missing_among_good_ones_is_a_problem_of_its_own(tmp_path):
    put(tmp_path / "a.wav", WAV)
    (tmp_path / "empty").mkdir()
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.wav")
    found = find_recordings([tmp_path, tmp_path / "b.wav", tmp_path / "empty", str(tmp_path / "*.ogg")])
    problems = {Path(recording.path).name: recording.problem for recording in found.recordings}
    assert problems == {
        "a.wav": None,
        "b.wav": MISSING,
        "gone.wav": DANGLING,
        "pipe.wav": IRREGULAR,
    }
    assert [warning.split(": ")[1] for warning in found.warnings] == [
        "no recordings in this folder",
        "no such file, and no file matches it as a pattern",
    ]


def test_links_in_circles_end_and_real_folders_come_first(tmp_path):
    real = put(tmp_path / "z" / "a.wav", WAV)
    (tmp_path / "a-link").symlink_to(tmp_path / "z")
    (tmp_path / "z" / "up").symlink_to(tmp_path)
    found = find_recordings([tmp_path])
    assert [recording.path for recording in found.recordings] == [str(real)]
    assert found.skipped == {"the same folder again, through a link": 2}


def test_what_we_wrote_ourselves_is_not_scored_again(tmp_path):
    put(tmp_path / "a.wav", WAV)
    put(tmp_path / "out" / "run.json", {"pipeline_version": "1"})
    put(tmp_path / "out" / "rec.json", STORED)
    assert names(find_recordings([tmp_path])) == ["a.wav"]
    assert names(find_recordings([tmp_path / "out"])) == ["rec.json"]


def test_an_unreadable_folder_is_told(tmp_path, monkeypatch):
    put(tmp_path / "a.wav", WAV)
    (tmp_path / "locked").mkdir()
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = find_recordings([tmp_path])
    assert found.skipped == {"a folder that cannot be read": 1}
    assert "locked: this folder cannot be read: Permission denied" in found.warnings[0]


def test_an_unreadable_file_is_a_problem(tmp_path, monkeypatch):
    put(tmp_path / "a.wav", WAV)
    put(tmp_path / "b.wav", WAV)

    def refuse(path):
        if str(path).endswith("a.wav"):
            raise PermissionError(13, "Permission denied")
        return b""

    monkeypatch.setattr("qa_pipeline.sources.find.content_sha256", refuse)
    assert [r.problem for r in find_recordings([tmp_path]).recordings] == [
        cannot_read(PermissionError(13, "Permission denied")),
        None,
    ]


def test_equal_files_differ_and_equal_ids_are_told_apart(tmp_path):
    for name in ("a.wav", "b.wav"):
        put(tmp_path / name, WAV)
    for name in ("c.json", "d.json"):
        put(tmp_path / name, STORED)
    found = find_recordings([tmp_path])
    ids = [recording.recording_id for recording in found.recordings]
    assert len(set(ids)) == 4
    assert all(re.fullmatch(r"call-1-[a-z]{8}", recording_id) for recording_id in ids[2:])
    assert found.warnings == ("the id “call-1” was given 2 times: told apart by letters",)
    assert ids == [recording.recording_id for recording in find_recordings([tmp_path]).recordings]


def manifest(tmp_path, text):
    return read_manifest(str(put(tmp_path / "calls.csv", text.encode())))


def test_the_manifest_is_joined_by_file(tmp_path):
    put(tmp_path / "a.wav", WAV)
    put(tmp_path / "b.wav", WAV)
    put(tmp_path / "raw.gsm610", b"\0\0")
    rows = manifest(
        tmp_path,
        "file,call_id,agent_channel,ticket\na.wav,A,right,T1\ngone.wav,G,,\nraw.gsm610,R,,\n/else/where.wav,E,,\n",
    )
    found = find_recordings([tmp_path], manifest=rows, agent_channel=0)
    assert [(r.recording_id, r.agent_channel, r.problem) for r in found.recordings if r.recording_id[:4] != "rec-"] == [
        ("A", 1, None),
        ("G", 0, MISSING),
        ("R", 0, None),
    ]
    assert found.recordings[0].metadata == {"ticket": "T1"}
    assert found.extra_columns == ("ticket",)
    assert [warning[:8] for warning in found.warnings] == ["1 of 4 r", "1 of 4 r"]


def test_a_manifest_alone_names_its_files(tmp_path):
    put(tmp_path / "x" / "a.wav", WAV)
    found = find_recordings([], manifest=manifest(tmp_path, "file\nx/a.wav\nx/b.wav\n"))
    assert [recording.problem for recording in found.recordings] == [None, MISSING]


@pytest.mark.parametrize(
    ("head", "is_audio"),
    [
        (WAV, True),
        (b"fLaC....", True),
        (b"OggS....", True),
        (b"ID3\x04", True),
        (b"\xff\xfb\x90\x00", True),
        (b"\xff\xf1\x50\x80", True),
        (b"#!AMR\n", True),
        (b"\0\0\0\x20ftypM4A ", True),
        (b"RIFF....AVI LIST", False),
        (b"\xff\xfeu\0n\0", False),
        (b"\xff\xff\xff\xff", False),
        (b"%PDF-1.7", False),
        (b"", False),
    ],
)
def test_sniffing(head, is_audio):
    assert looks_like_audio(head) is is_audio


@given(st.binary(min_size=32, max_size=32), st.text(max_size=50).filter(lambda text: "\0" not in text))
def test_derived_ids_hold_no_digits(content, path):
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return
    assert re.fullmatch(r"rec-[a-z]{16}", derived_id("/" + path, content))


@settings(max_examples=200)
@given(st.text(min_size=1, max_size=120), st.text(min_size=1, max_size=120))
def test_file_names_are_safe_and_distinct(one, other):
    name = file_name_for(one)
    assert "/" not in name and "\0" not in name and len(name.encode("utf-8", "replace")) < 255 * 2
    assert not name.startswith((".", "-"))
    assert one == other or name != file_name_for(other)


def test_letters_spell_the_whole_digest():
    assert letters(b"\0\0", 4) == "bbbb"
    assert letters(b"\1\0", 4) != letters(b"\0\1", 4)
