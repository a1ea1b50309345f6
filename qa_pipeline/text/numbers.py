"""Strings of digits as people say them: 138..., 幺三八零零, 一三八 嗯 零零, 三个八, 要三八. Never quantities.

``runs`` finds them with the position of every digit, so that a span over some of them is exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SPOKEN = {
    "零": "0", "〇": "0", "洞": "0", "一": "1", "幺": "1", "妖": "1", "腰": "1", "二": "2", "两": "2", "三": "3",
    "四": "4", "五": "5", "六": "6", "七": "7", "拐": "7", "八": "8", "九": "9", "勾": "9",
}  # fmt: skip
"""How a digit is said on the telephone; 妖 and 腰 are what recognisers make of 幺."""

DIGIT = f"[0-9{''.join(SPOKEN)}]"
HESITATION = "(?:嗯|啊|呃|额|哦|诶|那个|然后|再|后面是?|杠|横杠|空格)"
_UNIT = re.compile(f"([二两三四五六2-6])个({DIGIT})|({DIGIT})")
_RUN = re.compile(f"(?:[二两三四五六2-6]个)?{DIGIT}(?:{HESITATION}{{0,2}}(?:[二两三四五六2-6]个)?{DIGIT})+")

_WORTH_READING = re.compile(f"[0-9{''.join(SPOKEN)}][0-9{''.join(SPOKEN)}个嗯啊呃额哦诶那然再后杠横空]{{2}}")
"""What three digits look like at the very least; a cheap look before the costly one."""


@dataclass(frozen=True, slots=True)
class Run:
    """Digits said one after the other: ``digits[i]`` was said in ``[starts[i], ends[i])`` of the text."""

    digits: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def part(self, first: int, last: int) -> Run:
        """The digits ``[first, last)``."""
        return Run(self.digits[first:last], self.starts[first:last], self.ends[first:last])

    @property
    def start(self) -> int:
        """Where the first digit begins."""
        return self.starts[0]

    @property
    def end(self) -> int:
        """Where the last digit ends."""
        return self.ends[-1]


def runs(text: str, least: int) -> Iterator[Run]:
    """The strings of at least ``least`` digits (not fewer than 2), in order."""
    if _WORTH_READING.search(text) is None:
        return
    for match in _RUN.finditer(text):
        if match.end() - match.start() < least and "个" not in match.group():
            continue
        digits, starts, ends = "", [], []
        for unit in _UNIT.finditer(text, match.start(), match.end()):
            times, repeated, single = unit.groups()
            said = value(repeated) * int(value(times)) if times else value(single)
            digits += said
            starts += [unit.start()] * len(said)
            ends += [unit.end()] * len(said)
        if len(digits) >= least:
            yield Run(digits, tuple(starts), tuple(ends))


def value(character: str) -> str:
    """The digit that a character stands for."""
    return SPOKEN.get(character, character)
