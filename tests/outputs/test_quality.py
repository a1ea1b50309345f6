import json
from pathlib import Path

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.journal import Entry, write_journal
from qa_pipeline.outputs.quality import compare, compare_folder, read_references
from qa_pipeline.outputs.tally import Counted
from qa_pipeline.records import Dropped, RecognitionEffort, Recording, Role, Transcript, Utterance
from qa_pipeline.text.cer import Confusion, ErrorCount, confusions, errors_by_speaker
from qa_pipeline.transcribe.stored import write_stored


def _call(name: str, *said: tuple[Role, int, str], **rest: object) -> Transcript:
    utterances = tuple(Utterance(role, ch, float(i), i + 0.9, text) for i, (role, ch, text) in enumerate(said))
    return Transcript(name, 60.0, 2, utterances, **rest)  # type: ignore[arg-type]


AGENT, CUSTOMER = Role.AGENT, Role.CUSTOMER
SAID = _call("a", (AGENT, 0, "您好，请讲。"), (CUSTOMER, 1, "我家暖气不热"), (AGENT, 0, "好的"))


def test_by_role_channel_and_call() -> None:
    heard = _call("a", (Role.UNKNOWN, 0, "您好请讲"), (Role.UNKNOWN, 1, "我家暖器不热了"), (Role.UNKNOWN, 0, "好"))
    quality = compare({"a": SAID}, [heard])
    assert quality.total == ErrorCount(3, 12)
    assert quality.by_role == {"agent": ErrorCount(1, 6), "customer": ErrorCount(2, 6)}
    assert quality.by_channel == {0: ErrorCount(1, 6), 1: ErrorCount(2, 6)}
    assert quality.confused[Confusion("暖气", "暖器")] == 1
    assert quality.confused[Confusion("的", "")] == 1


def test_two_voices_on_one_channel_are_told_apart() -> None:
    mono = _call("m", (AGENT, 0, "您好请讲"), (CUSTOMER, 0, "暖气不热"))
    quality = compare({"m": mono}, [_call("m", (Role.UNKNOWN, 0, "您好请讲暖器布热"))])
    assert quality.by_role == {"agent": ErrorCount(0, 4), "customer": ErrorCount(2, 4)}


def test_insertions_count_for_whoever_spoke_before() -> None:
    assert errors_by_speaker([("a", "您好"), ("b", "喂")], "您好好的喂") == {
        "a": ErrorCount(2, 2),
        "b": ErrorCount(0, 1),
    }
    assert errors_by_speaker([], "什么") == {}
    assert errors_by_speaker([("a", "")], "什么") == {"a": ErrorCount(0, 0)}


def test_confusions_are_whole_words() -> None:
    assert list(confusions("我家的暖气不热", "我家的暖器不热")) == [Confusion("暖气", "暖器")]
    assert list(confusions("您好", "您好")) == []
    assert [c.heard for c in confusions("您好", "")] == [""]


def test_speech_that_nobody_referenced_counts_as_errors() -> None:
    quality = compare({"a": SAID}, [_call("a")])
    assert quality.total == ErrorCount(12, 12)
    assert compare({"e": _call("e")}, [_call("e", (AGENT, 0, "谢谢观看"))]).total.rate == 1.0


def test_windows_and_what_was_dropped() -> None:
    effort = RecognitionEffort(20, 4, 6, 1)
    heard = _call("a", dropped=(Dropped(0, 1.0, 2.0, "谢谢观看", "subtitle"),), effort=effort)
    told = compare({"a": SAID}, [heard]).as_json()
    assert told["windows"] == {"heard": 20, "gated": 0.2, "redecoded": 0.3, "dropped": 0.05}
    assert told["dropped_by_reason"] == {"subtitle": 1}


def test_what_has_no_partner_is_named() -> None:
    quality = compare({"a": SAID, "b": SAID}, [SAID, _call("c")])
    assert (quality.missing, quality.unreferenced) == (("b",), ("c",))
    with pytest.raises(RequestError, match="id"):
        compare({"b": SAID}, [SAID])


def test_folders(tmp_path: Path) -> None:
    references, out = tmp_path / "references", tmp_path / "out"
    references.mkdir(), out.mkdir()
    (references / "a.yaml").write_text(
        "id: a\nutterances:\n- {role: agent, channel: 0, start: 0, end: 1, text: 您好}\n", encoding="utf-8"
    )
    write_stored(_call("b", (AGENT, 0, "请讲")), references / "b.json")
    write_stored(_call("a", (AGENT, 0, "你好")), out / "a.json")
    (out / "run.json").write_text("{}")
    quality = compare_folder(read_references(references), out)
    assert quality.total == ErrorCount(1, 2)
    assert json.loads((out / "quality.json").read_text())["cer"] == {"cer": 0.5, "errors": 1, "characters": 2}
    assert compare_folder(read_references(references), out).total == quality.total


def test_a_reference_may_be_named_as_the_recordings_file_is(tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = {"rec-a": "a/monday.wav", "rec-b": "b/tuesday.wav", "rec-c": "c/twice.wav", "rec-d": "d/twice.mp3"}
    entries = [Entry(Recording(i, path, path), Counted(i, path)) for i, path in files.items()]
    write_journal(out, 0, {"command": "transcribe"}, entries)
    for i in files:
        write_stored(_call(i, (AGENT, 0, "你好")), out / f"{i}.json")
    names = ("monday", "rec-b", "twice")
    quality = compare_folder({name: _call(name, (AGENT, 0, "你好")) for name in names}, out)
    assert set(quality.by_call) == {"rec-a", "rec-b"}
    assert quality.missing == ("twice",)


@pytest.mark.parametrize("text", ["utterances: [", "utterances: 3", "[]"])
def test_faulty_references_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(RequestError, match=r"a\.yaml"):
        read_references(tmp_path)


def test_no_references(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="--reference"):
        read_references(tmp_path / "none")
