"""The JSON Schemas of a rule-set file and of its cases, for completion and hover text in editors.

Operators appear with their manuals (their files' docstrings), so hovering over ``interruption`` tells what it is.
Wherever a value may stand, ``$name`` may stand too.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

from pydantic import BaseModel

from qa_pipeline.rules.cases import CaseFile, Expected, GroupFile
from qa_pipeline.rules.conditions import COMBINATORS
from qa_pipeline.rules.dialogue import WHO, LineFile
from qa_pipeline.rules.loader import ExcuseFile
from qa_pipeline.rules.operators import operator, operator_names
from qa_pipeline.rules.schema import Extension, RuleFile, RuleSetFile
from qa_pipeline.rules.scope import AnchorFile, ScopeFile

Schema = dict[str, Any]

_CONDITION: Schema = {"$ref": "#/$defs/condition"}
_CONDITIONS: Schema = {"type": "array", "items": _CONDITION, "minItems": 1}
_LINE: Schema = {"$ref": "#/$defs/line"}
_DIALOGUE: Schema = {"$ref": "#/$defs/dialogue"}
_NAME: Schema = {"type": "string", "pattern": r"^\$"}
_COMBINATOR_HELP = {
    "all": "全部成立 all of these hold",
    "any": "至少一个成立 at least one of these holds",
    "none": "一个都不成立 none of these holds",
}


def ruleset_schema() -> Schema:
    """The schema of a whole file, self-contained (JSON Schema 2020-12)."""
    definitions: Schema = {}
    root = _model(RuleSetFile, definitions)
    root["properties"]["rules"]["items"] = {"$ref": "#/$defs/rule"}
    definitions["rule"] = _rule(definitions)
    definitions["within"] = _within(definitions)
    definitions["anchor"] = _beside_condition(AnchorFile, definitions)
    definitions["excuse"] = _beside_condition(ExcuseFile, definitions)
    definitions["condition"] = _condition(definitions)
    extension = definitions[Extension.__name__]["properties"]
    extension["any"]["items"], extension["unless"]["items"] = _CONDITION, {"$ref": "#/$defs/excuse"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": definitions}


def cases_schema() -> Schema:
    """The schema of a file of cases, self-contained (JSON Schema 2020-12)."""
    several = {"type": "array", "items": _LINE, "minItems": 1}
    definitions: Schema = {"line": _line(), "dialogue": {"anyOf": [_LINE, several]}}
    case = _model(CaseFile, definitions)
    one = {**case["properties"], "hit": {"anyOf": [{"type": "string"}, case["properties"]["hit"]]}}
    spoken = _spoken({**one, **_how()})
    whole = {**case, "properties": {**one, "dialogue": _DIALOGUE}, "required": ["dialogue"]}
    definitions["case"] = {"anyOf": [_DIALOGUE, whole, spoken]}
    group = _model(GroupFile, definitions)
    for expected in Expected:
        group["properties"][expected.value]["items"] = {"$ref": "#/$defs/case"}
    definitions["group"] = group
    root: Schema = {"title": "规则的用例 cases of a rule set", "type": "array", "items": {"$ref": "#/$defs/group"}}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": definitions}


def _line() -> Schema:
    """客服: 话, alone or with how it is said."""
    written = {"type": "string", "pattern": rf"^(?:[\d:.]+\s+)?(?:{'|'.join(WHO)})\s*[:：]"}
    return {"anyOf": [{"description": "客服: 您好", **_spoken(_how())}, written]}


def _how() -> Schema:
    properties: Schema = LineFile.model_json_schema()["properties"]
    return properties


def _spoken(own: Schema) -> Schema:
    """A mapping in which somebody speaks, beside keys of its own."""
    speaker = rf"^(?:[\d:.]+\s+)?(?:{'|'.join(WHO)})$"
    silent: Schema = {"propertyNames": {"enum": list(own)}}
    keys: Schema = {"properties": own, "patternProperties": {speaker: {"type": "string"}}}
    return {"type": "object", **keys, "additionalProperties": False, "not": silent}


def _model(model: type[BaseModel], definitions: Schema) -> Schema:
    """A model's schema with its own definitions moved to the shared ones."""
    schema = model.model_json_schema(ref_template="#/$defs/{model}")
    definitions.update(schema.pop("$defs", {}))
    return schema


def _rule(definitions: Schema) -> Schema:
    schema = _model(RuleFile, definitions)
    properties = schema["properties"]
    for key in ("when", "require", "forbid", "reward"):
        properties[key] = {**_CONDITION, "description": properties[key].get("description", "")}
    properties["within"] = {"$ref": "#/$defs/within", "description": properties["within"].get("description", "")}
    properties["unless"]["items"] = {"$ref": "#/$defs/excuse"}
    return schema


def _within(definitions: Schema) -> Schema:
    schema = _model(ScopeFile, definitions)
    for side in ("before", "after", "around"):
        schema["properties"][side] = {"$ref": "#/$defs/anchor"}
    return schema


def _beside_condition(model: type[BaseModel], definitions: Schema) -> Schema:
    """A condition with the model's own keys written beside it."""
    own = _model(model, definitions)
    condition = _condition(definitions)
    return {**own, "properties": {**own["properties"], **condition["properties"]}}


def _condition(definitions: Schema) -> Schema:
    properties: Schema = {name: {**_CONDITIONS, "description": _COMBINATOR_HELP[name]} for name in COMBINATORS}
    properties.update((name, _operator(name, definitions)) for name in operator_names())
    properties["within"] = {"$ref": "#/$defs/within"}
    return {
        "type": "object",
        "description": "一个条件：一个算子和它的参数 one operator with its parameters",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 2,
    }


def _operator(name: str, definitions: Schema) -> Schema:
    found = operator(name)
    schema = _model(found, definitions)
    schema["description"] = inspect.cleandoc(sys.modules[found.__module__].__doc__ or "")
    schema["properties"] = {key: _or_name(value) for key, value in schema.get("properties", {}).items()}
    for key, described in found.conditions_schema().items():
        schema["properties"][key] = described
    return schema


def _or_name(schema: Schema) -> Schema:
    """A parameter's schema, or ``$name`` in its place."""
    kept: Schema = {key: schema.pop(key) for key in ("title", "description", "default") if key in schema}
    return {**kept, "anyOf": [schema, _NAME]}
