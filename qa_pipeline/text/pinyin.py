"""Text as it sounds: one code per Han character, equal for characters that a telephone line does not keep apart.

Recognisers write homophones (这是归定 for 这是规定), and callers merge zh/z, ch/c, sh/s, n/l and ng/n. A sound is a
toneless syllable with all these merged; ``pinyin.tsv`` lists the characters of each (``scripts/pinyin`` builds it).
Coded text has the length of the original, so positions carry over. What has no sound (digits, Latin) stays itself.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("pinyin.tsv")
FIRST_CODE = 0xE000
"""Codes are private-use characters, which no normalised text contains."""


def as_heard(text: str) -> str:
    """``text`` with every character replaced by the code of its sound; the same length as ``text``."""
    return text.translate(_codes())


def syllables(text: str) -> int:
    """How many characters of ``text`` have a sound in the table."""
    codes = _codes()
    return sum(ord(character) in codes for character in text)


@cache
def _codes() -> dict[int, str]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    sounds = (line.split("\t", 1)[1] for line in lines)
    return {ord(c): chr(FIRST_CODE + number) for number, members in enumerate(sounds) for c in members}
