"""Turns and backchannels: who holds the floor, and who only nods.

A turn is a run of utterances of one role. A backchannel (嗯, 对, 好的 ... while the other goes on) neither ends the
other's turn nor is one of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_pipeline.records import Role, Seconds, Utterance
from qa_pipeline.text.normalise import normalise

BACKCHANNEL_MAX_S: Seconds = 1.0
"""A nod is short; whatever is longer holds the floor."""

LONG_NOD_MAX_S: Seconds = 2.0
"""嗯嗯对对对是的是的, said wholly while the other goes on, is still a nod."""

GOES_ON_WITHIN_S: Seconds = 3.0
"""Whoever takes longer to go on had stopped; then 对 was an answer."""

NOD_MAX_CHARS = 40
"""Whatever is longer, punctuation and all, is no nod."""

# Longer words first: a match that need not reach the end takes the first that fits.
_NODS = re.compile(r"(?:好的|好吧|是的|没错|明白|嗯哼|嘿嘿|[嗯恩啊哦噢喔对是好行唉诶哎哈呵])+")
_MERE_SOUND = frozenset("嗯恩啊哦噢喔唉诶哎哈")
_LAUGHTER_AT_END = re.compile(r"(?:哈{2,}|呵{2,}|嘿{2,})啊?$")


def is_nod(text: str) -> bool:
    """Whether ``text`` consists wholly of backchannel words; empty text is a nod (a sound without words)."""
    if len(text) > NOD_MAX_CHARS:
        return False
    spoken = normalise(text).text
    return not spoken or _NODS.fullmatch(spoken) is not None


def spoken_beyond_nods(text: str) -> str:
    """``text`` normalised, with the backchannel words that it begins with taken away."""
    spoken = normalise(text).text
    opening = _NODS.match(spoken)
    return spoken[opening.end() :] if opening else spoken


def nods_at_start(spoken: str) -> int:
    """How many characters of normalised text are nods before anything else; one 对 or 好 may begin a word (好像)."""
    opening = _NODS.match(spoken)
    length = opening.end() if opening else 0
    return 0 if length == 1 and spoken[0] not in _MERE_SOUND else length


def laughter_at_end(spoken: str) -> int:
    """How many characters of laughter normalised text ends with."""
    closing = _LAUGHTER_AT_END.search(spoken)
    return len(closing.group()) if closing else 0


def is_backchannel(position: int, utterances: Sequence[Utterance]) -> bool:
    """Whether the utterance at ``position`` is a nod into the other side's running turn.

    ``utterances`` are in time order. The other side must hold the floor on both sides of it: it speaks on around it,
    or the nearest utterance before it and the next one after it are the other's, who goes on within
    ``GOES_ON_WITHIN_S``. A 对 that answers a question, or is followed by its speaker's own words, is a turn.
    """
    nod = utterances[position]
    length = nod.end - nod.start
    if length > LONG_NOD_MAX_S or not is_nod(nod.text):
        return False
    if any(u.role != nod.role and u.start <= nod.start and u.end >= nod.end for u in utterances):
        return True
    before = utterances[position - 1] if position > 0 else None
    after = utterances[position + 1] if position + 1 < len(utterances) else None
    if length > BACKCHANNEL_MAX_S or not before or not after or not before.role == after.role != nod.role:
        return False
    return after.start - before.end <= GOES_ON_WITHIN_S and not asks(before.text)


_QUESTIONS = ("吗", "么", "呢", "吧", "没有", "不是", "什么", "哪里", "哪儿", "多少", "几", "谁", "怎么办", "怎么样")
_CHOICES = re.compile(r"(.)(?:不|没)\1$|(?:是不是|有没有|能不能|可不可以|要不要|行不行|好不好)")


def asks(text: str) -> bool:
    """Whether ``text`` ends as a question, by its last words alone (a recogniser's question mark is no evidence)."""
    spoken = normalise(text).text
    return spoken.endswith(_QUESTIONS) or _CHOICES.search(spoken[-12:]) is not None


def group_turns(utterances: Sequence[Utterance]) -> tuple[tuple[Utterance, ...], ...]:
    """The turns, each a tuple of utterances of one role, in order of their first utterance.

    Backchannels are left out, and what a machine says. Every other utterance is in exactly one turn.
    """
    if any(utterance.role is Role.SYSTEM for utterance in utterances):
        utterances = [utterance for utterance in utterances if utterance.role is not Role.SYSTEM]
    turns: list[list[Utterance]] = []
    for position, utterance in enumerate(utterances):
        if is_backchannel(position, utterances):
            continue
        if turns and turns[-1][-1].role == utterance.role:
            turns[-1].append(utterance)
        else:
            turns.append([utterance])
    return tuple(tuple(turn) for turn in turns)
