"""The cases beside the rules: how they are read, how they are run, and that the shipped ones hold."""

import textwrap

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_pipeline.errors import RequestError, RuleSetError
from qa_pipeline.records import Outcome, Role
from qa_pipeline.rules import shipped_names
from qa_pipeline.rules.cases import Expected, cases_beside, load_cases
from qa_pipeline.rules.files import find_rule_set
from qa_pipeline.rules.testing import Status, chosen_rule_sets, marked_lines, run_all_cases, run_cases
from tests.rules.sets import written

SHIELD = """
rules:
  - id: shield
    title: 拿规定挡人
    indicator: 禁语/规定
    forbid: {phrase: {role: agent, any: [这是规定]}}
"""


def cases_of(folder, text, name="test-set"):
    path = folder / "cases" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def one_case(folder, text):
    indented = textwrap.indent(textwrap.dedent(text).strip("\n"), "      ")
    (case,) = load_cases(cases_of(folder, f"- rule: r\n  fires:\n    -\n{indented}\n"))
    return case


def run(folder, ruleset, cases):
    path = written(folder, ruleset)
    cases_of(folder, cases)
    return run_cases(path)


def faults(folder, text):
    with pytest.raises(RuleSetError) as caught:
        load_cases(cases_of(folder, text))
    return [(fault.line, fault.message) for fault in caught.value.faults]


@pytest.mark.parametrize("name", shipped_names())
def test_the_shipped_cases_hold(name):
    report = run_cases(find_rule_set(name))
    failed = report.with_status(Status.FAILED)
    assert [f"{r.case.place} {r.case.rule_id}: {r.problem} ({r.outcome.reason})" for r in failed] == []


@pytest.mark.parametrize(
    "text",
    [
        "客服: 您好",
        "客服：您好",
        "{客服: 您好}",
        "[客服: 您好]",
        '"客服:您好"',
        "{dialogue: [客服: 您好]}",
        "{why: 因为, agent: 您好}",
    ],
)
def test_a_line_may_be_written_in_many_ways(tmp_path, text):
    case = one_case(tmp_path, text)
    (utterance,) = case.transcript.utterances
    assert (utterance.role, utterance.text, utterance.start) == (Role.AGENT, "您好", 0.5)
    assert (case.rule_id, case.expected, case.line) == ("r", Expected.FIRES, 4)


def test_times_follow_from_the_lines(tmp_path):
    case = one_case(
        tmp_path,
        """
        dialogue:
          - 客户: 一二三四五六七八九
          - {客服: 嗯, overlap: 1}
          - {客服: 一二三四五六七八, pause: 12, rate: 8}
          - 1:05 客户: 喂？
          - 90.5 客服: 您好
        duration: 120
        """,
    )
    times = [(u.role.value, u.channel, round(u.start, 2), round(u.end, 2)) for u in case.transcript.utterances]
    assert times == [
        ("customer", 1, 0.5, 2.5),
        ("agent", 0, 1.5, 1.9),
        ("agent", 0, 13.9, 14.9),
        ("customer", 1, 65.0, 65.4),
        ("agent", 0, 90.5, 90.94),
    ]
    assert (case.transcript.duration, case.transcript.channels) == (120, 2)


def test_mono_metadata_and_confidence(tmp_path):
    case = one_case(tmp_path, "{客服: 您好, confidence: 0.2, mono: true, metadata: {hangup_by: agent}}")
    assert (case.transcript.channels, case.transcript.metadata) == (1, {"hangup_by": "agent"})
    assert case.transcript.utterances[0].confidence == 0.2


def test_every_fault_is_named_with_its_line(tmp_path):
    found = faults(
        tmp_path,
        """
        - rule: r
          fires:
            - {客服: 您好, wy: 因为}
            - 客服: 12345
            - 没有人说话
            - {客户: 甲, 客服: 乙}
            - {客服: 甲, pause: 1, overlap: 1}
          silent:
            - {why: 没有对话}
            - {客服: 甲, hits: 1}
        - fires: []
        """,
    )
    assert [line for line, _ in found] == [3, 4, 5, 6, 7, 9, 10, 11]
    assert "'wy'" in found[0][1]
    assert "missing: rule" in found[-1][1]


def test_a_case_file_is_a_list(tmp_path):
    ((line, message),) = faults(tmp_path, "rule: r\nfires: []\n")
    assert (line, "list" in message) == (1, True)


def test_fires_and_silent(tmp_path):
    report = run(
        tmp_path,
        SHIELD,
        """
        - rule: shield
          fires:
            - {客服: 不行，这是规定。, hit: 这是规定, hits: 1}
            - {why: 没有这样说, 客服: 规矩如此}
            - {why: 标错了, 客服: 这是规定, hit: 规矩}
          silent:
            - 客户: 这是规定吗
            - {客服: 您刚才说“这是规定”, excuse: quoted}
            - {why: 不是这条理由, 客服: 您刚才说“这是规定”, excuse: negated}
            - {why: 报了, 客服: 这是规定}
        """,
    )
    assert [r.status.value for r in report.results] == [
        *("passed", "failed", "failed"),
        *("passed",) * 2,
        *("failed",) * 2,
    ]
    assert not report.passed
    assert report.results[-1].problem.startswith("不该报，报了 1 处")
    assert list(marked_lines(report.results[-1])) == ["   0.5 客服: 【这是规定】"]


def test_silent_needs_a_rule_that_was_asked(tmp_path):
    ruleset = SHIELD + "    when: {phrase: {role: customer, any: [为什么]}}\n"
    cases = """
        - rule: shield
          silent: [{客服: 您好}, [客户: 为什么, 客服: 我帮您查]]
          not_applicable: [客服: 您好]
        """
    first, second, third = run(tmp_path, ruleset, cases).results
    assert "not_applicable" in first.problem
    assert (second.problem, third.problem) == ("", "")


def test_a_missing_requirement_fires_and_an_excuse_silences_it(tmp_path):
    ruleset = """
        rules:
          - id: r
            title: 规则
            indicator: 分项/指标
            require: {phrase: {role: agent, any: [您好]}}
            unless: [{id: urgent, why: 急事, phrase: {role: customer, any: [着火]}}]
        """
    cases = """
        - rule: r
          fires: [客服: 喂]
          silent:
            - 客服: 您好
            - {dialogue: [客户: 着火了, 客服: 喂], excuse: urgent}
        """
    report = run(tmp_path, ruleset, cases)
    assert [r.problem for r in report.results] == ["", "", ""]
    assert [r.outcome.outcome for r in report.results] == [Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE]


def test_a_reward_fires_where_it_is_earned(tmp_path):
    ruleset = """
        rules:
          - {id: r, title: 规则, indicator: 分项/指标, reward: {phrase: {any: [谢谢]}}, score: {add: 1}}
        """
    report = run(tmp_path, ruleset, "- {rule: r, fires: [客服: 谢谢您], silent: [客服: 再见]}\n")
    assert report.passed


def test_cannot_tell_where_silence_proves_nothing_is_silent(tmp_path):
    ruleset = SHIELD + "    silent: cannot_tell\n    why_silent: 语气听不出来\n"
    report = run(tmp_path, ruleset, "- {rule: shield, silent: [客服: 您好], cannot_tell: [客服: 您好]}\n")
    assert report.passed


def test_a_known_gap_is_no_failure_and_is_told_once_it_is_closed(tmp_path):
    cases = """
        - rule: shield
          fires:
            - {客服: 这是归定, todo: 同音}
            - {客服: 这是规定, todo: 早就好了}
        """
    report = run(tmp_path, SHIELD, cases)
    assert [r.status for r in report.results] == [Status.TODO, Status.CLOSED]
    assert report.passed
    assert (report.never_fires, report.never_silent) == ((), ("shield",))


def test_a_case_of_an_unknown_rule_is_a_fault(tmp_path):
    with pytest.raises(RuleSetError, match=r"cases/test-set\.yaml:2.*'sheild'.*shield"):
        run(tmp_path, SHIELD, "- rule: sheild\n  fires: [客服: 这是规定]\n")


BASE = """
ruleset: base
version: "1"
lexicons: {shields: [这是规定, 规定如此]}
parameters: {most: {value: 8}}
rules:
  - {id: shield, title: 规定, indicator: 禁语/规定, forbid: {phrase: {role: agent, any: [$shields]}}}
  - {id: silence, title: 静音, indicator: 技巧/冷场, forbid: {dead_air: {max_s: $most}}}
"""
BASE_CASES = """
- rule: shield
  fires: [客服: 规定如此]
  silent: [客服: 不客气]
- rule: silence
  fires: [[客服: 您好, {客服: 查到了, pause: 10}]]
"""


@pytest.mark.parametrize(
    ("change", "statuses", "skipped"),
    [
        ("lexicons: {shields: {append: [如此这般]}}", ["passed"] * 3, []),
        ("lexicons: {shields: {append: [不客气]}}", ["passed", "failed", "passed"], []),
        ("lexicons: {shields: {remove: [规定如此]}}", ["passed"], ["shield"]),
        ("parameters: {most: 12}", ["passed"] * 2, ["silence"]),
        ("disable: {shield: 不用}", ["passed"], ["shield"]),
        ("override: {shield: {why: 换了, set: {forbid: {phrase: {any: [别的]}}}}}", ["passed"], ["shield"]),
        ("extend: {shield: {why: 补充, any: [{phrase: {any: [不客气]}}]}}", ["passed", "failed", "passed"], []),
    ],
)
def test_an_overlay_is_held_to_the_cases_of_what_it_includes(tmp_path, change, statuses, skipped):
    written(tmp_path, BASE, "base")
    cases_of(tmp_path, BASE_CASES, "base")
    report = run_cases(written(tmp_path, f"ruleset: over\nversion: '1'\ninclude: [base]\n{change}\n", "over"))
    assert [r.status.value for r in report.results] == statuses
    assert list(report.skipped) == skipped


def test_sets_are_named_by_folder_file_or_case_file(tmp_path):
    first, second = written(tmp_path, SHIELD, "first"), written(tmp_path, SHIELD, "sites/second")
    cases = cases_of(tmp_path, "- {rule: shield, fires: [客服: 这是规定]}\n", "first")
    assert cases == cases_beside(first)
    assert chosen_rule_sets([str(tmp_path)]) == [first, second]
    assert chosen_rule_sets([str(cases), str(first)]) == [first]
    assert {path.stem for path in chosen_rule_sets([])} >= {"hotline", "banned-phrases"}
    assert chosen_rule_sets([str(tmp_path / "cases")]) == [first, second]
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError, match="no rule set"):
        chosen_rule_sets([str(tmp_path / "empty")])


def test_the_faults_of_all_sets_are_told_at_once(tmp_path):
    first, second = written(tmp_path, "rules: [{id: a}]\n", "first"), written(tmp_path, SHIELD, "second")
    cases_of(tmp_path, "- {rule: shield, fires: [客服: 1]}\n", "second")
    with pytest.raises(RuleSetError) as caught:
        run_all_cases([first, second])
    assert {fault.path.split("/")[-1] for fault in caught.value.faults} == {"first.yaml", "second.yaml"}


WRITTEN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text("客服户:： 12.一", max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["rule", "fires", "silent", "客服", "客户", "dialogue", "pause", "hits"]), inner
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(item=WRITTEN)
def test_whatever_is_written_is_read_or_refused_with_its_line(tmp_path, item):
    text = yaml.safe_dump([{"rule": "r", "fires": [item]}, item], allow_unicode=True)
    try:
        cases = load_cases(cases_of(tmp_path, text))
    except RuleSetError as error:
        assert all(fault.message for fault in error.faults)
    else:
        assert all(case.transcript.utterances for case in cases)
