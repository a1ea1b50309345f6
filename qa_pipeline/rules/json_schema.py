"""The JSON Schema of a rule-set file, for completion and hover text in editors.

Operators appear with their manuals (their files' docstrings), so hovering over ``interruption`` tells what it is.
Wherever a value may stand, ``$name`` may stand too.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

from pydantic import BaseModel

from qa_pipeline.rules.conditions import COMBINATORS
from qa_pipeline.rules.loader import ExcuseFile
from qa_pipeline.rules.operators import operator, operator_names
from qa_pipeline.rules.schema import Extension, RuleFile, RuleSetFile
from qa_pipeline.rules.scope import AnchorFile, ScopeFile

Schema = dict[str, Any]

_CONDITION: Schema = {"$ref": "#/$defs/condition"}
_CONDITIONS: Schema = {"type": "array", "items": _CONDITION, "minItems": 1}
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
