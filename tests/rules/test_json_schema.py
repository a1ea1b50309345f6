"""The printed schema accepts what ships, refuses what the loader refuses, and carries every operator's manual."""

import jsonschema
import pytest
import yaml

from qa_pipeline import shipped
from qa_pipeline.rules import shipped_names
from qa_pipeline.rules.json_schema import cases_schema, ruleset_schema
from qa_pipeline.rules.operators import operator_names
from qa_pipeline.rules.starting import STARTER

SCHEMA = ruleset_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
RULE = {"id": "r", "title": "t", "indicator": "a/b"}


def complaints(rule: dict) -> list[str]:
    document = {"ruleset": "x", "version": "1", "rules": [{**RULE, **rule}]}
    return [error.message for error in VALIDATOR.iter_errors(document)]


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", shipped_names())
def test_it_accepts_every_shipped_file(name):
    text = (shipped.rulesets_folder() / f"{name}.yaml").read_text(encoding="utf-8")
    assert not [e.message for e in VALIDATOR.iter_errors(yaml.safe_load(text))]


@pytest.mark.parametrize("name", operator_names())
def test_hovering_over_an_operator_shows_its_manual(name):
    manual = SCHEMA["$defs"]["condition"]["properties"][name]["description"]
    assert manual.startswith(f"``{name}``")
    assert "In a rule set::" in manual


@pytest.mark.parametrize(
    "rule",
    [
        {"forbid": {"phrase": {"any": ["a"], "within": {}}}},
        {"forbid": {"phras": {"any": ["a"]}}},
        {"forbid": {"phrase": {}}},
        {"colour": "red"},
        {"forbid": {"dead_air": {"max_s": "long"}}},
        {"within": {"phase": "start"}, "forbid": {"phrase": {"any": ["a"]}}},
        {"forbid": {"phrase": {"any": ["a"]}}, "unless": [{"id": "x", "phrase": {"any": ["a"]}}]},
        {"forbid": {"count": {"of": {"phras": {}}, "at_least": 1}}},
    ],
)
def test_it_refuses_what_the_loader_refuses(rule):
    assert complaints(rule)


@pytest.mark.parametrize(
    "rule",
    [
        {"forbid": {"dead_air": {"max_s": "$silence-s"}}},
        {"forbid": {"phrase": {"any": ["$a", "b"]}, "within": {"role": "agent", "turns": {"first": 1}}}},
        {"require": {"any": [{"phrase": {"any": ["a"]}}, {"none": [{"pattern": {"regex": "b"}}]}]}},
        {"within": {"after": {"phrase": {"any": ["a"]}, "turns": 2}}, "forbid": {"phrase": {"any": "$a"}}},
        {
            "forbid": {"phrase": {"any": ["a"]}},
            "unless": [{"id": "x", "why": "y", "near_s": 2, "phrase": {"any": ["a"]}}],
        },
    ],
)
def test_it_accepts_names_scopes_and_excuses(rule):
    assert not complaints(rule)


CASES = jsonschema.Draft202012Validator(cases_schema())
CASE_FILES = sorted(shipped.rulesets_folder().rglob("cases/*.yaml")) + sorted(STARTER.rglob("cases/*.yaml"))


def test_the_schema_of_cases_is_one():
    jsonschema.Draft202012Validator.check_schema(cases_schema())


@pytest.mark.parametrize("path", CASE_FILES, ids=lambda path: path.stem)
def test_it_accepts_every_shipped_case_file(path):
    assert not [e.message for e in CASES.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8")))]


def test_it_accepts_the_starter():
    text = (STARTER / "starter.yaml").read_text(encoding="utf-8")
    assert not [e.message for e in VALIDATOR.iter_errors(yaml.safe_load(text))]


@pytest.mark.parametrize(
    "case",
    [
        {"客服": "您好", "paus": 3},
        {"客服": 12345},
        {"dialogue": [{"某某": "您好"}]},
        {"why": "没有话"},
        "您好",
        {"dialogue": [{"客服": "您好"}], "hits": 0},
    ],
)
def test_it_refuses_what_the_reader_of_cases_refuses(case):
    assert list(CASES.iter_errors([{"rule": "r", "fires": [case]}]))


@pytest.mark.parametrize("group", [{"fires": []}, {"rule": "r", "fire": []}, {"rule": "Not An Id"}])
def test_it_refuses_groups_that_are_none(group):
    assert list(CASES.iter_errors([group]))
