"""Packs: a site changes what it includes without copying it, each change with its reason."""

import datetime

import pytest

from qa_pipeline.errors import RequestError, RuleSetError
from qa_pipeline.records import Outcome
from qa_pipeline.rules import load, load_in_force
from tests.rules.sets import outcome, written

BASE = """
ruleset: base
version: "1"
lexicons:
  unit: [热线]
  greeting: [您好, $unit]
parameters:
  silence-s: {value: 8, about: 静音, source: 通行标准, presets: {strict: {value: 5, source: 国标}}}
rules:
  - id: greets
    title: 开头语
    indicator: 礼仪/开头语
    require: {phrase: {role: agent, any: [$unit]}}
    score: {deduct: 5}
  - id: quiet
    title: 冷场
    indicator: 技巧/冷场
    forbid: {dead_air: {max_s: $silence-s}}
    score: {deduct: 3}
"""
SILENT_6S = ("1 客服: 您好热线", "8 客户: 喂喂喂喂")


def site(tmp_path, text: str):
    written(tmp_path, BASE, "base")
    return load(str(written(tmp_path, "include: [base]\n" + text)))


def refused(tmp_path, text: str) -> str:
    with pytest.raises(RuleSetError) as caught:
        site(tmp_path, text)
    return str(caught.value)


def test_a_lexicon_grows_and_shrinks_without_being_copied(tmp_path):
    grown = site(tmp_path, "lexicons: {unit: {append: [江北供热], remove: [热线]}}\n")
    assert outcome(grown, "客服: 您好江北供热", rule="greets").outcome is Outcome.PASS
    assert outcome(grown, "客服: 您好热线", rule="greets").outcome is Outcome.FAIL


def test_removing_what_is_not_there_is_a_fault(tmp_path):
    assert "not in the lexicon" in refused(tmp_path, "lexicons: {unit: {remove: [热县]}}\n")


def test_a_parameter_is_set_by_value_or_by_a_cited_preset(tmp_path):
    assert outcome(site(tmp_path, ""), *SILENT_6S, rule="quiet").outcome is Outcome.PASS
    for text in ("parameters: {silence-s: 5}\n", "parameters: {silence-s: {preset: strict}}\n"):
        assert outcome(site(tmp_path, text), *SILENT_6S, rule="quiet").outcome is Outcome.FAIL


def test_an_unknown_parameter_or_preset_is_a_fault_with_near_names(tmp_path):
    assert "silence-s" in refused(tmp_path, "parameters: {silense-s: 5}\n")
    assert "strict" in refused(tmp_path, "parameters: {silence-s: {preset: strickt}}\n")


def test_a_parameter_set_to_nonsense_is_faulted_where_it_is_used(tmp_path):
    assert "max_s" in refused(tmp_path, "parameters: {silence-s: lots}\n")


def test_override_replaces_keys_and_keeps_the_reason(tmp_path):
    changed = site(tmp_path, "override: {greets: {why: 本市规定, set: {score: {deduct: 2}}}}\n")
    assert outcome(changed, "客服: 喂", rule="greets").points == -2
    assert changed.rules[0].history == ("test-set: 本市规定",)


def test_an_override_needs_a_reason_an_existing_rule_and_the_same_kind(tmp_path):
    assert "why" in refused(tmp_path, "override: {greets: {set: {score: {deduct: 2}}}}\n")
    assert "greets" in refused(tmp_path, "override: {greet: {why: x, set: {score: {deduct: 2}}}}\n")
    assert "kind" in refused(tmp_path, "override: {greets: {why: x, set: {forbid: {phrase: {any: [a]}}}}}\n")


def test_a_fault_in_an_override_points_at_the_overlays_line(tmp_path):
    said = refused(tmp_path, "override:\n  greets:\n    why: x\n    set:\n      require: {phras: {any: [a]}}\n")
    assert "test-set.yaml:9:" in said


def test_extend_adds_ways_to_hold_and_excuses(tmp_path):
    text = """
    extend:
      greets:
        why: 本站还说中心
        any: [{phrase: {role: agent, any: [中心]}}]
        unless: [{id: wrong-number, why: 打错了, phrase: {role: customer, any: [打错了]}}]
    """
    extended = site(tmp_path, "\n".join(line[4:] for line in text.splitlines()))
    assert outcome(extended, "客服: 您好中心", rule="greets").outcome is Outcome.PASS
    assert outcome(extended, "客服: 喂", "客户: 打错了", rule="greets").outcome is Outcome.NOT_APPLICABLE
    assert outcome(extended, "客服: 喂", "客户: 你好", rule="greets").outcome is Outcome.FAIL


def test_disable_takes_a_rule_out_of_force_with_a_reason(tmp_path):
    without = site(tmp_path, "disable: {quiet: 本站不录静音}\n")
    assert [rule.spec.id for rule in without.rules] == ["greets"]
    assert without.disabled == {"quiet": "本站不录静音"}
    assert "quiet" in refused(tmp_path, "disable: {quite: x}\n")


def test_the_hash_follows_every_change(tmp_path):
    hashes = {
        site(tmp_path, text).identity.sha256
        for text in (
            "",
            "parameters: {silence-s: 9}\n",
            "disable: {quiet: x}\n",
            "lexicons: {unit: {append: [甲乙]}}\n",
        )
    }
    assert len(hashes) == 4


def test_a_set_included_twice_is_read_once(tmp_path):
    written(tmp_path, BASE, "base")
    written(tmp_path, 'ruleset: left\nversion: "1"\ninclude: [base]\n', "left")
    both = load(str(written(tmp_path, "include: [left, base]\n")))
    assert [rule.spec.id for rule in both.rules] == ["greets", "quiet"]


def test_a_site_in_a_folder_finds_the_sets_above_it(tmp_path):
    written(tmp_path, BASE, "base")
    path = written(tmp_path / "sites", "include: [base]\n", "ours")
    assert len(load(str(path)).rules) == 2


def test_the_version_in_force_on_a_day_is_chosen(tmp_path):
    old = BASE.replace('version: "1"', 'version: "2025"\neffective: {until: 2025-12-31}').replace(
        "deduct: 5", "deduct: 1"
    )
    written(tmp_path, BASE.replace('version: "1"', 'version: "2026"\neffective: {from: 2026-01-01}'), "base")
    written(tmp_path, old, "base@2025")
    path = str(tmp_path / "base.yaml")
    assert load_in_force(path, datetime.date(2025, 12, 31)).identity.version == "2025"
    assert load_in_force(path, datetime.date(2026, 1, 1)).identity.version == "2026"


def test_no_version_or_two_in_force_is_an_error(tmp_path):
    written(tmp_path, BASE.replace('version: "1"', 'version: "1"\neffective: {from: 2026-01-01}'), "base")
    with pytest.raises(RequestError, match="none"):
        load_in_force(str(tmp_path / "base.yaml"), datetime.date(2025, 1, 1))
    written(tmp_path, BASE, "base@all")
    with pytest.raises(RequestError, match="base 1, base 1"):
        load_in_force(str(tmp_path / "base.yaml"), datetime.date(2026, 2, 1))
