"""What a regular expression cannot match without: for each alternative, sets of strings of which one must be there.

An automaton finds all such strings of all expressions in one pass, so that an expression is tried only where it has a
chance. (RE2's own sets build states for every new text: 10 to 30 ms a call for 300 expressions, against 0.1 here.)
"""

from __future__ import annotations

import re
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

MOST = 48
"""Strings in one alternative; more than that are cut into shorter ones."""

Strings = frozenset[str]
EMPTY: Strings = frozenset({""})


@lru_cache(maxsize=4096)
def requirements(regex: str) -> tuple[tuple[Strings, ...], ...] | None:
    """For each alternative of ``regex`` the sets of which a match holds one string each, the most telling first.

    None where some alternative requires nothing that can be named beforehand.
    """
    try:
        parsed = [list(parser.parse(alternative)) for alternative in alternatives(regex)]
    except (re.error, OverflowError, RecursionError):  # RE2's own syntax, as \\pN: nothing known, always tried
        return None
    needs = [tuple(sorted(_clauses(items), key=_telling, reverse=True)) for items in parsed]
    return tuple(needs) if all(needs) else None


_WHOLE = re.compile(r"\(\?(?!:|P<)|\\Q|\[\[:")
"""Flags hold for all alternatives, and quoted text may hold anything: such an expression is left whole."""
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]|[^\\\[()|]+", re.DOTALL)


@lru_cache(maxsize=4096)
def alternatives(regex: str) -> tuple[str, ...]:
    """``regex`` cut at the bars that stand in no group, in order; where that is not certain, all of it."""
    if _WHOLE.search(regex):
        return (regex,)
    pieces = _PIECE.findall(regex)
    depth, found = 0, [""]
    for piece in pieces:
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += piece
    return tuple(found) if "|".join(found) == regex and depth == 0 and all(found) else (regex,)


def _telling(strings: Strings) -> tuple[int, int]:
    """How much a set tells: by its shortest string, then by how few they are."""
    return min(*map(len, strings), 3), -len(strings)


def _clauses(items: list[tuple[Any, Any]]) -> list[Strings]:
    """The sets that the parts of a sequence require, each without the empty string."""
    found: list[Strings] = []
    run = EMPTY
    for code, value in items:
        language = _language(code, value)
        if language is not None and len(run) * len(language) <= MOST:
            run = frozenset(head + tail for head in run for tail in language)
            continue
        found.append(run)
        run = language if language is not None and len(language) <= MOST else EMPTY
        if language is None:
            found += _inside(code, value)
    return [strings for strings in (*found, run) if "" not in strings]


def _inside(code: Any, value: Any) -> list[Strings]:
    """What a part that is no short list of strings requires of its own."""
    if code is codes.SUBPATTERN:
        return _clauses(list(value[-1]))
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT) and value[0] >= 1:
        return _clauses(list(value[2]))
    if code is codes.BRANCH:
        branches = [_clauses(list(branch)) for branch in value[1]]
        if all(branches):
            return [frozenset().union(*(max(clauses, key=_telling) for clauses in branches))]
    return []


def _language(code: Any, value: Any) -> Strings | None:  # noqa: PLR0911 -- one line a kind of part
    """All the strings that a part matches, where they are few; None where they are not."""
    if code is codes.LITERAL:
        return frozenset({chr(value)})
    if code is codes.AT:
        return EMPTY
    if code is codes.IN:
        return _characters(value)
    if code is codes.SUBPATTERN:
        return _product(value[-1])
    if code is codes.BRANCH:
        return _union(_product(branch) for branch in value[1])
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT) and value[1] == 1:
        once = _product(value[2])
        return once if once is None or value[0] == 1 else once | EMPTY
    return None


def _characters(members: Iterable[tuple[Any, Any]]) -> Strings | None:
    characters: set[str] = set()
    for code, value in members:
        if code is codes.LITERAL:
            characters.add(chr(value))
        elif code is codes.RANGE and value[1] - value[0] < MOST:
            characters.update(map(chr, range(value[0], value[1] + 1)))
        else:
            return None
    return frozenset(characters) if len(characters) <= MOST else None


def _product(items: Iterable[tuple[Any, Any]]) -> Strings | None:
    strings = EMPTY
    for code, value in items:
        language = _language(code, value)
        if language is None or len(strings) * len(language) > MOST:
            return None
        strings = frozenset(head + tail for head in strings for tail in language)
    return strings


def _union(languages: Iterable[Strings | None]) -> Strings | None:
    strings: Strings = frozenset()
    for language in languages:
        if language is None or len(strings) + len(language) > MOST:
            return None
        strings |= language
    return strings
