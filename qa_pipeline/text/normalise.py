"""Text as rules compare it: simplified, half-width, lower case, without punctuation or spaces, offsets kept.

Recognisers punctuate as they please and now and then return traditional characters, so no rule may depend on either.
Only matching sees the normalised text; quotes are always cut from the text as it was recognised.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from qa_pipeline.text.simplify import simplify


@dataclass(frozen=True, slots=True)
class Normalised:
    """``text`` and, for each of its characters, the index in the original that it came from (ascending)."""

    text: str
    offsets: tuple[int, ...]


@lru_cache(maxsize=1 << 14)
def normalise(text: str) -> Normalised:
    """Normalise ``text``; characters that carry no sound for a rule (punctuation, spaces, controls) disappear."""
    characters: list[str] = []
    offsets: list[int] = []
    for index, original in enumerate(simplify(text)):
        for character in _normal_form(original):
            characters.append(character)
            offsets.append(index)
    return Normalised("".join(characters), tuple(offsets))


@cache
def _normal_form(character: str) -> str:
    """What one character becomes: nothing, itself, or (㎡, ½ ...) several characters."""
    folded = unicodedata.normalize("NFKC", character).casefold()
    return simplify("".join(c for c in folded if unicodedata.category(c)[0] in "LNM"))


_SPOKEN = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]|\d|[a-z]+")


@lru_cache(maxsize=1 << 14)
def count_spoken(text: str) -> int:
    """The number of 字 in ``text`` as talk rate counts them: Han characters, single digits, and Latin words."""
    return len(_SPOKEN.findall(normalise_keep_spaces(text)))


def normalise_keep_spaces(text: str) -> str:
    """Half-width lower case with punctuation and spaces left in, for counting words."""
    return unicodedata.normalize("NFKC", text).casefold()
