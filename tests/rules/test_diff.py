"""Two rule sets over calls: what is written differently, what becomes of a call, and what many come to."""

import textwrap
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.errors import RequestError, RuleSetError
from qa_pipeline.records import Outcome
from qa_pipeline.rules import judge, load, shipped_names
from qa_pipeline.rules.diff import (
    Comparison,
    CorpusNote,
    Diff,
    Gates,
    Kind,
    Limit,
    Tally,
    changes_between,
    crossed_gates,
    read_side,
    same_rules,
)
from qa_pipeline.rules.diff.report import report_of
from qa_pipeline.rules.formats import format_names, write
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.revisions import Located
from tests.rules.calls import DIALOGUES, call
from tests.rules.sets import written

OLD = """
    lexicons:
      shield: [这是规定]
    parameters:
      limit-s: {value: 8}
    scoring: {base: 100, grades: [{grade: 优秀, from: 85}, {grade: 普通, from: 60}, {grade: 冷线, from: 0}]}
    rules:
      - {id: greeting, title: 问候, indicator: 礼仪/问候, require: {phrase: {role: agent, any: [您好]}}, score: {deduct: 5}}
      - id: shield
        title: 拿规定挡人
        indicator: 禁语/规定
        forbid:
          phrase:
            role: agent
            any: [$shield, 没办法]
        score: {deduct: 20}
      - {id: silence, title: 静音, indicator: 沟通/静音, forbid: {dead_air: {max_s: $limit-s}}, score: {deduct: 5}}
      - {id: rude, title: 辱骂, indicator: 红线/辱骂, forbid: {phrase: {role: agent, any: [滚]}}, score: {veto: true}}
      - {id: both, title: 两样, indicator: 禁语/两样, forbid: {all: [{finding: {rule: shield}}, {finding: {rule: greeting}}]}}
"""


def sides(folder, old=OLD, **replaced):
    """The old set, and a new one in which each piece of text is replaced."""
    new = old
    for before, after in replaced.get("change", ()):
        assert before in new
        new = new.replace(before, after)
    paths = [written(folder, text, name) for text, name in ((old, "old"), (new, "new"))]
    return [read_side(Located(path, path.name)) for path in paths]


def compared(folder, *calls, change=(), **more):
    """Both sets over calls that are given as (id, lines)."""
    old, new = sides(folder, change=change)
    comparison, tally = Comparison(old.ruleset, new.ruleset, **more), Tally()
    for name, lines in calls:
        tally.add(comparison.compare(named(name, *lines)))
    return Diff(old, new, changes_between(old, new), CorpusNote("calls", False), tally)


def named(name, *lines):
    features = call(*lines)
    return replace(features, transcript=replace(features.transcript, recording_id=name))


GOOD = ("c-good", ["客服: 您好", "客户: 暖气不热", "客服: 我马上给您登记"])
SHIELD = ("c-shield", ["客服: 您好", "客户: 为什么", "客服: 这是规定"])
HARD = ("c-hard", ["客服: 您好", "客户: 为什么", "客服: 规定就是这样，您别问了"])
RUDE = ("c-rude", ["客服: 您好", "客户: 喂", "客服: 你走开"])
ADD_PHRASE = [("shield: [这是规定]", "shield: [这是规定, 规定就是这样]")]


def test_a_set_against_itself_changes_nothing(tmp_path):
    diff = compared(tmp_path, GOOD, SHIELD)
    assert (diff.changes.rules, diff.changes.names, diff.changes.scoring) == ((), (), ())
    assert (diff.tally.calls, diff.tally.changed, diff.tally.rules, diff.tally.mean_shift) == (2, 0, {}, 0)


@pytest.mark.parametrize("name", shipped_names())
def test_loaded_twice_every_shipped_rule_is_the_same(name):
    assert same_rules(load(name), load(name)) == {rule.spec.id for rule in load(name).rules}


def test_a_phrase_more_changes_the_rule_through_its_lexicon_on_the_line_of_the_phrase(tmp_path):
    diff = compared(tmp_path, GOOD, SHIELD, HARD, change=ADD_PHRASE)
    shield, both = diff.changes.rules
    assert (shield.rule_id, shield.kind, both.kind, both.asks) == ("shield", Kind.CHANGED, Kind.AFFECTED, ("shield",))
    assert [(key.key, key.via, key.spot.line) for key in shield.keys] == [("forbid", ("shield",), 5)]
    assert diff.changes.names[0].added == ("规定就是这样",)
    tally = diff.tally.rules["shield"]
    assert (tally.hits_before, tally.hits_after, tally.gained, tally.lost, tally.calls_gained) == (1, 2, 1, 0, 1)
    assert dict(tally.outcomes) == {
        (Outcome.PASS, Outcome.PASS): 1,
        (Outcome.FAIL, Outcome.FAIL): 1,
        (Outcome.PASS, Outcome.FAIL): 1,
    }
    assert diff.tally.grades.counts["优秀", "普通"] == 1
    assert diff.tally.shifts == {Decimal(0): 2, Decimal(-20): 1}
    (most,) = diff.tally.most_changed.items
    assert (most.call, most.differing[0].rule_id, most.differing[0].gained[0].matched) == (
        "c-hard",
        "shield",
        "规定就是这样",
    )


def test_what_is_only_written_differently_is_no_change(tmp_path):
    change = [("any: [$shield, 没办法]", "any: [这是规定, 没办法]"), ("{deduct: 20}", "{deduct: 20.0, per: call}")]
    diff = compared(tmp_path, SHIELD, change=change)
    assert diff.changes.rules == ()
    assert diff.tally.changed == 0


def test_keys_parameters_scoring_added_and_removed_rules_each_have_their_line(tmp_path):
    change = [
        ("limit-s: {value: 8}", "limit-s: {value: 5}"),
        ("from: 85", "from: 90"),
        ("score: {veto: true}", "score: {veto: true, deduct: 1}"),
        ("- {id: greeting, title: 问候", "- {id: hello, title: 问候"),
        ("{finding: {rule: greeting}}", "{finding: {rule: hello}}"),
    ]
    old, new = sides(tmp_path, change=change)
    changes = changes_between(old, new)
    told = {c.rule_id: (c.kind, [k.key for k in c.keys], c.spot.line) for c in changes.rules}
    assert told == {
        "hello": (Kind.ADDED, [], 10),
        "silence": (Kind.CHANGED, ["forbid"], 7),
        "rude": (Kind.CHANGED, ["score"], 20),
        "both": (Kind.CHANGED, ["forbid"], 21),
        "greeting": (Kind.REMOVED, [], 0),
    }
    assert [(s.key, s.spot.line) for s in changes.scoring] == [("grades", 8)]
    assert changes.rule("greeting").was.line == 10


def test_an_overlay_is_compared_as_resolved_and_says_why(tmp_path):
    written(tmp_path, "ruleset: base\nversion: '1'\n" + textwrap.dedent(OLD), "base")
    old = written(tmp_path, "ruleset: site\nversion: '1'\ninclude: [base]\n", "old")
    text = """\
ruleset: site
version: '2'
include: [base]
lexicons: {shield: {append: [没这个先例]}}
override:
  silence: {why: 系统慢, set: {score: {deduct: 2}}}
extend:
  rude:
    why: 补充
    any:
      - {phrase: {role: agent, any: [闭嘴]}}
disable: {both: 重复扣分}
"""
    new = written(tmp_path, text, "new")
    changes = changes_between(*(read_side(Located(path, path.name)) for path in (old, new)))
    told = {c.rule_id: (c.kind.value, str(c.spot).rsplit("/", 1)[-1], c.why) for c in changes.rules}
    assert told == {
        "shield": ("changed", "new.yaml:4", ""),
        "silence": ("changed", "new.yaml:6", "site: 系统慢"),
        "rude": ("changed", "new.yaml:11", "site: 补充"),
        "both": ("removed", "new.yaml:12", "重复扣分"),
    }


def test_a_new_rule_that_has_nothing_to_report_changes_no_call(tmp_path):
    rule = "      - {id: shout, title: 喊, indicator: 禁语/喊, forbid: {phrase: {role: agent, any: [闭嘴]}}}\n"
    diff = compared(tmp_path, GOOD, change=[("      - {id: rude", rule + "      - {id: rude")])
    assert (diff.tally.changed, diff.tally.rules["shout"].calls_changed) == (0, 0)


def test_a_hit_that_grows_is_the_same_hit(tmp_path):
    diff = compared(tmp_path, SHIELD, change=[("[这是规定]", "[这是规定, 这是规, 为什么这是规定, 是规定]")])
    assert (diff.tally.rules["shield"].gained, diff.tally.rules["shield"].lost) == (0, 0)


def test_gates_name_the_line_and_the_calls(tmp_path):
    gates = Gates(
        max_grade_flips=Limit.read("0"),
        max_mean_shift=Decimal("0.5"),
        max_call_shift=Decimal(20),
        max_changed_calls=Limit.read("50%"),
        no_new_veto=True,
        max_new_hits={"shield": 0, "*": 0},
    )
    diff = compared(tmp_path, GOOD, SHIELD, HARD, change=ADD_PHRASE)
    results = {result.gate: result for result in crossed_gates(diff, gates)}
    assert {gate for gate, result in results.items() if result.crossed} == {
        "--max-grade-flips 0",
        "--max-mean-shift 0.5",
        "--max-new-hits shield=0",
    }
    for said in ("new.yaml:5 shield (1)", "c-hard 优秀→普通", "1/3"):
        assert said in results["--max-grade-flips 0"].message
    assert "c-hard 95→75" not in results["--max-mean-shift 0.5"].message
    assert "c-hard 100→80" in results["--max-mean-shift 0.5"].message
    assert "-6.6667" in results["--max-mean-shift 0.5"].found


def test_a_new_veto_is_caught_and_laid_at_the_rule_that_vetoes(tmp_path):
    diff = compared(tmp_path, GOOD, RUDE, change=[("any: [滚]", "any: [滚, 走开]"), *ADD_PHRASE])
    (result,) = crossed_gates(diff, Gates(no_new_veto=True))
    assert result.crossed
    assert [(blame.rule_id, blame.spot.line) for blame in result.blame] == [("rude", 20)]
    assert result.calls == ("c-rude",)
    assert diff.tally.vetoes.counts["", "veto"] == 1


def test_scoring_alone_is_blamed_on_the_scoring(tmp_path):
    diff = compared(tmp_path, SHIELD, change=[("{grade: 优秀, from: 85}", "{grade: 优秀, from: 80}")])
    (result,) = crossed_gates(diff, Gates(max_grade_flips=Limit.read("0")))
    assert "new.yaml:8 scoring (1)" in result.message


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "", "%", "nan", "inf"])
def test_a_limit_that_is_none_is_refused(text):
    with pytest.raises(RequestError, match="percentage"):
        Limit.read(text)


def test_limits_pass_exactly_at_the_limit():
    assert Limit.read("2%").allows(2, 100)
    assert not Limit.read("2%").allows(3, 100)
    assert Limit.read("2").allows(2, 3)


def test_a_gate_for_a_rule_that_nobody_has_is_refused(tmp_path):
    diff = compared(tmp_path, GOOD)
    with pytest.raises(RequestError, match="did you mean: shield"):
        crossed_gates(diff, Gates(max_new_hits={"sheild": 1}))


def test_every_format_writes_it_with_the_line_and_the_call(tmp_path):
    diff = compared(tmp_path, GOOD, HARD, change=ADD_PHRASE)
    report = report_of(diff, crossed_gates(diff, Gates(max_grade_flips=Limit.read("0"))))
    assert not report.passed
    (error,) = report.with_level(Level.ERROR)
    assert (error.code, error.line, error.rule_id) == ("QA602", 5, "shield")
    for name in format_names():
        text = write(report, name)
        assert "c-hard" in text, name
        assert "new.yaml" in text, name
        assert write(report, name) == text
    assert "【规定就是这样】" in write(report, "markdown")


def test_faults_of_a_revision_are_told_by_its_name(tmp_path):
    path = written(tmp_path / "copy", "rules: [{id: x}]\n", "bad")
    with pytest.raises(RuleSetError) as refused:
        read_side(Located(path, "main:bad.yaml", "main", (tmp_path / "copy").resolve()))
    assert str(refused.value).startswith("main:bad.yaml:4:")


NEW = OLD.replace("[这是规定]", "[这是规定, 您好]").replace("value: 8", "value: 3")


@settings(max_examples=60, deadline=None)
@given(st.lists(DIALOGUES, min_size=1, max_size=6), st.integers(0, 6))
def test_the_comparison_says_what_both_sets_say_alone_and_parts_add_up(tmp_path_factory, calls, cut):
    folder = tmp_path_factory.mktemp("sets")
    old, new = (load(str(written(folder, text, name))) for text, name in ((OLD, "old"), (NEW, "new")))
    comparison, quick = Comparison(old, new), Comparison(old, new, quick=True)
    deltas = [comparison.compare(features, str(index)) for index, features in enumerate(calls)]
    for features, delta in zip(calls, deltas, strict=True):
        for ruleset, standing in ((old, delta.before), (new, delta.after)):
            alone = judge(features, ruleset)
            assert (standing.score, standing.grade, standing.vetoed) == (
                alone.score.value,
                alone.score.grade,
                alone.score.vetoed,
            )
        for rule in delta.rules:
            assert len(rule.gained) - len(rule.lost) == rule.hits_after - rule.hits_before
        fast = quick.compare(features, delta.source)
        assert fast.differing == delta.differing
        assert fast.unmoved or (fast.before, fast.after) == (delta.before, delta.after)
        assert not fast.unmoved or delta.before == delta.after
    whole, parts = Tally(), [Tally(), Tally()]
    for index, delta in enumerate(deltas):
        whole.add(delta)
        parts[index >= cut].add(delta)
    parts[1].merge(parts[0])
    assert parts[1].grades.counts == whole.grades.counts
    assert parts[1].shifts == whole.shifts
    assert parts[1].most_changed.items == whole.most_changed.items
    assert {k: (v.gained, v.lost, v.gained_examples.items) for k, v in parts[1].rules.items()} == {
        k: (v.gained, v.lost, v.gained_examples.items) for k, v in whole.rules.items()
    }
