"""Turns and backchannels: who holds the floor, and who only nods.

A turn is a run of utterances of one role. A backchannel (嗯, 对, 好的 ... while the other goes on) neither ends the
other's turn nor is one of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_pipeline.records import Seconds, Utterance
from qa_pipeline.text.normalise import normalise

BACKCHANNEL_MAX_S: Seconds = 1.0
"""A nod is short; whatever is longer holds the floor."""

_NODS = re.compile(r"(?:嗯|恩|啊|哦|噢|喔|对|是|是的|好|好的|行|明白|没错|嗯哼|唉|诶|哎)+")


def is_nod(text: str) -> bool:
    """Whether ``text`` consists wholly of backchannel words; empty text is a nod (a sound without words)."""
    spoken = normalise(text).text
    return not spoken or _NODS.fullmatch(spoken) is not None


def spoken_beyond_nods(text: str) -> str:
    """``text`` normalised, with leading and trailing backchannel words taken away."""
    spoken = normalise(text).text
    opening = _NODS.match(spoken)
    return spoken[opening.end() :] if opening else spoken


def is_backchannel(position: int, utterances: Sequence[Utterance]) -> bool:
    """Whether the utterance at ``position`` is a nod into the other side's running turn.

    ``utterances`` are in time order. The other side must hold the floor on both sides of it: the nearest utterance
    before (or around) it and the next one after it are the other's. A 对 that answers a question and is followed by
    its speaker's own words is a turn.
    """
    nod = utterances[position]
    if nod.end - nod.start > BACKCHANNEL_MAX_S or not is_nod(nod.text):
        return False
    others_around = [u for u in utterances if u.role != nod.role and u.start <= nod.start and u.end >= nod.end]
    if others_around:
        return True
    before = utterances[position - 1] if position > 0 else None
    after = utterances[position + 1] if position + 1 < len(utterances) else None
    return bool(before and after and before.role == after.role != nod.role and not _asks(before))


def _asks(utterance: Utterance) -> bool:
    """Whether an utterance ends as a question, so that a short answer to it is a turn."""
    return normalise(utterance.text).text.endswith(("吗", "呢", "吧", "没有", "不是", "什么", "哪里", "多少", "好不好"))


def group_turns(utterances: Sequence[Utterance]) -> tuple[tuple[Utterance, ...], ...]:
    """The turns, each a tuple of utterances of one role, in order of their first utterance.

    Backchannels are left out. Every other utterance is in exactly one turn.
    """
    turns: list[list[Utterance]] = []
    for position, utterance in enumerate(utterances):
        if is_backchannel(position, utterances):
            continue
        if turns and turns[-1][-1].role == utterance.role:
            turns[-1].append(utterance)
        else:
            turns.append([utterance])
    return tuple(tuple(turn) for turn in turns)
