"""Loading: every fault in one run, with its line and a fix; nothing is scored by a set with a fault."""

import pickle

import pytest

from qa_pipeline.errors import RequestError, RuleSetError
from qa_pipeline.rules import load, shipped_names
from tests.rules.sets import HEAD, loaded, one_rule, written

RULE = """
rules:
  - id: r
    title: 规则
    indicator: 分项/指标
    forbid: {phrase: {role: agent, any: [这是规定]}}
    score: {deduct: 5}
"""


def faults(tmp_path, text: str) -> list[str]:
    with pytest.raises(RuleSetError) as caught:
        loaded(tmp_path, text)
    return [str(fault).removeprefix(str(tmp_path) + "/") for fault in caught.value.faults]


def test_every_shipped_set_loads():
    assert "hotline" in shipped_names()
    for name in shipped_names():
        assert load(name).identity.sha256


def test_an_unknown_name_gets_near_ones():
    with pytest.raises(RequestError, match="hotline"):
        load("hotlin")


def test_a_name_cannot_leave_the_folder():
    with pytest.raises(RequestError):
        load("../pyproject")


def test_the_hash_is_over_what_is_said_not_how(tmp_path):
    plain = loaded(tmp_path, RULE)
    reordered = loaded(
        tmp_path,
        RULE.replace("    title: 规则\n    indicator: 分项/指标\n", "    indicator: 分项/指标\n    title: 规则\n"),
    )
    changed = loaded(tmp_path, RULE.replace("deduct: 5", "deduct: 4"))
    assert plain.identity == reordered.identity
    assert plain.identity.sha256 != changed.identity.sha256


def test_all_faults_of_a_file_come_in_one_run_with_their_lines(tmp_path):
    found = faults(
        tmp_path,
        """
        lexicons:
          polite: [您好]
        colour: red
        rules:
          - id: one
            title: 一
            indicator: 甲/乙
            forbid: {phras: {any: [这是规定]}}
          - id: two
            titel: 二
            indicator: 甲/乙
            forbid: {phrase: {any: [$polit]}}
          - id: one
            title: 三
            indicator: 甲/乙
            require: {pattern: {regex: '(['}}
            score: {deduct: -1}
        """,
    )
    text = "\n".join(found)
    assert "'colour'" in text
    assert "first in" in text
    # 6 colour, 11 phras, 12 rule two lacks its title, 13 titel, 15 $polit, 16 the id again
    for line in ("6:", "11:", "13:", "16:"):
        assert any(f"test-set.yaml:{line}" in fault for fault in found), (line, found)
    assert "did you mean: phrase" in text
    assert "did you mean: title" in text
    assert "did you mean: $polite" in text


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("require: {phrase: {any: [您好]}}\nforbid: {phrase: {any: [您好]}}", "exactly one"),
        ("title: x", "exactly one"),
        ("forbid: {phrase: {any: []}}", "any"),
        ("forbid: {phrase: {any: ['。']}}", "nothing to match"),
        ("forbid: {phrase: {any: [a], rolle: agent}}", "did you mean: role"),
        ("forbid: {phrase: {any: [a], role: boss}}", "role"),
        ("forbid: phrase", "operator: parameters"),
        ("forbid: {phrase: {any: [a]}, pattern: {regex: b}}", "exactly one operator"),
        ("forbid: {pattern: {regex: 'a*'}}", "empty text"),
        ("forbid: {pattern: {regex: '(?<=a)b'}}", "not a usable expression"),
        ("forbid: {all: []}", "list of conditions"),
        ("forbid: {phrase: {any: [a]}}\nscore: {deduct: 3, per: hit}", "max"),
        ("forbid: {phrase: {any: [a]}}\nscore: {deduct: 3, per: hit, max: 2}", "max"),
        ("forbid: {phrase: {any: [a]}}\nscore: {add: 3}", "reward"),
        ("reward: {phrase: {any: [a]}}\nscore: {deduct: 3}", "reward"),
        ("forbid: {phrase: {any: [a]}}\nsilent: cannot_tell", "why_silent"),
        ("forbid: {phrase: {any: [a]}}\nwithin: {turns: {first: 1, last: 1}}", "first or last"),
        ("forbid: {phrase: {any: [a]}}\nwithin: {turns: {first: 1.5}}", "first"),
        ("forbid: {phrase: {any: [a]}}\nwithin: {phase: start}", "phase"),
        ("forbid: {phrase: {any: [a]}}\nwithin: {after: {which: 1}}", "exactly one operator"),
        ("forbid: {phrase: {any: [a]}}\nunless: [{id: x, phrase: {any: [b]}}]", "missing: why"),
        ("forbid: {phrase: {any: [a]}}\nunless: [{why: x, id: y, phras: {any: [b]}}]", "did you mean: phrase"),
        ("forbid: {phrase: {any: [a]}}\nseverity: awful", "severity"),
        ("forbid: {finding: {rule: nobody}}", "does not exist"),
        ("forbid: {finding: {rule: r}}", "refers to itself"),
        ("forbid: {sequence: {stages: [{id: a, phrase: {any: [a]}}]}}", "stages"),
        ("forbid: {near: {of: [{phrase: {any: [a]}}, {phrase: {any: [b]}}]}}", "seconds or turns"),
        ("forbid: {count: {of: {phrase: {any: [a]}}}}", "at_least"),
    ],
)
def test_a_broken_rule_says_what_is_wrong_and_where(tmp_path, rule, says):
    with pytest.raises(RuleSetError) as caught:
        one_rule(tmp_path, rule)
    assert says in str(caught.value), str(caught.value)
    assert all(fault.line >= 4 for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- just\n- a list\n", "mapping"),
        ("ruleset: Bad Name\nversion: '1'\n", "ruleset"),
        ("ruleset: ok\n", "missing: version"),
        ("ruleset: ok\nversion: 1.0\n", "version"),
        ("ruleset: ok\nversion: '1'\nengine: '>=99.0'\n", "newer engine"),
        ("ruleset: ok\nversion: '1'\nengine: latest\n", "engine"),
        ("ruleset: ok\nversion: '1'\neffective: {from: soon}\n", "from"),
        ("ruleset: ok\nversion: '1'\ninclude: [no-such-set]\n", "cannot find"),
        ("ruleset: ok\nversion: '1'\ninclude: [hotlin]\n", "did you mean: hotline"),
        ("ruleset: ok\nversion: '1'\ninclude: [../../etc/passwd]\n", "cannot find"),
        ("ruleset: ok\nversion: '1'\ninclude: [/etc/hostname]\n", "cannot find"),
        ("ruleset: ok\nversion: '1'\nscoring: {grades: [{grade: A, from: 10}, {grade: B, from: 50}]}\n", "highest"),
        ("ruleset: ok\nversion: '1'\nscoring: {grades: [{grade: A, from: 10}]}\n", "starts at 0"),
        ("ruleset: ok\nversion: '1'\nlexicons: {a: [$b], b: [$a]}\nrules: []\n", "refers to itself"),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path, text, says):
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleSetError) as caught:
        load(str(path))
    assert says in str(caught.value), str(caught.value)


def test_circles_of_includes_are_refused(tmp_path):
    written(tmp_path, "include: [b]\n", "a")
    written(tmp_path, 'ruleset: b\nversion: "1"\ninclude: [a]\n', "b")
    with pytest.raises(RuleSetError, match="includes itself"):
        load(str(tmp_path / "a.yaml"))


def test_rules_that_refer_in_a_circle_are_refused(tmp_path):
    two = RULE.replace("{phrase: {role: agent, any: [这是规定]}}", "{finding: {rule: s}}")
    text = two + "  - {id: s, title: 二, indicator: 甲/乙, forbid: {finding: {rule: r}}}\n"
    assert any("refers to itself" in fault for fault in faults(tmp_path, text))


def test_a_rule_with_points_outside_every_section_is_refused(tmp_path):
    text = "scoring: {sections: {态度: {weight: 100}}}\n" + RULE.lstrip()
    assert any("belongs to no section" in fault for fault in faults(tmp_path, text))


def test_errors_survive_pickling(tmp_path):
    with pytest.raises(RuleSetError) as caught:
        loaded(tmp_path, "colour: red\n")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_the_head_is_what_tests_say_it_is(tmp_path):
    assert loaded(tmp_path, RULE).identity.id == "test-set"
    assert HEAD.count("\n") == 3
