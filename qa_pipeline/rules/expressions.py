"""Regular expressions taken apart, as far as Python's parser reads RE2's: what it cannot read is not judged."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

from qa_pipeline.text.normalise import normalise

_parser: Any = import_module("re._parser")


@lru_cache(maxsize=4096)
def _parsed(regex: str) -> Any:
    """The parse tree; None where Python's parser does not read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _parser.parse(regex)
    except (re.error, OverflowError, RecursionError):
        return None


@lru_cache(maxsize=1024)
def _compiled(regex: str) -> Any:
    import re2

    return re2.compile(regex)


def finds(regex: str, text: str) -> bool:
    """Whether the expression matches somewhere in normalised text, as the engine does it."""
    return _compiled(regex).search(text) is not None


def least_characters(regex: str) -> int:
    """The fewest characters that it can match without standing at an end of the turn; large where that is unknown."""
    tree = _parsed(regex)
    if tree is None or _has_anchor(tree):
        return 1 << 16
    return int(tree.getwidth()[0])


def _has_anchor(tree: Any) -> bool:
    return any(str(operation) == "AT" or any(map(_has_anchor, _inner(operation, value))) for operation, value in tree)


def characters_never_heard(regex: str) -> tuple[str, ...]:
    """The characters that must stand in a match, or in one of its alternatives, and that no normalised text holds."""
    tree = _parsed(regex)
    return () if tree is None else tuple(dict.fromkeys(c for c in _required(tree) if not _is_heard(c, tree)))


def never_matches(regex: str) -> bool:
    """Whether every way to match needs a character that no normalised text holds."""
    tree = _parsed(regex)
    return tree is not None and _is_dead(tree, tree)


def _is_dead(part: Any, tree: Any) -> bool:
    return any(_node_is_dead(operation, value, tree) for operation, value in part)


def _node_is_dead(operation: Any, value: Any, tree: Any) -> bool:
    match str(operation):
        case "LITERAL":
            return not _is_heard(chr(value), tree)
        case "IN":
            return any(not _is_heard(character, tree) for character in _class(value))
        case "MAX_REPEAT" | "MIN_REPEAT" if value[0] == 0:
            return False
    inner = _inner(operation, value)
    return bool(inner) and all(_is_dead(each, tree) for each in inner)


def _is_heard(character: str, tree: Any) -> bool:
    return _heard(character.lower() if tree.state.flags & re.IGNORECASE else character)


def _required(tree: Any) -> Iterator[str]:
    """The single characters without which a way to match does not match."""
    for operation, value in tree:
        if str(operation) == "LITERAL":
            yield chr(value)
        elif str(operation) in ("MAX_REPEAT", "MIN_REPEAT") and value[0] == 0:
            continue
        elif str(operation) == "IN":
            yield from _class(value)
        else:
            for inner in _inner(operation, value):
                yield from _required(inner)


def literal_runs(regex: str) -> tuple[str, ...]:
    """The words of two characters and more that stand in it: 没办法 and 规定 of ``(没办法|规定).*``."""
    tree = _parsed(regex)
    return () if tree is None else tuple(dict.fromkeys(run for run in _runs(tree) if len(run) > 1))


def _runs(tree: Any) -> Iterator[str]:
    run = ""
    for operation, value in tree:
        if str(operation) == "LITERAL":
            run += chr(value)
            continue
        yield run
        run = ""
        for inner in _inner(operation, value):
            yield from _runs(inner)
    yield run


def _class(members: Any) -> Iterator[str]:
    """The first of a class of characters none of which is ever heard; nothing where one is, or may be."""
    if all(str(operation) == "LITERAL" for operation, _ in members):
        characters = [chr(value) for _, value in members]
        if not any(map(_heard, characters)):
            yield characters[0]


def _inner(operation: Any, value: Any) -> list[Any]:
    """The trees inside a node."""
    match str(operation):
        case "SUBPATTERN":
            return [value[-1]]
        case "BRANCH":
            return list(value[1])
        case "MAX_REPEAT" | "MIN_REPEAT":
            return [value[2]]
    return []


def _heard(character: str) -> bool:
    return normalise(character).text == character
