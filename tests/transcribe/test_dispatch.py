from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.records import Recording, Transcript
from qa_pipeline.transcribe import Transcribed, one_by_one
from qa_pipeline.transcribe.dispatch import MixedTranscriber


class Fake:
    """Answers by name: some recordings are bad, one is a bug, one ends everything."""

    name = "fake"

    def transcribe(self, recording: Recording) -> Transcript:
        faults = {
            "bad": RecordingError(Stage.DECODE, "no sound"),
            "bug": ZeroDivisionError("oh"),
            "no model": RequestError("no model"),
        }
        if recording.recording_id in faults:
            raise faults[recording.recording_id]
        return Transcript(recording.recording_id, 1.0, 1, ())

    def transcribe_many(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, Transcribed]]:
        return one_by_one(self, recordings)


class Backwards(Fake):
    """Holds everything back and answers from the end, as a batching recogniser may."""

    def transcribe_many(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, Transcribed]]:
        return reversed([*one_by_one(self, recordings)])  # type: ignore[return-value]


def _recording(name: str, problem: str | None = None) -> Recording:
    return Recording(name, name, f"{name}.wav", problem=problem)


def test_one_bad_recording_stops_nobody() -> None:
    given = [_recording("a"), _recording("bad"), _recording("bug"), _recording("lost", "not found"), _recording("b")]
    results = dict(one_by_one(Fake(), given))
    assert [isinstance(results[n], Transcript) for n in range(5)] == [True, False, False, False, True]
    stages = [result.stage for result in results.values() if isinstance(result, RecordingError)]
    assert stages == [Stage.DECODE, Stage.TRANSCRIBE, Stage.FIND]
    assert "ZeroDivisionError: oh" in str(results[2])


def test_what_concerns_everybody_is_raised() -> None:
    with pytest.raises(RequestError, match="no model"):
        list(one_by_one(Fake(), [_recording("a"), _recording("no model")]))


def test_recordings_are_pulled_as_they_are_needed() -> None:
    pulled = []

    def source() -> Iterator[Recording]:
        for name in "abc":
            pulled.append(name)
            yield _recording(name)

    results = one_by_one(Fake(), source())
    next(results)
    assert pulled == ["a"]


def test_positions_hold_in_a_mixed_lot(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"utterances": []}')
    stored = Recording("s", "s.json", str(tmp_path / "s.json"))
    given = [_recording("a"), _recording("b"), stored, stored, _recording("c"), stored]
    results = list(MixedTranscriber(Backwards()).transcribe_many(given))
    assert sorted(position for position, _ in results) == list(range(6))
    names = {position: result.recording_id for position, result in results if isinstance(result, Transcript)}
    assert [names[n] for n in range(6)] == ["a", "b", "s", "s", "c", "s"]
    assert list(MixedTranscriber(None).transcribe_many([])) == []
