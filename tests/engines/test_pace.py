"""Speed and time left, by audio."""

import pytest

from qa_pipeline.engines.pace import Pace


def fed(*points, **more):
    pace = Pace(**more)
    for wall_s, audio_s in points:
        pace.at(wall_s, audio_s)
    return pace


def test_nothing_is_said_before_two_results():
    assert fed().left_s(100, 5) is None
    assert fed((0, 0)).left_s(100, 5) is None
    assert fed((0, 0), (0.2, 60)).speed is None


def test_the_rest_takes_as_long_for_as_much_audio_whatever_the_count():
    pace = fed((10, 0), (20, 1000), (30, 2000))
    assert pace.speed == 100
    assert pace.left_s(3000, 30) == 30
    assert pace.left_s(3000, 35) == 25
    assert pace.left_s(3000, 99) == 0
    assert pace.left_s(0, 30) == 0


def test_ticks_without_results_change_nothing():
    pace = fed((0, 0), (10, 1000), (11, 1000), (19, 1000))
    assert pace.left_s(1000, 19) == pytest.approx(1)


def test_a_long_run_is_judged_by_its_last_minutes():
    slow_then_fast = [(60.0 * minute, 60.0 * minute) for minute in range(60)]
    slow_then_fast += [(3600 + 60.0 * minute, 3600 + 6000.0 * minute) for minute in range(1, 31)]
    assert fed(*slow_then_fast).speed == pytest.approx(100, rel=0.01)


def test_its_size_stays():
    pace = fed(*((second / 10, 5.0 * second) for second in range(100_000)))
    assert len(pace._seen) < 700
