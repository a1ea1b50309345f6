"""Cue words, and taking them off the end of a text one by one: how a guard walks back from a match.

Walking back over a table of light words is used rather than jieba, which joins the words of unpunctuated run-on
speech in ways that depend on what stands around them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

NEAR = 30
"""How many characters before a match a guard looks at."""


def words(*lines: str) -> frozenset[str]:
    """The cue words of several lines, each separated by spaces."""
    return frozenset(word for line in lines for word in line.split())


def last_word(text: str, cues: frozenset[str]) -> str:
    """The longest of ``cues`` that ``text`` ends with; empty where it ends with none."""
    for size in _sizes(cues).get(text[-1:], ()):
        if (word := text[-size:]) in cues:
            return word
    return ""


@cache
def _sizes(cues: frozenset[str]) -> Mapping[str, Sequence[int]]:
    """By their last character, the sizes of the ``cues`` that end with it, the longest first."""
    by_end: dict[str, set[int]] = {}
    for cue in cues:
        by_end.setdefault(cue[-1], set()).add(len(cue))
    return {end: sorted(sizes, reverse=True) for end, sizes in by_end.items()}


def peel(text: str, cues: frozenset[str]) -> str:
    """``text`` without the ``cues`` it ends with, however many."""
    while word := last_word(text, cues):
        text = text[: -len(word)]
    return text


def has(text: str, cues: frozenset[str]) -> bool:
    """Whether any of ``cues`` stands somewhere in ``text``."""
    return any(cue in text for cue in cues)


def plain(text: str) -> str:
    """``text`` with the traditional forms that are simplified only within words (答覆, 瞭解), of the same length."""
    return text.replace("覆", "复").replace("瞭", "了")


def spoken_to(*pronouns: str) -> frozenset[str]:
    """To whom something is said: 跟您, 对你 ... for each of ``pronouns``."""
    return frozenset(by + pronoun for by in "跟对给和向同冲" for pronoun in pronouns)


CUSTOMER = words("您 你 您们 你们 他 她 他们 大家 客户 用户 群众 百姓 老百姓 老人 老人家 孩子 人 人家")
TO_CUSTOMER = spoken_to(*CUSTOMER, "您家里", "家属", "您爱人")
TO_SPEAKER = spoken_to("我", "我们", "咱们", "我妈", "我爸")
FILLERS = words("呃 嗯 啊 哦 噢 喔 唉 哎 诶 额 那个 这个 就是说")
