import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.examples.heard import heard, names_in
from qa_pipeline.outputs.journal import Entry, write_journal
from qa_pipeline.outputs.night import read_night
from qa_pipeline.outputs.tally import Counted
from qa_pipeline.records import Recording, Role
from qa_pipeline.transcribe.store import TranscriptStore, packed
from qa_pipeline.transcribe.stored import read_stored
from tests.examples.nights import scored, stored

CALL = "s03-heating-cold"


@pytest.fixture
def night(tmp_path):
    transcripts = stored(tmp_path / "heard", [CALL])
    return read_night(scored(tmp_path / "night", transcripts, [CALL])), transcripts


def words(transcript):
    return sum(len(utterance.words) for utterance in transcript.utterances)


def test_without_a_transcript_the_tables_say_what_was_said(night):
    scores, transcripts = night
    rebuilt = heard(scores.calls[0], scores)
    full = read_stored(transcripts / f"{CALL}.json")
    assert [u.text for u in rebuilt.utterances] == [u.text for u in full.utterances]
    assert words(rebuilt) == 0
    assert [len(spans) for spans in rebuilt.speech] == [len(spans) for spans in full.speech]


def test_a_folder_of_transcripts_has_word_times(night):
    scores, transcripts = night
    assert words(heard(scores.calls[0], scores, transcripts)) > 100


def test_the_store_beside_the_tables_has_them_too(night):
    scores, transcripts = night
    key = "ab" + "0" * 62
    full = read_stored(transcripts / f"{CALL}.json")
    TranscriptStore(scores.folder / "transcripts").write(key, packed(full, metadata=False))
    recording = Recording(CALL, scores.calls[0]["source_uri"], scores.calls[0]["source_uri"])
    counted = Counted(CALL, recording.source_uri)
    write_journal(scores.folder, 0, {}, [Entry(recording, counted, "", key)])
    found = heard(scores.calls[0], scores)
    assert words(found) > 100
    assert {utterance.role for utterance in found.utterances} == {Role.AGENT, Role.CUSTOMER}


def test_a_broken_transcript_is_told(night, tmp_path):
    scores, _ = night
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / f"{CALL}.json").write_text("{", encoding="utf-8")
    with pytest.raises(RequestError, match="JSON"):
        heard(scores.calls[0], scores, tmp_path / "broken")


def test_names_that_the_manifest_gives():
    row = {
        "recording_id": "x",
        "meta_customer_name": "王建国",
        "meta_客户姓名": "李秀英",
        "meta_ticket": "1",
        "team": "name",
    }
    assert names_in(row) == ["王建国", "李秀英"]
