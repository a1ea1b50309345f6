"""``qa-pipeline explain`` and ``rules schema`` through the real command."""

import json

from typer.testing import CliRunner

from qa_pipeline.cli import app

RUN = CliRunner()


def scored(tmp_path) -> str:
    lines = [("agent", "喂，说话"), ("customer", "这是规定吗"), ("agent", "我也没办法，您自己想办法吧。")]
    utterances = [{"role": r, "start": 3 * i, "end": 3 * i + 2.5, "text": t} for i, (r, t) in enumerate(lines)]
    (tmp_path / "call.json").write_text(json.dumps({"id": "call-1", "utterances": utterances}), encoding="utf-8")
    assert RUN.invoke(app, ["score", str(tmp_path / "call.json"), "--out", str(tmp_path / "out"), "-q"]).exit_code == 0
    return str(tmp_path / "out")


def test_explain_shows_words_hits_reasons_and_arithmetic(tmp_path):
    said = RUN.invoke(app, ["explain", "call-1", "--from", scored(tmp_path)])
    assert said.exit_code == 0
    for expected in (
        "客服 我也没办法",
        "客户 这是规定吗",
        "▲",
        "banned-phrase-helpless",
        "基础分 base 100",
        "无法判断",
    ):
        assert expected in said.stdout


def test_explain_one_rule(tmp_path):
    said = RUN.invoke(app, ["explain", "call-1", "--from", scored(tmp_path), "--rule", "banned-phrase-mocking"])
    assert said.exit_code == 0
    assert "banned-phrase-mocking" in said.stdout
    assert "greeting-opening" not in said.stdout.split("基础分")[0]


def test_what_was_said_cannot_steer_the_terminal(tmp_path):
    said = [{"role": "agent", "start": 0, "end": 3, "text": "您好\x1b[31m红\u202e字\x07"}]
    (tmp_path / "a.json").write_text(json.dumps({"id": "a", "utterances": said}), encoding="utf-8")
    RUN.invoke(app, ["score", str(tmp_path / "a.json"), "--out", str(tmp_path / "out"), "-q"])
    shown = RUN.invoke(app, ["explain", "a", "--from", str(tmp_path / "out")]).stdout
    assert "您好\\x1b[31m红\\u202e字\\x07" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_what_cannot_be_explained_exits_with_2(tmp_path):
    assert RUN.invoke(app, ["explain", "nobody", "--from", scored(tmp_path)]).exit_code == 2
    assert RUN.invoke(app, ["explain", "x", "--from", str(tmp_path)]).exit_code == 2


def test_rules_schema_prints_json():
    said = RUN.invoke(app, ["rules", "schema"])
    assert said.exit_code == 0
    assert json.loads(said.stdout)["$defs"]["condition"]["properties"]["phrase"]
