import re

import numpy as np
import pytest

from qa_pipeline.outputs.night import read_night
from qa_pipeline.outputs.report.call_page import call_view
from qa_pipeline.outputs.report.peaks import STEPS, peaks
from qa_pipeline.outputs.report.timeline import clock, wave_path
from tests.outputs.cards import AGENT, CUSTOMER, call
from tests.outputs.report.nights import sound, write_night


def view(folder, *results):
    night = read_night(write_night(folder, *results))
    return call_view(night, night.calls[0], None, None, masked=False)


def test_the_peaks_follow_the_sound(tmp_path):
    drawn = peaks(sound(tmp_path / "s.wav"), 20.0)
    assert drawn.shape == (2, STEPS)
    left, right = drawn[0].astype(int), drawn[1].astype(int)
    assert left[: STEPS // 2 - 2].min() > 100 > left[STEPS // 2 + 2 :].max()
    assert right[STEPS // 2 + 2 :].min() > 100 > right[: STEPS // 2 - 2].max()


@pytest.mark.parametrize(
    "name", ["s02-fever-vaccine.opus", "s06-lost-parcel.mp3", "s03-heating-cold.wav", "s05-ceiling-leak.flac"]
)
def test_every_kind_of_sample_is_drawn_alike(name):
    from pathlib import Path

    from qa_pipeline.audio.decode import decode

    path = Path(__file__).parents[3] / "samples" / "calls" / name
    whole = decode(path)
    drawn = peaks(path, whole.duration)
    step = whole.channels.shape[1] // STEPS
    expected = np.abs(whole.channels[:, : step * STEPS]).reshape(len(whole.channels), STEPS, step).max(axis=2)
    for channel, loudness in enumerate(expected):
        assert np.corrcoef(np.sqrt(loudness), drawn[channel])[0, 1] > 0.9


def test_what_cannot_be_read_is_not_drawn(tmp_path):
    (tmp_path / "x.wav").write_bytes(b"RIFF....WAVEnothing")
    assert peaks(tmp_path / "x.wav", 3.0) is None
    assert peaks(tmp_path / "none.wav", 3.0) is None
    assert peaks(tmp_path / "none.wav", 0.0) is None


def test_the_outline_is_as_high_as_the_steps():
    heights, y = [], 0
    for relative in re.findall(r"l1(-?\d+| \d+)|(h1)", wave_path([0, 255, 255, 128, 0])):
        y += int(relative[0]) if relative[0] else 0
        heights.append(-y)
    assert heights == [1, 100, 100, 50, 1]


def test_overlap_dead_air_and_lanes(tmp_path):
    line = view(tmp_path, call("a")).timeline
    assert [(lane.role, len(lane.speech)) for lane in line.lanes] == [("agent", 2), ("customer", 2)]
    assert [(box.start, box.end) for box in line.overlaps] == [(5.5, 6.0)]
    assert [(box.start, box.end) for box in line.dead_air] == [(8.0, 14.0)]
    assert line.measured
    assert line.overlaps[0].x == 275.0


def test_everything_lies_inside_the_call(tmp_path):
    late = ((AGENT, 0.0, 1.0, "您好"), (CUSTOMER, 18.0, 25.0, "你们到底管不管"), (CUSTOMER, 26.0, 27.0, "好的谢谢"))
    line = view(tmp_path, call("a", said=late, duration=20.0)).timeline
    boxes = [box for lane in line.lanes for box in lane.speech] + list(line.dead_air) + list(line.overlaps)
    assert all(0 <= box.x <= 1000 for box in boxes)
    assert line.mood is None or all(0 <= dot.x <= 1000 and 0 <= dot.y <= 1000 for dot in line.mood.dots)


def test_a_silent_call_has_lanes_and_no_dead_air(tmp_path):
    line = view(tmp_path, call("a", said=())).timeline
    assert len(line.lanes) == 2
    assert line.dead_air == ()


def test_a_call_of_no_length_has_no_timeline(tmp_path):
    assert view(tmp_path, call("a", said=(), duration=0.0)).timeline is None


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (3661, "1:01:01")])
def test_clock(seconds, shown):
    assert clock(seconds) == shown
