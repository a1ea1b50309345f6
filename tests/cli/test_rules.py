"""``qa-pipeline rules``: what each command prints, and how it exits."""

import json

import pytest

from tests.cli.run import qa

SET = """\
ruleset: mine
title: 我的
version: "1"
rules:
  - {id: shield, title: 规定, indicator: 禁语/规定, forbid: {phrase: {role: agent, any: [这是规定]}}, score: {deduct: 50}}
"""
CALL = {
    "id": "c1",
    "utterances": [{"role": "agent", "start": 0, "end": 2, "text": "这是规定"}],
    "labels": {"banned_phrase": True, "dead_air": False, "grade": "普通", "score": 50},
    "evidence_by_key": {"banned_phrase": [0]},
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cases").mkdir()
    (tmp_path / "mine.yaml").write_text(SET, encoding="utf-8")
    return tmp_path


def cases(folder, text):
    (folder / "cases" / "mine.yaml").write_text(text, encoding="utf-8")


def test_cases_that_hold_exit_0_and_uncovered_rules_are_named(folder):
    cases(folder, "- rule: shield\n  fires:\n    - 客服: 这是规定\n    - {客服: 归定, todo: 同音}\n")
    shown = qa("rules", "test", "mine.yaml", cwd=folder)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "mine  2 条用例 cases  1 通过 passed  1 已知缺口 todo" in shown.stdout
    assert "cases/mine.yaml:4 shield" in shown.stdout
    assert "rules that no case shows silent (1): shield" in shown.stdout


def test_a_case_that_fails_exits_1_and_is_shown(folder):
    cases(folder, "- rule: shield\n  silent:\n    - {why: 试试, dialogue: [客户: 为什么, 客服: 这是规定]}\n")
    shown = qa("rules", "test", ".", cwd=folder)
    assert shown.returncode == 1
    for said in ("失败 failed cases/mine.yaml:3 shield  试试", "不报 silent", "fail: 1 处 hits", "客服: 【这是规定】"):
        assert said in shown.stdout
    (report,) = json.loads(qa("rules", "test", "cases/mine.yaml", "--json", cwd=folder).stdout)
    assert report["counts"] == {"passed": 0, "failed": 1, "todo": 0, "closed": 0}
    assert (report["path"], report["cases"][0]["line"], report["never_fires"]) == ("mine.yaml", 3, ["shield"])


def test_a_broken_case_file_exits_2_with_its_line(folder):
    cases(folder, "- rule: sheild\n  fires:\n    - 客服: 这是规定\n")
    shown = qa("rules", "test", "mine.yaml", cwd=folder)
    assert shown.returncode == 2
    assert "cases/mine.yaml:3:1: 没有规则 unknown rule 'sheild'" in shown.stderr


def test_evaluate(folder):
    (folder / "calls").mkdir()
    (folder / "calls" / "c1.json").write_text(json.dumps(CALL, ensure_ascii=False), encoding="utf-8")
    (folder / "calls" / "c2.json").write_text('{"utterances": []}')
    arguments = ("rules", "evaluate", "--labels", "calls", "--ruleset", "mine.yaml")
    shown = qa(*arguments, "--misses", cwd=folder)
    assert (shown.returncode, "c2.json" in shown.stderr) == (0, True)
    for said in ("banned-phrase-*", "漏 missed c1  没有规则 no rule", "标 labelled [0] 客服: 这是规定", "grade kappa"):
        assert said in shown.stdout
    figures = json.loads(qa(*arguments, "--json", "--misses", cwd=folder).stdout)
    assert figures["scores"]["mean_absolute_error"] == 0
    assert [row["label"] for row in figures["labels"]] == ["banned_phrase", "dead_air"]
    assert figures["wrong"][0]["call"] == "c1"
    tables = qa(*arguments, "--markdown", cwd=folder).stdout
    assert "| `banned-phrase-*`（没有规则 no rule） | 1 | - | 0% | 0% | 0.00 | 0 | 1 |" in tables
    assert qa("rules", "evaluate", "--labels", "none", cwd=folder).returncode == 2


def test_list_and_show(folder):
    listed = json.loads(qa("rules", "list", "--json").stdout)
    assert {"hotline", "banned-phrases"} <= {each["name"] for each in listed}
    assert "mine" in qa("rules", "list", ".", cwd=folder).stdout
    shown = qa("rules", "show", "mine.yaml", cwd=folder)
    assert "shield  规定  不能出现 forbidden  扣 50  mine.yaml:5" in shown.stdout
    assert "forbid     mine.yaml:5" in qa("rules", "show", "mine.yaml", "--rule", "shield", cwd=folder).stdout
    plain = json.loads(qa("rules", "show", "mine.yaml", "--json", cwd=folder).stdout)
    assert plain["rules"][0]["places"]["score"] == "mine.yaml:5"
    assert qa("rules", "show", "mine.yaml", "--rule", "sheild", cwd=folder).returncode == 2


def test_docs_are_written_and_checked(folder):
    arguments = ("rules", "docs", ".", "--out", "pages")
    assert qa(*arguments, "--check", cwd=folder).returncode == 1
    shown = qa(*arguments, cwd=folder)
    assert (shown.returncode, "1 页有变化 changed" in shown.stdout) == (0, True)
    assert "`shield`" in (folder / "pages" / "mine.md").read_text(encoding="utf-8")
    assert qa(*arguments, "--check", cwd=folder).returncode == 0
    (folder / "mine.yaml").write_text(SET.replace("50", "40"), encoding="utf-8")
    stale = qa(*arguments, "--check", cwd=folder)
    assert (stale.returncode, "mine.md" in stale.stderr) == (1, True)
