import json
from pathlib import Path

import pytest

from qa_pipeline.errors import RecordingError, Stage
from qa_pipeline.records import (
    ChannelSound,
    Dropped,
    RecognitionEffort,
    Recording,
    Role,
    SoundEvent,
    SoundKind,
    Span,
    Transcript,
    Utterance,
    Word,
)
from qa_pipeline.transcribe.stored import StoredTranscriber, read_stored, write_stored

FULL = Transcript(
    recording_id="夜班-1",
    duration=12.345678901234567,
    channels=2,
    utterances=(
        Utterance(
            Role.AGENT, 0, 0.1, 2.0, "您好，请讲。", 0.1 + 0.2, (Word(0.1, 0.5, "您好", 0.9), Word(0.5, 2, "，", 1))
        ),
        Utterance(Role.CUSTOMER, 1, 1.5, 3.0, "“喂”\n\t😀", None, (), -31.5),
        Utterance(Role.UNKNOWN, 0, 1.5, 3.0, "", 1.0),
        Utterance(Role.SYSTEM, 0, 2.5, 3.0, "请按一", speaker=1, emotion="neutral", sounds=("bgm",)),
    ),
    speech=((Span(0.1, 2.0), Span(2.5, 3.0)), ()),
    channel_roles={0: Role.AGENT, 1: Role.CUSTOMER},
    sound=(ChannelSound(-23.4, -70.0, 46.6, 0.001), ChannelSound(None, -100.0, None, 0.0)),
    events=(SoundEvent(SoundKind.DTMF, 1, 3.0, 3.1, "1"), SoundEvent(SoundKind.MUSIC, 0, 4.0, 9.5)),
    asr_model="demo",
    language="zh",
    warnings=("ends early: 1.0 s decoded of 2.0 s promised by the header",),
    metadata={"hangup_by": "agent", "ring_s": 2, "rate": 0.5, "vip": True},
    dropped=(Dropped(1, 3.5, 4.0, "谢谢观看", "subtitle", 0.2), Dropped(0, 5.0, 9.0, "", "wordless")),
    effort=RecognitionEffort(12, 2, 3, 2),
)


def test_what_is_written_reads_back_exactly(tmp_path: Path) -> None:
    utterances = tuple(sorted(FULL.utterances, key=lambda u: (u.start, u.channel)))
    write_stored(FULL, tmp_path / "a.json")
    read = read_stored(tmp_path / "a.json")
    assert read.utterances == utterances
    assert {**_fields(read), "utterances": ()} == {**_fields(FULL), "utterances": ()}
    assert read.effort == FULL.effort
    write_stored(read, tmp_path / "b.json")
    write_stored(read_stored(tmp_path / "b.json"), tmp_path / "c.json")
    assert (tmp_path / "b.json").read_bytes() == (tmp_path / "c.json").read_bytes()


def _fields(transcript: Transcript) -> dict[str, object]:
    return {name: getattr(transcript, name) for name in Transcript.__slots__}


def test_the_file_is_for_people(tmp_path: Path) -> None:
    write_stored(FULL, tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert "您好，请讲。" in text
    assert list(json.loads(text))[:3] == ["id", "duration", "channels"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_stored(FULL, tmp_path / "a.json")
    before = (tmp_path / "a.json").read_bytes()

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_stored(FULL, tmp_path / "a.json")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_bytes() == before


def test_metadata_hides_nothing_and_stays_plain(tmp_path: Path) -> None:
    odd = Transcript("x", 1.0, 1, (), metadata={"duration": 99, "nan": float("nan"), "none": None, "team": "一组"})
    write_stored(odd, tmp_path / "a.json")
    read = read_stored(tmp_path / "a.json")
    assert (read.duration, read.metadata) == (1.0, {"team": "一组"})


def _read(tmp_path: Path, data: object, **kwargs: object) -> Transcript:
    (tmp_path / "call.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return read_stored(tmp_path / "call.json", **kwargs)


def test_the_smallest_hand_written_file(tmp_path: Path) -> None:
    transcript = _read(tmp_path, {"utterances": [{"role": "agent", "start": 0.5, "end": 3, "text": "您好"}]})
    assert transcript.recording_id == "call"
    assert (transcript.duration, transcript.channels, transcript.speech) == (3.0, 2, None)
    assert transcript.utterances == (Utterance(Role.AGENT, 0, 0.5, 3.0, "您好"),)


def test_ids_durations_channels_and_order(tmp_path: Path) -> None:
    def said(role: str | None, start: float) -> dict[str, object]:
        return {**({"role": role} if role else {}), "start": start, "end": start + 1, "text": "好"}

    data = {"id": 7, "duration": 60, "channels": "stereo", "utterances": [said("客户", 5), said("坐席", 1)]}
    transcript = _read(tmp_path, data)
    assert (transcript.recording_id, transcript.duration, transcript.channels) == ("7", 60.0, 2)
    assert [(u.role, u.channel, u.start) for u in transcript.utterances] == [(Role.AGENT, 0, 1), (Role.CUSTOMER, 1, 5)]
    assert _read(tmp_path, data, recording_id="manifest").recording_id == "manifest"
    assert _read(tmp_path, {"utterances": [said(None, 0)]}).channels == 1
    assert _read(tmp_path, {"utterances": []}).duration == 0.0


@pytest.mark.parametrize(
    ("name", "role"),
    [("客服", "agent"), ("坐席", "agent"), ("来电人", "customer"), ("未知", "unknown"), (" Agent ", "agent")],
)
def test_chinese_role_names(tmp_path: Path, name: str, role: str) -> None:
    transcript = _read(tmp_path, {"utterances": [{"role": name, "start": 0, "end": 1, "text": "好"}]})
    assert transcript.utterances[0].role == role


def test_only_plain_extras_become_metadata(tmp_path: Path) -> None:
    transcript = _read(
        tmp_path,
        {"utterances": [], "hangup_by": "agent", "ring_s": 3, "labels": {"a": 1}, "tags": ["x"], "empty": None},
    )
    assert transcript.metadata == {"hangup_by": "agent", "ring_s": 3}


def test_all_faults_at_once_with_their_utterance(tmp_path: Path) -> None:
    good = {"role": "agent", "start": 0, "end": 1, "text": "好"}
    with pytest.raises(RecordingError) as caught:
        _read(
            tmp_path,
            {
                "duration": -1,
                "utterances": [
                    good,
                    {**good, "role": "robot"},
                    {**good, "start": 5},
                    {**good, "start": -2},
                    {"role": "agent", "start": 0, "end": 1},
                    {**good, "end": "later"},
                    "text",
                ],
            },
        )
    assert caught.value.stage is Stage.READ
    message = caught.value.message
    for words in (
        "call.json",
        "duration",
        "utterance 1, role",
        "客服",
        "utterance 2",
        "before start",
        "utterance 3, start",
    ):
        assert words in message
    for words in ("utterance 4, text: is missing", "utterance 5, end", "utterance 6"):
        assert words in message
    assert "utterance 0" not in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not valid JSON"),
        (b"{", "line 1"),
        (b"[]", "top level"),
        (b"{}", "utterances: is missing"),
        ('{"utterances": [], "队": "一组"}'.encode("gbk"), "GBK"),
        (b'{"utterances": [], "duration": NaN}', "NaN"),
        (b'{"utterances": [], "duration": 1e999}', "duration"),
        (b'{"utterances": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"utterances": [], "speech": [[[5, 6], [1, 2]]]}', "speech"),
        (b'{"utterances": [], "n": ' + b"1" * 5000 + b"}", "not valid JSON"),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "call.json").write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        read_stored(tmp_path / "call.json")
    assert caught.value.stage is Stage.READ
    assert words in caught.value.message


def test_a_bom_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "call.json").write_text('{"utterances": []}', encoding="utf-8-sig")
    assert read_stored(tmp_path / "call.json").utterances == ()


def test_broken_unicode_reaches_nobody(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text('{"utterances": [], "team": "\\ud800"}')
    assert read_stored(tmp_path / "meta.json").metadata == {}
    (tmp_path / "text.json").write_text('{"utterances": [{"start": 0, "end": 1, "text": "\\ud800"}]}')
    with pytest.raises(RecordingError, match="utterance 0, text"):
        read_stored(tmp_path / "text.json")


def test_missing_and_huge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecordingError, match="no such file"):
        read_stored(tmp_path / "nowhere.json")
    monkeypatch.setattr("qa_pipeline.transcribe.stored.MAX_BYTES", 10)
    (tmp_path / "call.json").write_text('{"utterances": []}')
    with pytest.raises(RecordingError, match="larger than"):
        read_stored(tmp_path / "call.json")


def test_the_transcriber_replays(tmp_path: Path) -> None:
    write_stored(FULL, tmp_path / "a.json")
    transcript = StoredTranscriber().transcribe(Recording("其他", "a.json", str(tmp_path / "a.json")))
    assert (transcript.recording_id, transcript.asr_model) == ("其他", "demo")
