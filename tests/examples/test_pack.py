"""The pack of the sample calls: nothing private in any file, everything there that a lesson needs."""

import csv
import io
import json

import numpy as np
import pytest
from docx import Document

from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.audio.encode import Encoding, write_sound
from qa_pipeline.engines.local import score
from qa_pipeline.errors import RequestError
from qa_pipeline.examples.material import code_of
from qa_pipeline.examples.pack import make_pack
from qa_pipeline.examples.wishes import Wishes
from tests.examples.nights import CALLS, TRUTH, scored, stored
from tests.examples.prove import in_text, listener, pack_of, secrets, survivors

FLAC = Encoding.FLAC
PRIVATE = ["s03-heating-cold", "s04-airport-parking", "s12-overlap"]
OPENER = ["s09-model-call", "s10-disastrous-call", "s16-filler-words", "s04-airport-parking", "s19-gas-smell"]


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    return pack_of(PRIVATE, tmp_path_factory.mktemp("private"), FLAC)


@pytest.fixture(scope="module")
def hear():
    return listener()


@pytest.fixture(scope="module")
def opener(tmp_path_factory):
    folder = tmp_path_factory.mktemp("opener")
    transcripts = stored(folder / "heard", OPENER)
    night = scored(folder / "night", transcripts, OPENER)
    return make_pack(night, folder / "pack", Wishes(), transcripts=transcripts, encoding=FLAC), night, transcripts


def test_nothing_private_survives_in_text_names_or_tags(private):
    assert survivors(private, PRIVATE) == []


def test_nothing_private_is_heard_in_what_is_recognised_again(private, hear):
    """One call of three; ``python -m tests.examples.prove`` hears them all."""
    assert survivors(private / "A", PRIVATE, hear) == []


def test_where_it_was_private_nothing_of_the_old_sound_is_left(private):
    for letter, recording in zip("ABC", PRIVATE, strict=True):
        old = decode(next(CALLS.glob(f"{recording}.*"))).channels
        new = decode(private / letter / "whole.flac").channels
        assert alike(old[0], new[0], 0.8, 2.0) > 0.99  # the greeting is as it was
        for told in TRUTH[recording]:
            channel = 0 if told["role"] == "agent" else 1
            assert alike(old[channel], new[channel], told["start"], told["end"]) < 0.1, (
                told
            )  # a tone is a little like any voice


def alike(old, new, start, end):
    """How much of the old sound is in the new one between two times: the cosine of their samples."""
    a, b = (sound[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)] for sound in (old, new))
    return abs(float(a @ b)) / max(1e-9, float(np.linalg.norm(a) * np.linalg.norm(b)))


def test_the_search_finds_what_was_not_masked(hear, tmp_path):
    numbers, words = secrets(PRIVATE)
    assert in_text("电话是一三八零五，嗯，七六二", numbers, words)
    assert in_text("尾号2419", numbers, words)
    assert in_text("我叫李秀因", numbers, words) == ["李秀英"]
    raw = hear(excerpt(tmp_path))
    assert in_text(raw, numbers, words)


def excerpt(folder):
    """The caller's name and number in a sample call, as they are."""
    sound = decode(next(CALLS.glob("s03-heating-cold.*"))).channels[:, 9 * SAMPLE_RATE : 18 * SAMPLE_RATE]
    write_sound(folder / "raw.flac", sound, FLAC)
    return folder / "raw.flac"


def test_without_word_times_whole_utterances_are_silent_and_nothing_survives(tmp_path):
    pack = pack_of(["s03-heating-cold"], tmp_path, FLAC, word_times=False)
    audit = json.loads((pack / "audit.json").read_bytes())["cases"][0]
    assert {entry["how"] for entry in audit["masked"]} == {"utterance"}
    assert survivors(pack, PRIVATE) == []


def test_the_audit_says_what_kind_and_when_and_not_what(private):
    cases = json.loads((private / "audit.json").read_bytes())["cases"]
    entries = [entry for case in cases for entry in case["masked"]]
    assert {"phone", "name", "address"} <= {entry["kind"] for entry in entries}
    assert all(set(entry) == {"kind", "role", "start_s", "end_s", "how"} for entry in entries)
    assert all(0 <= entry["start_s"] < entry["end_s"] for entry in entries)


def test_agents_stay_unnamed_unless_asked_for(opener, tmp_path):
    pack, night, transcripts = opener
    files = [path for path in pack.out.rglob("*") if path.suffix in (".md", ".json", ".csv", ".html")]
    shown = "".join(path.read_text(encoding="utf-8") for path in files)
    for number in ("二零一七", "三一零五", "四二三一"):
        assert number not in shown
    assert not any(recording in shown for recording in OPENER)
    named = make_pack(night, tmp_path / "named", transcripts=transcripts, encoding=FLAC, agents=True)
    assert "客服2017" in (named.out / "library.csv").read_text(encoding="utf-8-sig")


def test_the_opener_is_a_contrast_on_one_matter_and_something_else(opener):
    pack, _, _ = opener
    assert [pick.call.recording_id for pick in pack.choice.picks][:2] == ["s09-model-call", "s10-disastrous-call"]
    assert all(len(one.moments) >= 2 and one.clips for one in pack.materials)


def test_every_case_has_its_sounds_and_its_sheet(opener):
    pack, _, _ = opener
    for one, sounds in zip(pack.materials, pack.sounds, strict=True):
        assert [sound.name for sound in sounds.all][-1] == "全程"
        for sound in sounds.all:
            assert decode(pack.out / sound.file).duration == pytest.approx(sound.end - sound.start, abs=0.2)
        text = (pack.out / one.letter / "sheet.md").read_text(encoding="utf-8")
        document = Document(str(pack.out / one.letter / "sheet.docx"))
        cells = "".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
        for heading in ("一、事实", "二、分析", "三、经验", "四、计划"):
            assert heading in text
            assert any(heading in paragraph.text for paragraph in document.paragraphs)
        for moment in one.moments:
            assert moment.question in cells
            assert moment.quote in cells or moment.note in cells
        assert document.core_properties.author == ""


def test_the_library_index_reads_as_csv_and_json(opener):
    pack, _, _ = opener
    rows = json.loads((pack.out / "library.json").read_bytes())
    table = list(csv.DictReader(io.StringIO((pack.out / "library.csv").read_text(encoding="utf-8-sig"))))
    assert [row["code"] for row in table] == [case["code"] for case in rows["cases"]]
    assert "易怒威吓型" in rows["cases"][1]["traits"]
    assert all((pack.out / file).is_file() for case in rows["cases"] for file in case["files"])
    assert {runner["instead_of"] for runner in rows["runners_up"]} >= {"案例A", "案例C"}


def test_a_code_can_be_swapped_like_an_id(opener, tmp_path):
    _, night, transcripts = opener
    wishes = Wishes(swap={code_of("s09-model-call"): code_of("s04-airport-parking")})
    pack = make_pack(night, tmp_path / "pack", wishes, transcripts=transcripts, encoding=FLAC)
    assert pack.choice.picks[0].call.recording_id == "s04-airport-parking"


def test_an_earlier_pack_is_replaced_only_when_asked_and_nothing_else_ever(opener, tmp_path):
    _, night, transcripts = opener
    out = tmp_path / "pack"
    (out / "A").mkdir(parents=True)
    (out / "library.json").write_text('{"cases": []}', encoding="utf-8")
    (out / "A" / "whole.mp3").touch()
    (out / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(RequestError, match="--overwrite"):
        make_pack(night, out, transcripts=transcripts)
    make_pack(night, out, Wishes(count=2), transcripts=transcripts, encoding=FLAC, overwrite=True)
    assert (out / "mine.txt").exists()
    assert not list(out.rglob("*.mp3"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("", encoding="utf-8")
    with pytest.raises(RequestError, match="别的东西"):
        make_pack(night, tmp_path / "full", transcripts=transcripts, overwrite=True)


def test_a_call_without_its_recording_is_told_and_shown_without_sound(opener, tmp_path):
    _, _, transcripts = opener
    night = tmp_path / "night"
    score([str(transcripts)], out=night, jobs=1)
    pack = make_pack(night, tmp_path / "pack", Wishes(count=2))
    assert all("没有录音" in sounds.missing for sounds in pack.sounds)
    assert not list(pack.out.rglob("*.mp3"))
    assert pack.page.is_file()
