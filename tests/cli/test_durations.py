"""Durations and times of day as people type them."""

from datetime import datetime

import pytest
import typer

from qa_pipeline.cli._durations import duration, seconds_until, spoken, time_of_day


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10h", 36_000), ("1h30m", 5400), ("1h 30m", 5400), ("90m", 5400), ("2.5H", 9000), ("45s", 45), ("45", 45), ("0.5", 0.5),
     ("1d", 86_400), ("1小时30分", 5400), ("20分钟", 1200), (" 5 m ", 300)],
)  # fmt: skip
def test_lengths_of_time(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "ten hours", "10x", "h", "-3h", "0", "0m", "1h30", "3m later", "nan"])
def test_what_is_no_length_of_time(text):
    with pytest.raises(typer.BadParameter):
        duration(text)


def test_the_next_seven_oclock_is_today_or_tomorrow():
    assert time_of_day("7:00") == "07:00"
    assert seconds_until("07:00", datetime(2026, 11, 20, 20, 0)) == 11 * 3600
    assert seconds_until("07:00", datetime(2026, 11, 20, 6, 30)) == 1800
    assert seconds_until("07:00", datetime(2026, 11, 20, 7, 0)) == 86_400
    for wrong in ("25:00", "7", "07:60", "seven"):
        with pytest.raises(typer.BadParameter):
            time_of_day(wrong)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (45, "45 s"), (120, "2 min"), (5400, "1 h 30 min"), (36_300, "10 h 05 min")]
)
def test_lengths_are_said_in_round_figures(seconds, said):
    assert spoken(seconds) == said
