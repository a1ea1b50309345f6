"""``rules check``: each lint on a set with one fault and on the same set mended; faults, ignores, levels, the page."""

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.rules.check_pages import explain, page
from qa_pipeline.rules.checking import check_rule_sets, codes
from qa_pipeline.rules.fault_codes import KINDS, OTHER
from qa_pipeline.rules.files import find_rule_set
from qa_pipeline.rules.lints import lints
from qa_pipeline.rules.lints._said import innocent_wordings
from qa_pipeline.rules.report import Level
from tests.cli.run import ROOT

HEAD = 'ruleset: mine\ntitle: 我的\nversion: "1"\nsource: 标准\n'
RULE = """\
rules:
  - id: r
    title: 规则
    indicator: 分项/指标
    source: 标准 1
    advice: 建议
    {body}
"""
CASES = "- rule: r\n  fires: [{}]\n  silent: [{}]\n".format("客服: 一", "客服: 二")


def ruled(*body, **more):
    """A set with one rule of this body; more keys of the file after it."""
    text = RULE.format(body="\n    ".join(body))
    return text + "".join(f"{key}: {value}\n" for key, value in more.items())


def two(first, second):
    """Two rules, each written on a line of its own: r on line 6, s on line 7."""
    rule = "  - {{id: {}, title: 规则, indicator: 分项/指标, source: 标准, advice: 建议, {}}}"
    return "rules:\n" + rule.format("r", first) + "\n" + rule.format("s", second) + "\n"


def said(*phrases, kind="forbid", role="agent"):
    return f"{kind}: {{phrase: {{role: {role}, any: [{', '.join(phrases)}]}}}}"


def matching(regex):
    return f"forbid: {{pattern: {{role: agent, regex: '{regex}'}}}}"


LINES = {
    "QA103": ("rules:\n  - {id: r, title: 规则, indicator: a/b, " + said("这事我管不着") + "}\n", ruled(said("这事我管不着")), 6),
    "QA104": (ruled(said("这事我管不着"), "score: {deduct: 2}").replace("    advice: 建议\n", ""), ruled(said("这事我管不着"), "score: {deduct: 2}"), 11),
    "QA105": (None, "lexicons: {}\n", 1),
    "QA201": (ruled(said("烦", "真烦人")), ruled(said("真烦人")), 11),
    "QA202": (ruled(said("规定")), ruled(said("规定就是规定")), 11),
    "QA203": (ruled(matching("管不着，别问")), ruled(matching("管不着别问")), 11),
    "QA204": (ruled(said("我也管不着", "管不着")), ruled(said("管不着")), 11),
    "QA205": (ruled(said("管不着", "管不着！")), ruled(said("管不着")), 11),
    "QA206": (two(said("管不着") + ", score: {deduct: 1}", said("管不着") + ", score: {deduct: 1}"), two(said("管不着") + ", score: {deduct: 1}", said("管不着")), 7),
    "QA207": (ruled("forbid: {phrase: {role: agent, any: [归定, 我们也没办法], match: pinyin}}"), ruled("forbid: {phrase: {role: agent, any: [我们也没办法], match: pinyin}}"), 11),
    "QA208": (ruled(matching("VIP|贵宾")), ruled(matching("vip|贵宾")), 11),
    "QA301": (ruled(said("客气")), ruled(said("少跟我客气")), 11),
    "QA302": (ruled(said("管不着"), "suggest: 这事我管不着您问问别人"), ruled(said("管不着"), "suggest: 我帮您登记"), 12),
    "QA303": (two(said("还有不清楚的地方", kind="require"), said("不清楚的")), two(said("还有不清楚的地方", kind="require"), said("我不清楚")), 7),
    "QA304": (two(said("请稍等一会", kind="require"), said("请稍等一会")), two(said("请稍等一会", kind="require"), said("给我等着")), 7),
    "QA401": (
        ruled(said("管不着"), "unless:", "  - {id: a, why: 甲, phrase: {any: [登记]}}", "  - {id: b, why: 乙, phrase: {any: [登记]}}"),
        ruled(said("管不着"), "unless:", "  - {id: a, why: 甲, phrase: {any: [登记]}}", "  - {id: b, why: 乙, near_s: 3, phrase: {any: [登记]}}"),
        14,
    ),
    "QA402": (ruled(said("管不着"), "score: {deduct: 20}", scoring="{sections: {分项: {weight: 100}}}"), ruled(said("管不着"), "score: {deduct: 100}", scoring="{sections: {分项: {weight: 100}}}"), 13),
    "QA403": (ruled(said("管不着"), "score: {deduct: 90}", scoring="{sections: {分项: {weight: 90}}}"), ruled(said("管不着"), "score: {deduct: 90}", scoring="{base: 90, sections: {分项: {weight: 90}}}"), 13),
    "QA404": (ruled(said("管不着"), lexicons="{spare: [管不着的]}"), ruled(said("$spare"), lexicons="{spare: [管不着的]}"), 12),
    "QA405": (ruled(said("管不着"), parameters="{long-s: {value: 8}}"), ruled("forbid: {dead_air: {max_s: $long-s}}", parameters="{long-s: {value: 8}}"), 12),
    "QA406": (
        ruled(said("管不着"), scoring="{line_grades: {indicators: [分项/指标, 分项/别的], grades: [{grade: 甲}]}}"),
        ruled(said("管不着"), scoring="{line_grades: {indicators: [分项/指标], grades: [{grade: 甲}]}}"),
        12,
    ),
    "QA407": (
        ruled("forbid: {all: [{phrase: {any: [管不着]}}, {none: [{phrase: {any: [管不着]}}]}]}"),
        ruled("forbid: {all: [{phrase: {any: [管不着]}}, {none: [{phrase: {any: [登记]}}]}]}"),
        11,
    ),
    "QA408": (ruled(said("管不着"), scoring="{grades: [{grade: 甲, from: 110}, {grade: 乙, from: 0}]}"), ruled(said("管不着"), scoring="{grades: [{grade: 甲, from: 90}, {grade: 乙, from: 0}]}"), 12),
    "QA501": (ruled(said("管不着"), lint="{ignore: {QA202: 没有}}"), ruled(said("规定"), lint="{ignore: {QA202: 有意}}"), 12),
}  # fmt: skip


def checked(folder, text, cases=CASES, name="mine", strict=False):
    """The report on a set of this text."""
    (folder / "cases").mkdir(exist_ok=True)
    both = cases + cases.replace("rule: r", "rule: s") if "id: s," in text else cases
    if "id: r" in text:
        (folder / f"cases/{name}.yaml").write_text(both, encoding="utf-8")
    path = folder / f"{name}.yaml"
    path.write_text(text if text.startswith("ruleset") else HEAD + text, encoding="utf-8")
    return check_rule_sets([path], strict)


def found(report, code):
    return [(notice.line, notice.level) for notice in report.notices if notice.code == code]


@pytest.mark.parametrize("code", [lint.code for lint in lints()])
def test_each_lint_finds_the_fault_on_its_line_and_nothing_once_it_is_mended(tmp_path, code):
    level = next(lint.level for lint in lints() if lint.code == code)
    if code in ("QA101", "QA102"):
        key = "fires" if code == "QA101" else "silent"
        lacking = "".join(line for line in CASES.splitlines(keepends=True) if f"{key}:" not in line)
        assert found(checked(tmp_path, ruled(said("这事我管不着")), lacking), code) == [(6, level)]
        assert found(checked(tmp_path, ruled(said("这事我管不着"))), code) == []
        return
    bad, good, line = LINES[code]
    untitled = 'ruleset: mine\nversion: "1"\n'
    assert found(checked(tmp_path, bad if bad is not None else untitled), code) == [(line, level)]
    assert found(checked(tmp_path, good), code) == []


def test_a_set_without_fault_passes(tmp_path):
    report = checked(tmp_path, ruled(said("这事我管不着")), strict=True)
    assert (report.passed, report.notices) == (True, ())


def test_a_warning_stops_only_the_strict_and_an_error_everybody(tmp_path):
    warned = ruled(said("规定"))
    assert checked(tmp_path, warned).passed
    assert not checked(tmp_path, warned, strict=True).passed
    assert not checked(tmp_path, ruled(said("客气"))).passed


@pytest.mark.parametrize(
    "switched_off",
    [
        ruled(said("规定"), lint="{ignore: {QA202: 有意}}"),
        ruled(said("规定"), lint="{ignore: {QA202: {规定: 有意}}}"),
        ruled(said("规定"), "lint_ignore: {QA202: 有意}"),
    ],
)
def test_a_code_is_switched_off_with_a_reason(tmp_path, switched_off):
    report = checked(tmp_path, switched_off, strict=True)
    assert (report.passed, [each["reason"] for each in report.data["ignored"]]) == (True, ["有意"])


def test_switching_off_one_thing_leaves_the_others(tmp_path):
    report = checked(tmp_path, ruled(said("规定", "知道"), lint="{ignore: {QA202: {规定: 有意}}}"))
    assert [notice.message for notice in report.notices if notice.code == "QA202"] != []


def test_what_is_switched_off_changes_no_hash(tmp_path):
    from qa_pipeline.rules import load

    plain, silenced = (ruled(said("规定"), more) for more in ("severity: minor", "lint_ignore: {QA202: 有意}"))
    (tmp_path / "a.yaml").write_text(HEAD + plain, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(HEAD + silenced, encoding="utf-8")
    assert load(str(tmp_path / "a.yaml")).identity.sha256 == load(str(tmp_path / "b.yaml")).identity.sha256


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("QA001", "ruleset: [mine\n"),
        ("QA002", ruled(said("甲乙丙"), said("甲乙丙"))),
        ("QA003", ruled(said("甲乙丙"), "colour: red")),
        ("QA004", "rules:\n  - {title: 没有编号}\n"),
        ("QA005", ruled("forbid: {phras: {any: [甲]}}")),
        ("QA006", ruled(said("$nowhere"))),
        ("QA007", two(said("甲乙丙"), said("丁")).replace("id: s", "id: r")),
        ("QA008", ruled("forbid: {finding: {rule: r}}")),
        ("QA009", ruled(said("甲乙丙"), "score: {deduct: -1}")),
    ],
)
def test_each_kind_of_fault_has_its_code(tmp_path, code, text):
    report = checked(tmp_path, text)
    assert code in [notice.code for notice in report.notices]
    assert (report.passed, report.data["faults"] > 0) == (False, True)
    assert all(notice.level is Level.ERROR for notice in report.notices)


def test_a_fault_of_a_case_file_is_told_with_its_line(tmp_path):
    report = checked(tmp_path, ruled(said("这事我管不着")), CASES.replace("rule: r", "rule: rr"))
    assert [(n.code, n.line) for n in report.notices if n.file.endswith("cases/mine.yaml")] == [
        ("QA006", 2),
        ("QA006", 3),
    ]


def test_two_sets_that_quarrel_are_told_of_once_where_they_come_together(tmp_path):
    for name, body in (("one", said("管不着", kind="require")), ("other", said("管不着"))):
        text = ruled(body).replace("id: r", f"id: {name}-r")
        (tmp_path / f"{name}.yaml").write_text(HEAD.replace("mine", name) + text, encoding="utf-8")
    for name, included in (("both", "one, other"), ("above", "both")):
        (tmp_path / f"{name}.yaml").write_text(
            f'ruleset: {name}\nversion: "1"\ninclude: [{included}]\n', encoding="utf-8"
        )
    paths = [tmp_path / f"{name}.yaml" for name in ("one", "other", "both", "above")]
    (quarrel,) = [notice for notice in check_rule_sets(paths).notices if notice.code == "QA304"]
    assert (quarrel.file.rsplit("/", 1)[-1], quarrel.line) == ("both.yaml", 3)
    assert {detail.split(":")[0] for detail in quarrel.details} == {"one.yaml", "other.yaml"}


def test_the_page_is_current():
    shown = (ROOT / "docs/rule-checks.md").read_text(encoding="utf-8")
    assert shown == page(), "run: qa-pipeline rules check --explain all > docs/rule-checks.md"


def test_every_code_is_explained_once():
    listed = [code.code for code in codes()]
    assert len(set(listed)) == len(listed)
    for code in listed:
        assert code in explain(code)
        assert f"| {code} |" in page()
    assert {code for code, _, _ in KINDS} | {OTHER[0]} <= set(listed)
    with pytest.raises(RequestError):
        explain("QA999")


def test_innocent_wordings_are_innocent_of_the_shipped_rules():
    assert len(innocent_wordings()) > 60
    report = check_rule_sets([find_rule_set("banned-phrases")])
    assert [notice.message for notice in report.notices if notice.code == "QA301"] == []
