import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.figures import count_night
from qa_pipeline.outputs.night import read_night
from qa_pipeline.outputs.report.baseline import baseline_of, read_baseline
from qa_pipeline.outputs.report.trend import trend
from qa_pipeline.records import Outcome
from tests.outputs.cards import NEWER, call, rule
from tests.outputs.report.nights import write_night


def night(base, day, outcome=Outcome.PASS, **more):
    calls = [call(f"{day}-{i}", (rule("greeting", outcome),), started_at=f"{day}T22:00:00", **more) for i in range(3)]
    return write_night(base / day, *calls)


def test_earlier_nights_by_day_this_one_last(tmp_path):
    folders = [night(tmp_path, day) for day in ("2026-11-03", "2026-11-01", "2026-11-02")]
    found = trend(count_night(read_night(folders[0])), [folders[1], folders[2], folders[0], folders[1]])
    assert [point.day for point in found.points] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    (earlier,) = found.earlier.values()
    assert earlier.calls == 6
    assert found.customer.calls == 6


def test_only_the_same_version_is_the_measure(tmp_path):
    old = night(tmp_path, "2026-11-01", Outcome.FAIL, ruleset=NEWER)
    now = count_night(read_night(night(tmp_path, "2026-11-02")))
    found = trend(now, [old])
    assert now.editions[0].edition not in found.earlier
    assert len(found.versions) == 2


def test_earlier_nights_as_a_baseline(tmp_path):
    figures = count_night(read_night(night(tmp_path, "2026-11-01", Outcome.FAIL))).editions[0].whole
    measure = baseline_of(figures)
    assert (measure.rates, measure.mean, measure.section("接待礼仪")) == ({"接待礼仪/开头语": 0.0}, 0.0, 0.0)


def test_a_baseline_file(tmp_path):
    path = tmp_path / "公服热线.csv"
    path.write_text("indicator,rate\n接待礼仪/开头语,58.2%\n接待礼仪/称呼,0.6\n平均,75.2\n", encoding="utf-8-sig")
    found = read_baseline(path)
    assert found.rates == {"接待礼仪/开头语": pytest.approx(0.582), "接待礼仪/称呼": 0.6}
    assert found.mean == pytest.approx(0.752)
    assert found.zh == "基准 公服热线"


@pytest.mark.parametrize(("text", "fault"), [("a,b\n1,2\n", "columns indicator,rate"), ("indicator,rate\nx,好\n", ":2: rate"),
                                             ("indicator,rate\nx,120\n", ":2: rate")])  # fmt: skip
def test_a_wrong_baseline_names_the_line(tmp_path, text, fault):
    path = tmp_path / "b.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RequestError, match=fault):
        read_baseline(path)
