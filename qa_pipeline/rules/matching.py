"""Where an expression matches in a turn: RE2 asked in the way that costs least.

A turn has some 35 characters, and RE2 reads them in less than a microsecond; what is usually put around it costs ten
times as much. Three things are left out here:

- groups: with ``never_capture`` RE2 answers from its automaton alone, since nobody asks what a group matched;
- turning text into UTF-8 for every look: a line keeps its bytes (``Line.encoded``);
- the match objects of the Python binding: its ``Match`` says where a match lies, in bytes. Positions are turned back
  into characters for what was found only.

Python's own engine was tried: half as fast on the sets' long alternatives (0.84 against 0.19 ms a call), and it can
run away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

from qa_pipeline.rules.atoms import alternatives

Spans: TypeAlias = Sequence[tuple[int, int]]
Finder: TypeAlias = Callable[[bytes], Spans]
"""Takes UTF-8 and gives ``[start, end)`` in characters."""


@lru_cache(maxsize=1 << 14)
def finder(regex: str) -> Finder:
    """What finds all matches of ``regex`` in a text: leftmost first, none empty and none overlapping another."""
    import re2

    options = re2.Options()
    options.never_capture = True
    compiled = re2.compile(regex.encode(), options)
    match, anywhere = compiled._regexp.Match, re2._Anchor.UNANCHORED  # what ``search`` asks, before it wraps the answer

    def find(encoded: bytes) -> Spans:
        length = len(encoded)
        start, end = match(anywhere, encoded, 0, length)[0]
        if start < 0:
            return ()
        found: list[tuple[int, int]] = []
        while start >= 0:
            if end > start:
                before = len(encoded[:start].decode())
                found.append((before, before + len(encoded[start:end].decode())))
                position = end
            else:
                position = _next_character(encoded, end)
            if position > length:
                break
            start, end = match(anywhere, encoded, position, length)[0]
        return found

    return find


def finder_among(regex: str, numbers: tuple[int, ...]) -> Finder:
    """What finds the matches of ``regex`` in a text in which only these of its ``alternatives`` can match (none: all).

    The others change nothing there, and an automaton of two alternatives stays in the processor's cache where one of
    fifty does not.
    """
    ways = alternatives(regex)
    if not numbers or len(numbers) == len(ways):
        return finder(regex)
    return finder("|".join(ways[number] for number in numbers))


def _next_character(encoded: bytes, position: int) -> int:
    """Where the character after the one at ``position`` begins; beyond the end of the text after the last."""
    position += 1
    while position < len(encoded) and encoded[position] & 0xC0 == 0x80:
        position += 1
    return position
