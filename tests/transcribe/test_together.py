import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.records import Recording, Transcript
from qa_pipeline.transcribe.hearing import AS_ASKED, Heard, Search
from qa_pipeline.transcribe.prepare import Prepared
from qa_pipeline.transcribe.together import recognise_together
from qa_pipeline.transcribe.windows import Window
from tests.transcribe.fakes import LIMITS, FakeEar, clear, heard, options, prepared, recording

SPEECH = ((1, 4), (6, 9), (20, 28), (40, 42))


def _prepare(recording: Recording) -> Prepared:
    """Each call speaks at its own times, so that its words tell whose they are."""
    shift = 100 * int(recording.recording_id)
    return prepared(recording.recording_id, *((a + shift, b + shift) for a, b in SPEECH))


def _texts(transcript: Transcript) -> list[str]:
    return [utterance.text for utterance in transcript.utterances]


def _calls(n: int) -> list[Recording]:
    return [recording(str(number)) for number in range(n)]


def test_every_call_gets_its_own_words() -> None:
    ear = FakeEar()
    results = dict(recognise_together(_calls(7), _prepare, ear, "fake", options()))
    assert sorted(results) == list(range(7))
    for number in range(7):
        assert _texts(results[number]) == [f"{100 * number + start:04d}" for start, _ in SPEECH]
    assert [len(batch) for batch in ear.batches[:-1]] == [4] * (len(ear.batches) - 1)


def test_batches_are_filled_across_calls() -> None:
    ear = FakeEar()
    results = [result for _, result in recognise_together(_calls(8), _prepare, ear, "fake", options(8))]
    windows = sum(result.effort.windows for result in results)
    assert windows == sum(len(batch) for batch in ear.batches) == 24
    assert windows / sum(result.effort.slots for result in results) == pytest.approx(1.0)


def test_a_batch_holds_windows_of_nearly_one_length() -> None:
    ear = FakeEar()
    list(recognise_together(_calls(8), _prepare, ear, "fake", options(4)))
    for batch in ear.batches:
        lengths = [window.duration for window, _ in batch]
        assert max(lengths) - min(lengths) < 7.0


def test_recordings_are_let_in_only_as_far_as_there_is_room() -> None:
    given, done = [], []

    def source() -> Iterator[Recording]:
        for one in _calls(50):
            given.append(one)
            yield one

    held = 0
    one_call_s = _prepare(recording("1")).held_s
    for position, _ in recognise_together(source(), _prepare, FakeEar(), "fake", options(4, hold_s=3 * one_call_s)):
        done.append(position)
        held = max(held, len(given) - len(done))
    assert len(done) == 50
    assert held <= 4


def test_a_recording_longer_than_all_room_is_let_in_alone() -> None:
    long = prepared("0", *((10 * n, 10 * n + 8) for n in range(50)))
    results = dict(recognise_together(_calls(1), lambda _: long, FakeEar(), "fake", options(4, hold_s=1.0)))
    assert len(results[0].utterances) == 50


@pytest.mark.parametrize("threads", [0, 3])
def test_one_bad_file_stops_nobody(threads: int) -> None:
    def prepare(one: Recording) -> Prepared:
        if one.recording_id == "2":
            raise RecordingError(Stage.DECODE, "broken")
        if one.recording_id == "3":
            raise ZeroDivisionError
        return _prepare(one)

    given = [*_calls(5), replace(recording("5"), problem="not found")]
    results = dict(recognise_together(given, prepare, FakeEar(), "fake", options(threads=threads)))
    assert {position: type(result) for position, result in results.items()} == {
        0: Transcript,
        1: Transcript,
        2: RecordingError,
        3: ZeroDivisionError,
        4: Transcript,
        5: RecordingError,
    }


def test_only_the_culprit_of_a_failing_batch_fails() -> None:
    def says(window: Window, _: Search) -> Heard:
        if any(306 <= piece.spoken.start < 307 for piece in window.pieces):
            raise RuntimeError("cudaErrorIllegalAddress")
        return clear(window)

    ear = FakeEar(says)
    results = dict(recognise_together(_calls(6), _prepare, ear, "fake", options(8)))
    failed = results.pop(3)
    assert isinstance(failed, RecordingError)
    assert failed.stage is Stage.TRANSCRIBE
    assert "3.wav" in failed.message
    for number, result in results.items():
        assert _texts(result) == [f"{100 * number + start:04d}" for start, _ in SPEECH]


def test_a_batch_too_large_for_memory_is_halved_and_stays_so() -> None:
    class Small(FakeEar):
        def hear(self, windows, mels, search=AS_ASKED):
            if len(windows) > 2:
                self.batches.append([])
                raise RuntimeError("CUDA failed with error out of memory")
            return super().hear(windows, mels, search)

    ear = Small()
    results = dict(recognise_together(_calls(6), _prepare, ear, "fake", options(8)))
    assert all(isinstance(result, Transcript) for result in results.values())
    assert ear.batches.count([]) <= 3


def test_a_wide_search_that_is_too_large_for_memory_makes_only_its_own_batch_smaller() -> None:
    class Small(FakeEar):
        def hear(self, windows, mels, search=AS_ASKED):
            if search != AS_ASKED and len(windows) > 1:
                raise RuntimeError("CUDA failed with error out of memory")
            return super().hear(windows, mels, search)

    def says(window: Window, search: Search) -> Heard:
        return heard(window, "我我们不知道", logprob=-1.5) if search == AS_ASKED else clear(window)

    def one_window(one: Recording) -> Prepared:
        return prepared(one.recording_id, (1, 8))

    ear = Small(says)
    results = dict(recognise_together(_calls(8), one_window, ear, "fake", options(4)))
    assert all(isinstance(result, Transcript) and result.utterances for result in results.values())
    plain = [len(batch) for batch in ear.batches if batch[0][1] == AS_ASKED]
    assert plain == [4, 4]


def test_what_concerns_everybody_is_raised() -> None:
    def says(*_: object) -> Heard:
        raise RequestError("no model")

    with pytest.raises(RequestError):
        list(recognise_together(_calls(2), _prepare, FakeEar(says), "fake", options()))


def test_a_call_without_speech_needs_no_recogniser() -> None:
    ear = FakeEar()
    results = dict(recognise_together(_calls(2), lambda one: prepared(one.recording_id), ear, "fake", options()))
    assert [results[n].utterances for n in (0, 1)] == [(), ()]
    assert ear.batches == []


def test_silent_calls_are_handed_over_at_once() -> None:
    """They must not pile up while a batch is waiting for windows."""
    pulled = []

    def source() -> Iterator[Recording]:
        for one in _calls(100):
            pulled.append(one)
            yield one

    results = recognise_together(source(), lambda one: prepared(one.recording_id), FakeEar(), "fake", options())
    next(results)
    assert len(pulled) == 1


def test_the_next_recordings_are_made_ready_meanwhile() -> None:
    """With threads, recordings 1 and 2 are being prepared before the first result is taken."""
    together = threading.Barrier(3, timeout=20)

    def prepare(one: Recording) -> Prepared:
        together.wait()
        return _prepare(one)

    results = list(recognise_together(_calls(3), prepare, FakeEar(), "fake", options(threads=3)))
    assert len(results) == 3


def test_closing_ends_the_work() -> None:
    prepared_ones = []

    def prepare(one: Recording) -> Prepared:
        prepared_ones.append(one)
        return _prepare(one)

    results = recognise_together(_calls(1000), prepare, FakeEar(), "fake", options(threads=2))
    next(results)
    results.close()
    assert len(prepared_ones) < 30


def test_doubted_windows_go_through_smaller_pieces_first() -> None:
    def says(window: Window, _: Search) -> Heard:
        return clear(window) if len(window.pieces) == 1 else heard(window, "的" * 60, logprob=-0.2)

    ear = FakeEar(says)
    ((_, result),) = recognise_together(_calls(1), _prepare, ear, "fake", options())
    assert _texts(result) == [f"{start:04d}" for start, _ in SPEECH]
    assert all(search == AS_ASKED for batch in ear.batches for _, search in batch)
    assert (result.effort.windows, result.effort.gated, result.effort.redecoded) == (3, 1, 2)
    assert result.dropped == ()


def test_then_other_searches_are_tried_and_what_is_still_bad_is_kept_apart_as_heard_first() -> None:
    steps = (AS_ASKED, *LIMITS.searches)

    def says(window: Window, search: Search) -> Heard:
        bad = any(20 <= piece.spoken.start < 28 for piece in window.pieces)
        return heard(window, "我我们不知道", logprob=-1.5 + steps.index(search) / 5) if bad else clear(window)

    ear = FakeEar(says)
    ((_, result),) = recognise_together(_calls(1), _prepare, ear, "fake", options())
    assert list(dict.fromkeys(search for batch in ear.batches for _, search in batch)) == list(steps)
    assert _texts(result) == ["0001", "0006", "0040"]
    (dropped,) = result.dropped
    assert (dropped.start, dropped.end, dropped.reason) == (20, 28, "low_probability")
    assert dropped.text == "我我们不知道"
    assert dropped.confidence == pytest.approx(2.718**-1.5, rel=0.01)
    assert result.effort.dropped == 1


def test_a_better_try_is_believed() -> None:
    def says(window: Window, search: Search) -> Heard:
        return clear(window) if search == LIMITS.searches[-1] else heard(window, "嗯" * 30)

    ((_, result),) = recognise_together(_calls(1), lambda one: prepared("0", (1, 8)), FakeEar(says), "fake", options())
    assert _texts(result) == ["0001"]
    assert (result.effort.gated, result.effort.redecoded) == (1, len(LIMITS.searches))


def test_speech_without_words_is_a_gap_that_is_told() -> None:
    """Whisper may stop early in a packed window; the piece is heard alone, and if nothing comes, that is kept."""

    def says(window: Window, _: Search) -> Heard:
        texts = ["" if piece.spoken.start == 6 else f"{round(piece.spoken.start):04d}" for piece in window.pieces]
        return heard(window, texts)

    ((_, result),) = recognise_together(_calls(1), _prepare, FakeEar(says), "fake", options())
    assert _texts(result) == ["0001", "0020", "0040"]
    assert [(d.start, d.end, d.text, d.reason) for d in result.dropped] == [(6, 9, "", "wordless")]


def test_silence_is_not_heard_again() -> None:
    ear = FakeEar(lambda window, _: heard(window, "谢谢观看", logprob=-1.2, no_speech=0.9))
    ((_, result),) = recognise_together(_calls(1), lambda one: prepared("0", (1, 4)), ear, "fake", options())
    assert len(ear.batches) == 1
    assert [d.reason for d in result.dropped] == ["no_speech"]
