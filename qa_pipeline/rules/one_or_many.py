"""A parameter that takes one value or a list of them: ``kind: phone`` as well as ``kind: [phone, address]``."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


class OneOrMany:
    """Marks a collection: a single value is read as a collection of one, and the JSON Schema says so.

    A union type would do it too, but then one misspelt value gives two complaints.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The collection's schema, with a single string wrapped before it."""
        return core_schema.no_info_before_validator_function(_as_list, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """One item, or the collection."""
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value
