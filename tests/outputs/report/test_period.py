from datetime import date

import pytest

from qa_pipeline.engines.report import report_period
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.report.period import NightCounter, Period, nights_in, period_view
from qa_pipeline.records import Outcome
from tests.outputs.cards import CUSTOMER, NEWER, call, failure, rule
from tests.outputs.report.nights import write_night


def night(base, day, count=4, *, ruleset=None, passes=True, word="暖气"):
    outcome = rule("greeting", Outcome.PASS if passes else Outcome.FAIL)
    said = ((CUSTOMER, 1.0, 3.0, f"我家{word}坏了"),)
    more = {} if ruleset is None else {"ruleset": ruleset}
    calls = [
        call(f"{day}-{i}", (outcome,), said=said, score=str(80 + i), started_at=f"{day}T22:00:00", team="一组", **more)
        for i in range(count)
    ]
    return write_night(base / day, *calls)


def counts(period, *folders):
    total = {}
    for folder in folders:
        for key, count in NightCounter(period, True)(folder).items():
            total[key] = total[key].merge(count) if key in total else count
    return total


@pytest.mark.parametrize(
    ("period", "day", "name"),
    [
        (Period.WEEK, date(2027, 1, 3), "2026-W53"),
        (Period.WEEK, date(2026, 11, 16), "2026-W47"),
        (Period.MONTH, date(2026, 11, 30), "2026-11"),
        (Period.QUARTER, date(2026, 3, 31), "2026-Q1"),
        (Period.QUARTER, date(2026, 10, 1), "2026-Q4"),
        (Period.YEAR, date(2026, 12, 31), "2026"),
    ],
)
def test_names_of_periods(period, day, name):
    assert period.of(day) == name


def test_nights_of_a_period_add_up(tmp_path):
    folders = [
        night(tmp_path, "2026-11-02"),
        night(tmp_path, "2026-11-30", passes=False),
        night(tmp_path, "2026-12-01"),
    ]
    view = period_view(Period.MONTH, counts(Period.MONTH, *folders), 3, words=True)
    assert view.periods == ("2026-11", "2026-12")
    (edition,) = view.editions
    (line,) = edition.sections["接待礼仪"]
    assert [(rate.passed, rate.told) for rate in line.rates] == [(4, 8), (4, 4)]


def test_versions_are_never_mixed(tmp_path):
    folders = [night(tmp_path, "2026-11-02"), night(tmp_path, "2026-11-03", ruleset=NEWER, passes=False)]
    view = period_view(Period.MONTH, counts(Period.MONTH, *folders), 2, words=False)
    assert [(e.edition.version, e.parts[0].whole.scored, e.parts[0].whole.mean_rate()) for e in view.editions] == [
        ("2.0.0", 4, 0.0),
        ("1.0.0", 4, 1.0),
    ]
    report_period(folders, tmp_path / "out", Period.MONTH, jobs=1)
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "2 个规则集版本" in page


def test_a_night_over_the_turn_of_a_month_is_told_apart(tmp_path):
    calls = [
        call("a", started_at="2026-10-31T23:50:00"),
        call("b", started_at="2026-11-01T00:10:00"),
        call("c"),
        failure("z"),
    ]
    found = counts(Period.MONTH, write_night(tmp_path / "n", *calls))
    assert {key: sum(p.whole.calls for p in count.editions.values()) for key, count in found.items()} == {
        "2026-10": 1, "2026-11": 1, "—": 2,
    }  # fmt: skip


def test_words_rise_from_one_period_to_the_next(tmp_path):
    folders = [night(tmp_path, "2026-11-02", 40), night(tmp_path, "2026-12-02", 40, word="燃气")]
    view = period_view(Period.MONTH, counts(Period.MONTH, *folders), 2, words=True)
    assert [word.word for word in view.rising["customer"]] == ["燃气"]


def test_a_folder_of_nights_and_many_processes(tmp_path):
    for day in range(1, 7):
        night(tmp_path / "nights", f"2026-11-{day:02d}")
    assert len(nights_in([tmp_path / "nights"])) == 6
    for jobs in (1, 2):
        written = report_period([tmp_path / "nights"], tmp_path / f"out{jobs}", Period.WEEK, jobs=jobs)
        assert written.calls == 24
    assert (tmp_path / "out1" / "index.html").read_text() == (tmp_path / "out2" / "index.html").read_text()


def test_a_night_named_twice_and_no_night_are_refused(tmp_path):
    one = night(tmp_path / "nights", "2026-11-01")
    with pytest.raises(RequestError, match="named twice"):
        nights_in([one, tmp_path / "nights"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError, match="holds no scorecards"):
        nights_in([tmp_path / "empty"])
