from pathlib import Path

from qa_pipeline.engines.report import report
from qa_pipeline.outputs.report.audio import copied, in_place, source_of
from qa_pipeline.outputs.report.site import ReportOptions
from tests.outputs.cards import call
from tests.outputs.report.nights import sound, write_night


def row(path, name="a"):
    return {"source_uri": str(path), "recording_id": name}


def test_played_where_it_lies(tmp_path):
    wav = sound(tmp_path / "calls of 十一月" / "a b#1.wav", 0.5)
    found = in_place(row(wav), tmp_path / "report" / "calls")
    assert found.href == "../../calls%20of%20%E5%8D%81%E4%B8%80%E6%9C%88/a%20b%231.wav"
    assert found.plays


def test_a_stored_transcript_plays_the_sound_beside_it(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    assert source_of(row(tmp_path / "a.json")) is None
    sound(tmp_path / "a.wav", 0.5)
    assert source_of(row(tmp_path / "a.json")) == str(tmp_path / "a.wav")


def test_what_is_not_here_is_not_linked(tmp_path):
    assert in_place(row(tmp_path / "gone.wav"), tmp_path) is None
    assert in_place(row("s3://bucket/a.wav"), tmp_path) is None


def test_a_copy_carries_the_id_and_no_name_of_a_file(tmp_path):
    wav = sound(tmp_path / "13805762419.wav", 0.5)
    night = write_night(tmp_path / "n", call("rec-bcd", path=str(wav)))
    written = report(night, tmp_path / "out", ReportOptions(with_audio=True), jobs=1)
    assert written.playable == 1
    assert [p.name for p in (tmp_path / "out" / "audio").iterdir()] == ["rec-bcd.wav"]
    page = (tmp_path / "out" / "calls" / "rec-bcd.html").read_text(encoding="utf-8")
    assert 'src="../audio/rec-bcd.wav"' in page
    assert "13805762419" not in page


def test_what_browsers_do_not_play_becomes_mp3(tmp_path):
    gsm = Path(__file__).parents[2] / "audio" / "fixtures" / "tone.gsm"
    found = copied(row(gsm), tmp_path / "calls")
    assert found.plays
    data = (tmp_path / "audio" / "a.mp3").read_bytes()
    assert data[:3] == b"ID3" or data[0] == 0xFF
    assert not in_place(row(gsm), tmp_path / "calls").plays
