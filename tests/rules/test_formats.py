"""One report in every format: what each platform needs is there, whatever the text of a notice holds."""

import json
from xml.etree import ElementTree as Xml

import jsonschema
import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.rules.formats import format_names, write
from qa_pipeline.rules.formats.markdown import LONGEST
from qa_pipeline.rules.report import Code, Item, Level, Notice, Report, Section, Status

ODD = "100%，“说”<b>|`code`\n第二行\x07: a,b"
WRONG = Notice("QA301", Level.ERROR, "规则/a b.yaml", 7, 3, ODD, "改 fix", "rule-1", ("  0.5 客服: 【不客气】",))
WARNED = Notice("QA101", Level.WARNING, "a.yaml", 2, 0, "没有用例 no case")
WHOLE = Notice("QA001", Level.ERROR, "/tmp/a.yaml", 0, 0, "读不到 cannot be read")
GAP = Notice("QA601", Level.ERROR, "cases/a.yaml", 9, 1, "已知 known")
REPORT = Report(
    command="rules check",
    title="检查 Check",
    passed=False,
    summary=("三处 three", "说明 page"),
    notices=(WARNED, WRONG, WHOLE),
    items=(
        Item("set", "good", Status.PASSED, "a.yaml", 1),
        Item("set", "bad", Status.FAILED, "a.yaml", 7, WRONG),
        Item("set", "gap", Status.SKIPPED, "cases/a.yaml", 9, GAP),
    ),
    sections=(Section("表 table", ("| a |", "|---|", "| 1 |"), unfolded=True), Section("细节 details", ("- x",))),
    codes=(Code("QA301", "禁语", Level.ERROR, "docs/rule-checks.md#qa301"), Code("QA101", "用例", Level.WARNING)),
    data={"faults": 1},
)
CLEAN = Report("rules check", "检查 Check", True, ("好 fine",))

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF = {
    "type": "object",
    "required": ["version", "runs", "$schema"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": TEXT,
                                                "help": TEXT,
                                                "defaultConfiguration": {"properties": {"level": LEVEL}},
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "items": {
                            "required": ["message"],
                            "properties": {
                                "message": TEXT,
                                "level": LEVEL,
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                                "locations": {
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "required": ["uri"],
                                                        "properties": {"uri": {"pattern": r"^[!-~]+$"}},
                                                    },
                                                    "region": {
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        }
                                                    },
                                                },
                                            }
                                        }
                                    }
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}
"""What the 2.1.0 schema asks of the parts that are written here; the whole schema was tried once, by hand."""


@pytest.mark.parametrize("name", format_names())
@pytest.mark.parametrize("report", [REPORT, CLEAN])
def test_every_format_ends_with_one_newline_and_is_the_same_twice(name, report):
    text = write(report, name)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert text == write(report, name)


def test_formats_are_the_six():
    assert format_names() == ["github", "json", "junit", "markdown", "sarif", "text"]
    with pytest.raises(RequestError, match="sarif"):
        write(REPORT, "serif")


def test_text_can_be_opened_by_editors():
    lines = write(REPORT, "text").splitlines()
    assert lines[0] == "a.yaml:2:0: 提醒 warning QA101: 没有用例 no case"
    assert any(line.startswith("规则/a b.yaml:7:3: 错误 error QA301 [rule-1]: ") for line in lines)
    assert any(line.startswith("/tmp/a.yaml: 错误 error QA001") for line in lines)
    assert lines[-2:] == ["三处 three", "说明 page"]


def test_json_holds_all_of_it():
    plain = json.loads(write(REPORT, "json"))
    assert (plain["passed"], plain["faults"], plain["notices"][1]["message"]) == (False, 1, ODD)
    assert [item["status"] for item in plain["items"]] == ["passed", "failed", "skipped"]


def test_junit_counts_items_and_what_belongs_to_none():
    root = Xml.fromstring(write(REPORT, "junit"))
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("5", "2", "2")
    bad = root.find(".//testcase[@name='bad']")
    assert bad.find("failure").get("type") == "QA301"
    assert "【不客气】" in bad.find("failure").text
    assert (bad.get("file"), bad.get("line")) == ("a.yaml", "7")
    assert root.find(".//testcase[@name='good']/failure") is None
    assert sum(int(suite.get("tests")) for suite in root) == 5


def test_sarif_is_what_the_schema_asks_for():
    for report in (REPORT, CLEAN):
        jsonschema.Draft202012Validator(SARIF).validate(json.loads(write(report, "sarif")))
    run = json.loads(write(REPORT, "sarif"))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == ["QA101", "QA301", "QA001"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert places[1]["artifactLocation"] == {"uri": "%E8%A7%84%E5%88%99/a%20b.yaml", "uriBaseId": "%SRCROOT%"}
    assert places[0]["region"] == {"startLine": 2, "startColumn": 1}
    assert (places[2]["artifactLocation"]["uri"], "region" in places[2]) == ("file:///tmp/a.yaml", False)


def test_github_escapes_what_would_end_a_command():
    first, *others = write(REPORT, "github").splitlines()
    assert first.startswith("::error file=规则/a b.yaml,line=7,col=3,title=QA301 rule-1::100%25，")
    assert "%0A第二行" in first
    assert [line.split(" ")[0] for line in others] == ["::error", "::warning", "三处", "说明"]


def test_markdown_shows_errors_and_folds_the_rest():
    shown = write(REPORT, "markdown")
    assert shown.startswith("### ❌ 检查 Check\n\n- 三处 three")
    in_sight = shown[: shown.index("<details>")]
    assert "QA301" in in_sight
    assert "| 1 |" in in_sight
    assert "QA101" not in in_sight
    assert "\\<b\\>\\|\\`code\\`" in in_sight
    assert write(CLEAN, "markdown").startswith("### ✅")


def test_markdown_fits_a_comment():
    many = tuple(Section(f"s{n}", ("长" * 5000,)) for n in range(40))
    shown = write(Report("c", "t", True, ("s",), sections=many), "markdown")
    assert len(shown) < LONGEST + 1000
    assert "too long" in shown
