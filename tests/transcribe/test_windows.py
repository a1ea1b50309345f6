import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.records import Span
from qa_pipeline.transcribe.windows import Window, pack

RATE = 16_000
SPEECH = (Span(1, 3), Span(5, 6), Span(10, 12), Span(30, 57))


def _pack(speech: tuple[Span, ...] = SPEECH, longest_s: float = 28.0) -> tuple[Window, ...]:
    return pack(0, speech, 60.0, longest_s=longest_s, pad_s=0.2, gap_s=0.3)


def test_short_turns_travel_together() -> None:
    first, second = _pack()
    assert [piece.speech for piece in first.pieces] == [(Span(1, 3),), (Span(5, 6),), (Span(10, 12),)]
    assert first.duration == pytest.approx(2.4 + 0.3 + 1.4 + 0.3 + 2.4)
    assert second.duration == pytest.approx(27.4)


def test_a_small_limit_gives_each_turn_its_own_window() -> None:
    assert [len(window.pieces) for window in _pack(longest_s=0.1)] == [1, 1, 1, 1]


def test_silence_makes_no_window() -> None:
    assert _pack(()) == ()


def test_times_map_back_to_where_they_were_said() -> None:
    window = _pack()[0]
    for piece, moment in zip(window.pieces, (2.0, 5.5, 11.0), strict=True):
        in_window = piece.offset + moment - piece.cut.start
        assert window.pieces[window.piece_at(in_window)] is piece
        assert piece.time(in_window) == pytest.approx(moment)


def test_times_in_the_gap_go_to_the_nearer_piece_and_stay_in_its_speech() -> None:
    window = _pack()[0]
    assert [window.piece_at(time) for time in (-1.0, 2.45, 2.65, 99.0)] == [0, 0, 1, 2]
    assert window.pieces[0].time(2.45) == 3.0
    assert window.pieces[1].time(2.65) == 5.0


def test_sound_is_copied_piece_by_piece() -> None:
    channel = (np.arange(60 * RATE) / (60 * RATE)).astype(np.float32)
    window = _pack()[0]
    sound = window.sound(channel)
    assert len(sound) == round(window.duration * RATE)
    for piece in window.pieces:
        at, start = round(piece.offset * RATE), round(piece.cut.start * RATE)
        length = round(piece.cut.duration * RATE) - 1
        assert np.array_equal(sound[at : at + length], channel[start : start + length])
    assert not sound[round(2.5 * RATE) : round(2.6 * RATE)].any()


@given(st.lists(st.tuples(st.floats(0.31, 20), st.floats(0.1, 28)), max_size=30), st.floats(1, 28))
def test_every_span_is_heard_once_and_windows_fit(steps: list[tuple[float, float]], longest_s: float) -> None:
    spans, time = [], 0.0
    for pause, length in steps:
        spans.append(Span(time + pause, time + pause + length))
        time = spans[-1].end
    windows = pack(1, spans, time, longest_s=longest_s, pad_s=0.2, gap_s=0.3)
    heard = [span for window in windows for piece in window.pieces for span in piece.speech]
    assert heard == spans
    assert all(window.duration <= longest_s or len(window.pieces) == 1 for window in windows)
    assert all(window.duration <= 28.4 + 1e-6 for window in windows)
    assert all(window.channel == 1 for window in windows)
