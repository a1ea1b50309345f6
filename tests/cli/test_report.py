"""``report`` and ``export`` as a person runs them."""

import pytest

from tests.cli.run import qa
from tests.outputs.cards import call
from tests.outputs.report.nights import write_night


@pytest.fixture
def night(tmp_path):
    return write_night(tmp_path / "night", call("a", started_at="2026-11-20T22:00:00"), call("b"))


def test_report_names_the_page_to_open(night, tmp_path):
    ran = qa("report", night, "--out", tmp_path / "out")
    assert ran.returncode == 0, ran.stderr
    assert str(tmp_path / "out" / "index.html") in ran.stdout
    assert "2 通没有可播放的录音" in ran.stdout
    assert (tmp_path / "out" / "calls" / "a.html").is_file()


def test_a_period_over_many_nights(night, tmp_path):
    other = write_night(tmp_path / "other", call("c", started_at="2026-11-21T22:00:00"))
    ran = qa("report", night, other, "--period", "month", "--out", tmp_path / "out", "--no-words", "-q")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "2026-11" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_two_nights_without_a_period_cannot_run(night, tmp_path):
    ran = qa("report", night, night, "--out", tmp_path / "out")
    assert ran.returncode == 2
    assert "--period" in ran.stderr


def test_no_scorecards_cannot_run(tmp_path):
    ran = qa("report", tmp_path, "--out", tmp_path / "out")
    assert ran.returncode == 2
    assert "holds no scorecards" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_export_writes_both(night, tmp_path):
    ran = qa("export", night, "--xlsx", tmp_path / "o.xlsx", "--csv", tmp_path / "csv")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "o.xlsx").stat().st_size > 5000
    assert (tmp_path / "csv" / "通话.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_export_wants_to_know_where(night):
    ran = qa("export", night)
    assert ran.returncode == 2
    assert "--xlsx" in ran.stderr


def test_a_bad_baseline_or_history_is_told_before_a_page_is_written(night, tmp_path):
    (tmp_path / "rates.csv").write_text("indicator,rate\nx,abc\n", encoding="utf-8")
    for wrong, says in ((("--baseline", tmp_path / "rates.csv"), "rates.csv:2"), (("--history", tmp_path), "holds no")):
        ran = qa("report", night, "--out", tmp_path / "out", *wrong)
        assert ran.returncode == 2
        assert says in ran.stderr
        assert not (tmp_path / "out").exists()
