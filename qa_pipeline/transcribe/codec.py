"""Records as plain JSON values and back, exactly: what the transcript store keeps.

Written for programs only: trusted, and several times as quick as the stored transcripts that people write. A record
becomes an object by its fields' names, without those that have their default; a row of records becomes columns,
``{"start": [0.5, 1.0], "end": ...}``. Fields that a newer version adds are read as their default from what an older one
wrote.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Convert = Callable[[Any], Any]


def encode(record: Any) -> Any:
    """``record``, a frozen dataclass, as JSON values."""
    kind: Any = type(record)
    return _encoder(kind)(record)


def decode(kind: type[T], value: Any) -> T:
    """The record of type ``kind`` that ``encode`` made ``value`` of. Raises ValueError where it is something else."""
    hint: Any = kind
    try:
        record: T = _decoder(hint)(value)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"no {kind.__name__}: {type(error).__name__}: {error}") from error
    return record


@cache
def _encoder(hint: Any) -> Convert:
    shape, inner = _shape(hint)
    match shape:
        case "record":
            return _record_encoder(inner)
        case "columns":
            return _columns_encoder(inner)
        case "row":
            return _listed(_encoder(inner))
        case "pairs":
            return _paired(_encoder(inner[0]), _encoder(inner[1]))
        case "optional":
            return _unless_none(_encoder(inner))
    return (lambda member: member.value) if shape == "enum" else _same


@cache
def _decoder(hint: Any) -> Convert:
    shape, inner = _shape(hint)
    match shape:
        case "record":
            return _record_decoder(inner)
        case "columns":
            return _columns_decoder(inner)
        case "row":
            one = _decoder(inner)
            return lambda values: tuple(map(one, values))
        case "pairs":
            key, value = _decoder(inner[0]), _decoder(inner[1])
            return lambda pairs: {key(k): value(v) for k, v in pairs}
        case "optional":
            return _unless_none(_decoder(inner))
    return {member.value: member for member in inner}.__getitem__ if shape == "enum" else _same


def _listed(one: Convert) -> Convert:
    return lambda values: [one(value) for value in values]


def _paired(key: Convert, value: Convert) -> Convert:
    """JSON's own objects would make text of every key."""
    return lambda mapping: [[key(k), value(v)] for k, v in mapping.items()]


def _unless_none(one: Convert) -> Convert:
    return one if one is _same else lambda value: None if value is None else one(value)


def _same(value: Any) -> Any:
    return value


def _shape(hint: Any) -> tuple[str, Any]:
    """How values of type ``hint`` are written, and of what they consist; ``plain`` where they are as they are."""
    origin, inside = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint):
        return "record", hint
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "enum", hint
    if origin is tuple and inside[1:] == (Ellipsis,):
        return ("columns" if dataclasses.is_dataclass(inside[0]) else "row"), inside[0]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "pairs", inside
    rest = [one for one in inside if one is not type(None)]
    if origin in (Union, types.UnionType) and len(rest) == 1:
        return "optional", rest[0]
    return "plain", None


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any, Any], ...]:
    """Name, type and default of each field; ``dataclasses.MISSING`` where there is no default."""
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name], _default(field)) for field in dataclasses.fields(kind))


def _default(field: dataclasses.Field[Any]) -> Any:
    made = field.default_factory
    return made() if made is not dataclasses.MISSING else field.default


def _record_encoder(kind: Any) -> Convert:
    fields = [(name, _encoder(hint), default) for name, hint, default in _fields(kind)]

    def to_json(record: Any) -> dict[str, Any]:
        values = ((name, encoded, getattr(record, name), default) for name, encoded, default in fields)
        return {name: encoded(value) for name, encoded, value, default in values if value != default}

    return to_json


def _record_decoder(kind: Any) -> Convert:
    decoders = {name: _decoder(hint) for name, hint, _ in _fields(kind)}
    return lambda value: kind(**{name: decoders[name](given) for name, given in value.items() if name in decoders})


def _columns_encoder(kind: Any) -> Convert:
    """Columns without those in which every value is its default; the first stays, since it tells how many there are."""
    fields = [(name, _encoder(hint), default) for name, hint, default in _fields(kind)]

    def to_json(records: Sequence[Any]) -> dict[str, list[Any]]:
        if not records:
            return {}
        columns = ((name, one, [getattr(record, name) for record in records], default) for name, one, default in fields)
        first = fields[0][0]
        kept = (
            (name, one, column)
            for name, one, column, default in columns
            if name == first or any(value != default for value in column)
        )
        return {name: column if one is _same else [one(value) for value in column] for name, one, column in kept}

    return to_json


def _columns_decoder(kind: Any) -> Convert:
    fields = [(name, _decoder(hint), default) for name, hint, default in _fields(kind)]

    def from_json(columns: Mapping[str, list[Any]]) -> tuple[Any, ...]:
        if not columns:
            return ()
        count = len(next(iter(columns.values())))
        given = []
        for name, one, default in fields:
            if name in columns:
                given.append(columns[name] if one is _same else [one(value) for value in columns[name]])
            elif default is dataclasses.MISSING:
                raise KeyError(name)
            else:
                given.append([default] * count)
        if any(len(column) != count for column in given):
            raise ValueError(f"no row of {kind.__name__}: its columns are not of one length")
        return tuple(map(kind, *given))

    return from_json
