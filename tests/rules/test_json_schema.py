"""The printed schema accepts what ships, refuses what the loader refuses, and carries every operator's manual."""

import jsonschema
import pytest
import yaml

from qa_pipeline import shipped
from qa_pipeline.rules import shipped_names
from qa_pipeline.rules.json_schema import ruleset_schema
from qa_pipeline.rules.operators import operator_names

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
