"""What the store keeps comes back exactly, whatever fields a transcript has, and nothing broken is ever taken for one."""

import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.records import RecognitionEffort, Role, Span, Transcript, Utterance, Word
from qa_pipeline.transcribe.codec import decode, encode
from qa_pipeline.transcribe.store import TranscriptStore, digest, key_of, packed, unpacked

transcripts = st.from_type(Transcript)


def heard(**more):
    said = Utterance(Role.AGENT, 0, 0.5, 2.0, "您好😀", 0.875, (Word(0.5, 0.7, "您", 1 / 3),), -21.123456789)
    silent = Utterance(Role.UNKNOWN, 1, 3.0, 3.0, "")
    spans = ((Span(0.1, 2.2),), ())
    return Transcript("rec-a", 5.0, 2, (said, silent), spans, {0: Role.AGENT}, asr_model="demo", **more)


@settings(max_examples=60, deadline=None)
@given(transcripts)
def test_any_transcript_comes_back(transcript):
    assert decode(Transcript, encode(transcript)) == transcript


def test_a_transcript_survives_the_disk_without_its_name(tmp_path):
    store = TranscriptStore(tmp_path)
    effort = RecognitionEffort(7, 1, 2, 1, 9, 16.0, {"recognition": 3.0})
    transcript = heard(metadata={"team": "一组"}, effort=effort)
    store.write("ab12", packed(transcript, metadata=False))
    kept = store.read("ab12")
    assert kept == replace(transcript, recording_id="", metadata={})
    assert kept.effort == RecognitionEffort(7, 1, 2, 1)
    assert unpacked(packed(transcript, metadata=True)).metadata == {"team": "一组"}
    assert "ab12" in store
    assert list(store.keys()) == ["ab12"]
    store.remove("ab12")
    assert store.read("ab12") is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\x28\xb5\x2f\xfd", b"{not zstd"])
def test_what_is_broken_is_not_there(tmp_path, content):
    store = TranscriptStore(tmp_path)
    whole = packed(heard(), metadata=False)
    for broken in (content, whole[: len(whole) // 2]):
        store.write("ab12", broken)
        assert store.read("ab12") is None


def test_older_versions_lack_fields_and_newer_ones_have_more():
    plain = encode(heard())
    del plain["asr_model"]
    plain["mood"] = "happy"
    plain["utterances"]["hue"] = ["red", "blue"]
    assert decode(Transcript, plain) == replace(heard(), asr_model=None)
    del plain["duration"]
    with pytest.raises(ValueError, match="duration"):
        decode(Transcript, plain)


def test_keys_follow_content_and_recipe(tmp_path):
    for name in "abc":
        (tmp_path / name).write_text("sound" if name != "c" else "other sound")
    one, other = digest({"model": "m", "beam": 5}), digest({"beam": 1, "model": "m"})
    assert digest({"beam": 5, "model": "m"}) == one
    keys = [key_of(str(tmp_path / name), recipe) for name in "abc" for recipe in (one, other)]
    assert keys[:2] == keys[2:4]
    assert len(set(keys)) == 4


def test_sweeping_takes_what_was_left_half_written_long_ago_and_nothing_else(tmp_path):
    store = TranscriptStore(tmp_path)
    store.write("ab12", packed(heard(), metadata=False))
    for name in (".ab13.json.zst.77.tmp", ".ab14.json.zst.78.tmp", ".mine.tmp", "ab15.json.zst"):
        (tmp_path / "ab" / name).write_text("half")
        os.utime(tmp_path / "ab" / name, (0, 0) if "14" not in name else None)
    store.sweep()
    left = sorted(path.name for path in (tmp_path / "ab").iterdir())
    assert left == [".ab14.json.zst.78.tmp", ".mine.tmp", "ab12.json.zst", "ab15.json.zst"]
