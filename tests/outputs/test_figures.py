from decimal import Decimal

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.figures import Figures, Rate, count_night, graver, ranked, score_bin
from qa_pipeline.outputs.night import local_start, read_night
from qa_pipeline.records import Outcome
from tests.outputs.cards import NEWER, call, failure, hit, rule
from tests.outputs.report.nights import write_night

PASS, FAIL, UNKNOWN, NA = Outcome.PASS, Outcome.FAIL, Outcome.CANNOT_TELL, Outcome.NOT_APPLICABLE


def counted(folder, *results):
    return count_night(read_night(write_night(folder, *results)))


def indicator(*outcomes, name="接待礼仪/开头语"):
    return tuple(rule(f"r{i}", outcome, indicator=name) for i, outcome in enumerate(outcomes))


def test_an_indicator_takes_the_gravest_outcome_of_its_rules(tmp_path):
    calls = [call("a", indicator(PASS, NA)), call("b", indicator(PASS, FAIL)), call("c", indicator(PASS, UNKNOWN))]
    calls += [call("d", indicator(NA, NA)), call("e", indicator(FAIL, UNKNOWN))]
    rate = counted(tmp_path, *calls).editions[0].whole.rate("接待礼仪/开头语")
    assert rate == Rate(passed=1, failed=2, cannot_tell=1, not_applicable=1)
    assert rate.told == 3
    assert rate.value == pytest.approx(1 / 3)


def test_what_mostly_cannot_be_told_is_not_in_the_mean(tmp_path):
    thin = [rule("tone", outcome, indicator="接待礼仪/语音") for outcome in (FAIL, UNKNOWN, UNKNOWN)]
    calls = [call(str(i), (rule("greeting"), each)) for i, each in enumerate(thin)]
    whole = counted(tmp_path, *calls).editions[0].whole
    assert not whole.rate("接待礼仪/语音").solid
    assert whole.rate("接待礼仪/语音").value == 0.0
    assert whole.mean_rate() == 1.0


def test_alerts_route_calls_and_rate_nobody(tmp_path):
    alert = rule("angry", FAIL, hit("angry", 1, 2, "投诉", points="0"), indicator="预警/客户情绪")
    night = counted(tmp_path, call("a", (rule("greeting"), alert)))
    whole = night.editions[0].whole
    assert whole.mean_rate() == 1.0
    assert whole.alerted == 1
    assert list(whole.sections) == ["接待礼仪"]


def test_failures_are_counted_and_never_scored(tmp_path):
    night = counted(tmp_path, call("a", score="80"), call("b", score=None, grade=None), failure("z"))
    total = night.overall
    assert (total.calls, total.scored, total.n_failed, total.with_score) == (3, 2, 1, 1)
    assert total.mean_score == Decimal("80.00")
    assert dict(total.failed) == {"decode": 1}


def test_two_versions_never_add_up(tmp_path):
    night = counted(tmp_path, call("a", score="80"), call("b", score="60", ruleset=NEWER), call("c", ruleset=NEWER))
    assert [(part.edition.version, part.whole.calls) for part in night.editions] == [("2.0.0", 2), ("1.0.0", 1)]
    assert [part.whole.mean_score for part in night.editions] == [Decimal("75.00"), Decimal("80.00")]


def test_figures_add_up_whatever_the_order(tmp_path):
    calls = [
        call(f"c{i}", indicator(FAIL if i % 3 else PASS), score=str(60 + i), agent_id=str(i % 2)) for i in range(9)
    ]
    night = counted(tmp_path, *calls)
    whole, by_agent = night.editions[0].whole, night.editions[0].by["agent"]
    merged = Figures().merge(by_agent["1"]).merge(by_agent["0"])
    assert merged == whole


def test_small_groups_are_shown_and_not_ranked():
    large, tiny = Figures(calls=12, scored=12), Figures(calls=2, scored=2)
    for figures, outcome in ((large, "fail"), (tiny, "pass")):
        figures.indicators["a/b"][outcome] = figures.scored
    assert ranked({"tiny": tiny, "large": large}) == ([("large", large)], [("tiny", tiny)])


def test_told_and_untold_by_rule(tmp_path):
    night = counted(
        tmp_path, call("a", (rule("x", PASS),)), call("b", (rule("x", UNKNOWN),)), call("c", (rule("x", NA),))
    )
    assert (night.editions[0].told["x"], night.editions[0].untold["x"]) == (1, 1)


def test_the_interval_holds_the_rate_and_narrows():
    few, many = Rate(3, 1, 0, 0), Rate(300, 100, 0, 0)
    for rate in (few, many, Rate(0, 5, 0, 0), Rate(5, 0, 0, 0)):
        low, high = rate.interval
        assert 0 <= low <= rate.value <= high <= 1
    assert many.interval[1] - many.interval[0] < few.interval[1] - few.interval[0]
    assert Rate(0, 0, 3, 0).interval is None


def test_bins_and_gravity():
    assert [score_bin(Decimal(s)) for s in ("0", "4.99", "5", "99.5", "100")] == [0, 0, 5, 95, 100]
    assert graver("pass", "cannot_tell") == "cannot_tell"
    assert graver("fail", "cannot_tell") == "fail"


def test_local_time_is_the_manifests_own(tmp_path):
    times = {"given": "2026-03-02T09:15:00+08:00", "naive": "2026-03-02T23:10:00", "none": ""}
    calls = [call(name, started_at=value) for name, value in times.items()]
    rows = {row["recording_id"]: local_start(row) for row in read_night(write_night(tmp_path, *calls)).calls}
    assert (f"{rows['given']:%d %H:%M}", f"{rows['naive']:%d %H:%M}", rows["none"]) == ("02 09:15", "02 23:10", None)


def test_a_folder_without_scorecards_says_so(tmp_path):
    with pytest.raises(RequestError, match="holds no scorecards"):
        read_night(tmp_path)


def test_tables_of_an_older_pipeline_read_as_nulls(tmp_path):
    import pyarrow.parquet as pq

    write_night(tmp_path, call("a"))
    for table, gone in (("outcomes", ["title", "veto"]), ("calls", ["speech"]), ("utterances", ["loudness_db"])):
        path = next((tmp_path / table).glob("*.parquet"))
        pq.write_table(pq.read_table(path).drop_columns(gone), path)
    night = count_night(read_night(tmp_path))
    assert night.editions[0].rules["greeting"].title == "greeting"
