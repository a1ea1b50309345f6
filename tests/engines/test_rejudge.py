"""Judging a scored folder again asks the rules that changed, and leaves the bytes of asking all of them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.engines import program as programs
from qa_pipeline.engines import rejudge
from qa_pipeline.engines.local import score
from qa_pipeline.engines.rescore import rescore
from qa_pipeline.outputs.judged import JudgedPart
from qa_pipeline.outputs.provenance import UNKNOWN, read_provenance
from qa_pipeline.records import Role
from qa_pipeline.transcribe.store import TranscriptStore
from tests.rules.sets import written

REFERENCES = Path(__file__).resolve().parents[2] / "samples" / "references"
TABLES = ("calls", "outcomes", "findings", "utterances", "journal")
HEAD = 'ruleset: test-set\ntitle: 测试\nversion: "{version}"\n'
SET = """
lexicons:
  thanks: [感谢您的来电, 感谢您]
  rules: [规定]
parameters:
  silence-s: {value: 3}
scoring:
  sections: {礼仪: {weight: 60}, 沟通: {weight: 40}}
  grades: [{grade: 好, from: 90}, {grade: 差, from: 0}]
  line_grades: {indicators: [礼仪/问候, 礼仪/禁语], key: [礼仪/问候], grades: [{grade: 优秀, passed_at_least: 2}, {grade: 冷线}]}
rules:
  - {id: greeting, title: 问候, indicator: 礼仪/问候, require: {phrase: {role: agent, any: [您好]}}, score: {deduct: 5}}
  - {id: thanks, title: 致谢, indicator: 礼仪/问候, require: {phrase: {role: agent, any: [$thanks]}}, score: {deduct: 4}}
  - id: modal
    title: 语气词
    indicator: 礼仪/禁语
    forbid: {phrase: {role: agent, any: [啊, 哦, 呢, 的]}}
    unless: [{id: short, why: 很短, duration: {at_most_s: 1}}]
    score: {deduct: 2.5, per: hit, max: 6}
  - {id: silence, title: 静音, indicator: 沟通/静音, forbid: {dead_air: {max_s: $silence-s}}, score: {deduct: 5}}
  - {id: repeats, title: 复述, indicator: 沟通/复述, reward: {phrase: {role: agent, any: [您是说, 地址]}}, score: {add: 3}}
  - {id: wall, title: 挡人, indicator: 礼仪/禁语, forbid: {phrase: {any: [$rules]}}, guards: [], score: {deduct: 20, veto: true}}
  - {id: both, title: 两样, indicator: 沟通/两样, when: {finding: {rule: wall}}, forbid: {finding: {rule: modal}}}
  - {id: deep, title: 再问, indicator: 沟通/再问, forbid: {finding: {rule: both}}, score: {deduct: 1}}
"""
EVERY = {"greeting", "thanks", "modal", "silence", "repeats", "wall", "both", "deep"}
EDITS = {
    "nothing but the version": ([], set()),
    "a phrase more in a lexicon": ([("[规定]", "[规定, 没办法]")], {"wall", "both", "deep", "modal"}),
    "a lexicon that is only written into the rule": ([("[$rules]", "[规定]")], {"wall", "both", "deep", "modal"}),
    "a parameter": ([("{value: 3}", "{value: 1.5}")], {"silence"}),
    "an excuse": ([("at_most_s: 1}}]", "at_most_s: 80}}]")], {"modal", "both", "deep", "wall"}),
    "a rule that says what another found": (
        [("forbid: {finding: {rule: both}}", "forbid: {finding: {rule: both, outcome: pass}}")],
        {"deep", "both", "wall", "modal"},
    ),
    "points": ([("{deduct: 5}", '{deduct: "7.50"}'), ("{add: 3}", "{add: 1}"), ("max: 6", "max: 4")], set()),
    "a veto, an indicator, advice": (
        [("20, veto: true}", "20}"), ("沟通/静音", "礼仪/静音"), ("title: 复述", "title: 复述, advice: 说清楚, severity: major")],
        set(),
    ),
    "a title": ([("title: 致谢", "title: 道谢")], {"thanks"}),
    "grades and weights": ([("from: 90", "from: 70"), ("weight: 60", "weight: 5"), ("passed_at_least: 2", "passed_at_least: 1")], set()),
    "how sure one must be": ([("scoring:\n", "scoring:\n  min_confidence: 0.5\n")], "all"),
    "a guard": ([("guards: []", "guards: [quoted]")], {"wall", "both", "deep", "modal"}),
    "where a rule looks": ([("title: 问候,", "title: 问候, within: {turns: {first: 1}},")], {"greeting"}),
    "a rule less": ([("  - {id: deep, title: 再问, indicator: 沟通/再问, forbid: {finding: {rule: both}}, score: {deduct: 1}}\n", "")], set()),
    "a rule more": (
        [("rules:\n  - {id: greeting", "rules:\n  - {id: ask, title: 问, indicator: 沟通/问, require: {question: {role: agent}}}\n  - {id: greeting")],
        {"ask"},
    ),
    "another order": (
        [("  - {id: silence", "  - {id: zzz, title: 末, indicator: 沟通/末, forbid: {phrase: {any: [喂]}}}\n  - {id: silence")],
        {"zzz"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """Nine sample calls, judged by the set as it was."""
    room = tmp_path_factory.mktemp("scored")
    (room / "in").mkdir()
    for path in sorted(REFERENCES.glob("*.yaml"))[::2]:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        (room / "in" / f"{path.stem}.json").write_text(json.dumps(said | by_sound(said)), encoding="utf-8")
    (room / "in" / "broken.json").write_text(json.dumps({"utterances": [{"start": 5, "end": 1, "text": "您好"}]}))
    score(room / "in", out=room / "one", ruleset=str(set_file(room)), jobs=1)
    return room / "one"


def by_sound(said):
    """What a recogniser knows besides: stretches of speech, words that it did not trust; not of every call."""
    if len(said["utterances"]) % 2:
        return {"team": "夜班"}
    spans = [[[u["start"], u["end"]] for u in said["utterances"] if u["channel"] == channel] for channel in (0, 1)]
    dropped = {"channel": 0, "start": 1.0, "end": 1.2345, "text": "字幕", "reason": "subtitle", "lost": False}
    return {"speech": spans, "dropped": [dropped], "warnings": ["太轻"], "recognition": {"windows": 3, "gated": 1}}


def set_file(folder, edits=(), version="1"):
    text = SET
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    return written(folder, HEAD.format(version=version) + text)


def tables(out):
    return {name: data for name, data in files(out).items() if not name.startswith("journal/")}


def files(out):
    return {f"{table}/{path.name}": path.read_bytes() for table in TABLES for path in (out / table).iterdir()}


@pytest.fixture
def asked(monkeypatch):
    """Which rules were asked of the calls that were looked at."""
    found: list[set[str]] = []
    honest = rejudge.score_heard

    def spy(recording, heard, rules, clock, known=None):
        found.append({rule.spec.id for rule in rules.rules} - set(known or ()))
        return honest(recording, heard, rules, clock, known)

    monkeypatch.setattr(rejudge, "score_heard", spy)
    return found


@pytest.mark.parametrize("name", EDITS)
def test_only_what_changed_is_asked_and_nobody_sees_a_difference(name, scored, tmp_path, asked):
    edits, expected = EDITS[name]
    ruleset = str(set_file(tmp_path, edits, version="2"))
    rescore(scored, out=tmp_path / "again", ruleset=ruleset, jobs=1)
    expected = EVERY if expected == "all" else expected
    assert asked == ([expected] * 10 if expected else [])  # the broken one was never heard
    rescore(scored, out=tmp_path / "full", ruleset=ruleset, jobs=1, full=True)
    assert files(tmp_path / "again") == files(tmp_path / "full")


@settings(max_examples=6, deadline=None)
@given(
    first=st.sets(st.sampled_from(sorted(EDITS)), max_size=3),
    second=st.sets(st.sampled_from(sorted(EDITS)), max_size=3),
)
def test_by_whatever_way_a_set_is_reached_its_files_are_the_same(first, second, scored, tmp_path_factory):
    room = tmp_path_factory.mktemp("way")
    sets = [str(edited(room / name, some)) for name, some in (("one", first), ("two", second))]
    rescore(scored, out=room / "between", ruleset=sets[0], jobs=1)
    rescore(room / "between", out=room / "there", ruleset=sets[1], jobs=1)
    rescore(scored, out=room / "full", ruleset=sets[1], jobs=1, full=True)
    assert tables(room / "there") == tables(room / "full")


def edited(folder, names):
    """The set with some of the edits, as far as they go together."""
    text = SET
    for before, after in (edit for name in sorted(names) for edit in EDITS[name][0]):
        text = text.replace(before, after)
    return written(folder, HEAD.format(version="3") + text)


def test_there_and_back_again(scored, tmp_path, asked):
    changed = set_file(tmp_path / "new", EDITS["a parameter"][0])
    rescore(scored, out=tmp_path / "there", ruleset=str(changed), jobs=1)
    rescore(tmp_path / "there", out=tmp_path / "back", ruleset=str(set_file(tmp_path)), jobs=1)
    assert asked == [{"silence"}] * 20
    assert tables(tmp_path / "back") == tables(scored) != tables(tmp_path / "there")


def test_where_nothing_is_judged_no_transcript_is_read(scored, tmp_path, monkeypatch):
    monkeypatch.setattr(TranscriptStore, "read", lambda store, key: None)
    summary = rescore(scored, out=tmp_path / "two", ruleset=str(set_file(tmp_path)), jobs=1)
    assert (summary.calls, summary.failed) == (11, 1)
    assert tables(tmp_path / "two") == tables(scored)
    lost = rescore(scored, out=tmp_path / "three", ruleset=str(set_file(tmp_path)), jobs=1, full=True)
    assert lost.failed == 11


def test_what_another_program_found_is_found_again(scored, tmp_path, asked, monkeypatch):
    monkeypatch.setattr(rejudge, "program", lambda: "another")
    rescore(scored, out=tmp_path / "two", ruleset=str(set_file(tmp_path)), jobs=1)
    assert asked == [EVERY] * 10


def test_a_part_that_lost_rows_is_judged_again(scored, tmp_path, asked):
    shutil.copytree(scored, tmp_path / "one")
    path = tmp_path / "one" / "outcomes" / "part-00000.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(3), path)
    rescore(tmp_path / "one", out=tmp_path / "two", ruleset=str(set_file(tmp_path)), jobs=1)
    assert asked == [EVERY]  # of the first call: what is lacking there cannot be told again
    assert tables(tmp_path / "two") == tables(scored)


def test_with_versions_by_date_each_call_keeps_its_own(tmp_path, asked):
    room = tmp_path / "sets"
    (room / "x.yaml").parent.mkdir()
    for name, day, edits in (("x", "2026-01-01", []), ("x@old", "2025-01-01", [("{value: 3}", "{value: 1.5}")])):
        until = "" if name == "x" else ", until: 2025-12-31"
        path = set_file(room, edits).rename(room / f"{name}.yaml")
        path.write_text(path.read_text().replace("lexicons:", f"effective: {{from: {day}{until}}}\nlexicons:", 1))
    (tmp_path / "in").mkdir()
    said = yaml.safe_load(sorted(REFERENCES.glob("*.yaml"))[0].read_text(encoding="utf-8"))
    for name, day in (("a", "2025-06-01"), ("b", "2026-06-01")):
        (tmp_path / "in" / f"{name}.json").write_text(json.dumps({**said, "id": name, "started_at": f"{day}T10:00:00"}))
    score(tmp_path / "in", out=tmp_path / "one", ruleset=str(room / "x.yaml"), by_date=True, jobs=1)
    rescore(tmp_path / "one", out=tmp_path / "two", ruleset=str(room / "x.yaml"), by_date=True, jobs=1)
    assert asked == []
    assert tables(tmp_path / "two") == tables(tmp_path / "one")
    rescore(tmp_path / "one", out=tmp_path / "three", ruleset=str(room / "x.yaml"), jobs=1)
    assert asked == [{"silence"}]


def test_a_folder_says_by_what_its_outcomes_were_found(scored):
    found_by = read_provenance(scored / "outcomes" / "part-00000.parquet")
    assert found_by.program == programs.program()
    ((sha256, rules),) = found_by.rules.items()
    assert {sha256} == set(pq.read_table(scored / "calls")["ruleset_sha256"].to_pylist())
    assert set(rules) == EVERY


def test_rows_of_two_programs_in_one_part_say_nothing_of_themselves(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    said = {"utterances": [{"role": "agent", "start": 0.5, "end": 2, "text": "您好"}]}
    (tmp_path / "in" / "a.json").write_text(json.dumps(said))
    ask = {"out": tmp_path / "out", "ruleset": str(set_file(tmp_path)), "jobs": 1}
    part = tmp_path / "out" / "outcomes" / "part-00000.parquet"
    score(tmp_path / "in", **ask)
    assert read_provenance(part).program
    monkeypatch.setattr("qa_pipeline.engines.work.program", lambda: "another")
    (tmp_path / "in" / "b.json").write_text(json.dumps(said))
    score(tmp_path / "in", **ask)
    assert read_provenance(part) == UNKNOWN
    assert len(set(pq.read_table(part)["recording_id"].to_pylist())) == 2


def test_what_a_part_says_comes_back_as_it_was_written(scored):
    part = JudgedPart(scored, 0, programs.program())
    rows = pq.read_table(scored / "findings").to_pylist()
    told = [
        (call.recording_id, rule_id, hit.role, hit.start, hit.end, hit.quote, hit.matched, hit.turn, hit.operator)
        for call in part.scored()
        for rule_id in call.rules
        for hit in call.said(rule_id)[2]
    ]
    names = ("recording_id", "rule_id", "role", "start_s", "end_s", "quote", "matched", "turn", "operator")
    assert len(told) > 10
    assert sorted(map(repr, told)) == sorted(repr(tuple(_read(row, name) for name in names)) for row in rows)
    assert part.call("nobody") is None
    assert all(call.said("no-such-rule") is None for call in part.scored())


def _read(row, name):
    return (
        (Role(row[name]) if row[name] else None)
        if name == "role"
        else row[name] or ("" if name == "operator" else row[name])
    )


def test_the_digest_of_the_program_is_over_all_that_judges():
    code = (
        "import sys, json\n"
        "from tests.rules.calls import call\n"
        "from qa_pipeline.pipeline import score_heard\n"
        "from qa_pipeline.rules import judge, load\n"
        "from qa_pipeline.rules.operators import operator, operator_names\n"
        "[operator(name) for name in operator_names()]\n"
        "judge(call('客服: 您好', '客户: 暖气不热，我叫王小明'), load('hotline'))\n"
        "print(json.dumps([m.__file__ for n, m in sys.modules.items() if n.startswith('qa_pipeline') and m.__file__]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REFERENCES.parents[1], check=True, capture_output=True)
    seen = {Path(name).relative_to(programs.ROOT).as_posix() for name in json.loads(done.stdout)}
    over = {path.relative_to(programs.ROOT).as_posix() for path in programs.files()}
    assert seen - over == {"__init__.py", "errors.py", "shipped.py", "transcribe/__init__.py"}  # decide nothing
    assert {"text/attitude.tsv", "rules/judge.py", "outputs/rows.py"} <= over
    assert not any(name.startswith(programs.ASIDE) for name in over)
