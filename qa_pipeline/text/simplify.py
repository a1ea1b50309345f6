"""Simplified characters, always: recognisers return traditional ones at random. One character stays one character."""

from __future__ import annotations

from functools import cache
from typing import Any

_LEFT_OVER = {"甚么": "什么", "著急": "着急", "妳": "你", "牠": "它", "祂": "他", "衹": "只"}
"""What OpenCC's t2s leaves alone although nobody writes it on the mainland."""

_NEED_COMPANY = frozenset("覆瞭藉著甚妳牠祂衹乾徵")
"""Characters that are simplified by the words they stand in (答覆 -> 答复, but 覆盖 stays), or by the table above."""


def simplify(text: str) -> str:
    """``text`` in simplified characters, as many as it had: offsets into the one hold for the other."""
    simple = "".join(map(_simplified, text))
    if _NEED_COMPANY.isdisjoint(text):
        return simple
    by_words = _converter().convert(text)
    if len(by_words) == len(text):
        simple = by_words
    for traditional, ours in _LEFT_OVER.items():
        simple = simple.replace(traditional, ours)
    return simple


@cache
def _simplified(character: str) -> str:
    if character <= "\u2e80":
        return character
    converted = str(_converter().convert(character))
    return converted if len(converted) == 1 else character


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
