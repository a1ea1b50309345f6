"""What the cases exercise, the floors, and what came nearest to a phrase that was not found."""

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.rules.case_report import report_cases
from qa_pipeline.rules.coverage import Floor, Kind, coverage_of, read_floors
from qa_pipeline.rules.nearest import nearest
from qa_pipeline.rules.report import Level, Status
from qa_pipeline.rules.testing import run_cases
from tests.rules.sets import written

SET = """
rules:
  - id: shield
    title: 拿规定挡人
    indicator: 禁语/规定
    within: {role: agent}
    guards: []
    forbid: {any: [{phrase: {any: [这是规定, 按章办事]}}, {pattern: {regex: '谁来.{0,3}都没有用'}}]}
    unless:
      - {id: offered, why: 给了办法, phrase: {any: [帮您申请]}}
      - {id: unused, why: 没人用, phrase: {any: [另外]}}
  - id: greeting
    title: 问候
    indicator: 礼仪/问候
    require: {phrase: {role: agent, any: [很高兴为您服务]}}
"""
CASES = """\
- rule: shield
  fires:
    - 客服: 这是规定
    - {客服: 按章办事的, todo: 还没有定}
  silent:
    - {客服: 这是规定，我帮您申请, excuse: offered}
"""


def run(folder, cases=CASES, ruleset=SET):
    path = written(folder, ruleset)
    (folder / "cases").mkdir(exist_ok=True)
    (folder / "cases" / "test-set.yaml").write_text(cases, encoding="utf-8")
    return run_cases(path)


def test_each_kind_is_counted(tmp_path):
    coverage = coverage_of([run(tmp_path)])
    counts = {kind: coverage.counts(kind) for kind in Kind}
    assert counts == {Kind.FIRES: (1, 2), Kind.SILENT: (1, 2), Kind.EXCUSES: (1, 2), Kind.PHRASES: (2, 3)}
    assert [point.label for point in coverage.missing(Kind.EXCUSES)] == ["shield unused"]
    (phrase,) = coverage.missing(Kind.PHRASES)
    assert (phrase.name, phrase.line) == ("很高兴为您服务", 17)


def test_what_two_sets_share_counts_once(tmp_path):
    one = run(tmp_path)
    (tmp_path / "above.yaml").write_text('ruleset: above\nversion: "1"\ninclude: [test-set]\n', encoding="utf-8")
    both = coverage_of([one, run_cases(tmp_path / "above.yaml")])
    assert both.counts(Kind.PHRASES) == (2, 3)


def test_where_there_is_nothing_all_is_covered(tmp_path):
    coverage = coverage_of([run(tmp_path, "[]", "rules: []\n")])
    assert [coverage.percent(kind) for kind in Kind] == [100.0] * 4


def test_floors(tmp_path):
    assert read_floors(["90"]) == [Floor(Kind.FIRES, 90), Floor(Kind.SILENT, 90)]
    assert read_floors(["phrases=66.5"]) == [Floor(Kind.PHRASES, 66.5)]
    for wrong in ("ninety", "words=3", "101", "="):
        with pytest.raises(RequestError):
            read_floors([wrong])
    reports = [run(tmp_path)]
    coverage = coverage_of(reports)
    assert report_cases(reports, coverage, read_floors(["50"])).passed
    report = report_cases(reports, coverage, read_floors(["50", "phrases=70"]))
    assert not report.passed
    closed, notice = report.notices
    assert (closed.code, closed.level) == ("QA602", Level.WARNING)
    assert (notice.code, notice.line, "2/3 (67%)" in notice.message) == ("QA603", 17, True)


def test_a_known_gap_is_skipped_and_a_failure_is_a_notice_at_its_line(tmp_path):
    cases = CASES.replace("这是规定\n", "这是归定\n").replace("按章办事的, todo", "照章, todo")
    report = run(tmp_path, cases)
    told = report_cases([report], coverage_of([report]))
    assert [item.status for item in told.items] == [Status.FAILED, Status.SKIPPED, Status.PASSED]
    (notice,) = told.notices
    assert (notice.code, notice.line, notice.rule_id) == ("QA601", 3, "shield")
    assert any("最接近 nearest 0.5 s “这是归定”最像“这是规定”（75%）" in line for line in notice.details)
    assert any(line.endswith("test-set.yaml:5") for line in notice.details)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("客服: 按章程办事", "最像“按章办事”"),
        ("客服: 谁来看都没用", "最像“都没有用”"),
        ("客户: 这是规定", None),
        ("客服: 今天天气很好", None),
        ("客服: 这是规定，另外还有别的办法", "说了“这是规定”，别的条件不成立"),
    ],
)
def test_nearest(tmp_path, said, shown):
    report = run(tmp_path, f"- rule: shield\n  fires:\n    - [客户: 喂, {said}]\n")
    near = nearest(report.results[0], report.pack)
    assert near is None if shown is None else shown in str(near)


def test_nearest_to_what_is_required(tmp_path):
    report = run(tmp_path, "- rule: greeting\n  silent:\n    - 客服: 很高兴能为您服务\n")
    assert "最像“很高兴为您服务”" in str(nearest(report.results[0], report.pack))
