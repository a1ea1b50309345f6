"""What is shown and logged while a run goes on."""

import io
import json

import pytest
from rich.cells import cell_len
from rich.text import Text

from qa_pipeline.cli._log import JsonLog, write_line
from qa_pipeline.cli._progress import BAR, clock, share, told
from qa_pipeline.engines.events import PartWritten, RecordingFailed
from qa_pipeline.engines.run import Progress


def test_the_bar_is_filled_by_audio_not_by_count():
    assert share(Progress(90, 100, 0, 100.0, 10.0, 1000.0)) == 0.1
    assert share(Progress(90, 100, 0, 100.0, 10.0)) == 0.9
    assert share(Progress(100, 100, 0, 990.0, 10.0, 1000.0)) == 1.0  # headers said a little more
    assert share(Progress(0, 0, 0, 0.0, 0.0)) == 1.0


def test_a_full_line_fits_eighty_columns():
    line = Text.from_markup(told(Progress(9999, 10_000, 123, 9e5, 300.0, 1e6, 36_000.0, 12 * 2**30))).plain
    assert line == "9999/10000  剩余 ETA 10:00:00  3000 音频h/h  失败 failed 123  12.0 GB"
    assert BAR + 1 + cell_len(line) <= 80


def test_what_nobody_knows_yet_is_left_out():
    assert told(Progress(0, 5, 0, 0.0, 0.0)) == "0/5  剩余 ETA -:--"


@pytest.mark.parametrize(("seconds", "shown"), [(None, "-:--"), (0, "0:00"), (61.4, "1:01"), (3599.6, "1:00:00")])
def test_time_left(seconds, shown):
    assert clock(seconds) == shown


def test_one_object_a_line_and_progress_now_and_then():
    now, lines = [0.0], io.StringIO()
    log = JsonLog(clock=lambda: now[0], to=lines)
    for done in range(30):
        now[0] = float(done)
        log.progress(Progress(done, 29, 0, 60.0 * done, now[0], 1740.0))
    log.event(RecordingFailed("a", "录音/a.wav", "decode", "不是音频\n第二行"))
    log.event(PartWritten("part-00001", 64))
    write_line("error", to=lines, message="坏了")
    read = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["event"] for line in read] == [*["progress"] * 4, "recording_failed", "part_written", "error"]
    assert [line["done"] for line in read[:4]] == [0, 10, 20, 29]
    assert read[1]["realtime_factor"] == 60.0
    assert read[4]["message"] == "不是音频\n第二行"
    assert all(line["time"].endswith("+00:00") for line in read)
