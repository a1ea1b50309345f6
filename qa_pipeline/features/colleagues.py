"""Another agent on the customer's channel: a consult or a transfer over the customer's line.

While an agent asks a colleague, or hands the call over, some switchboards record the colleague where the customer was.
Such a stretch begins where somebody there says who they are as agents do (工号三零二一, 这里是社保科, 为您服务), after
the agent said that the call goes on to somebody else, and it ends where a customer is heard again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_pipeline.features.side_signs import leaning
from qa_pipeline.records import Role, Seconds, Utterance

HANDED_OVER_WITHIN_S: Seconds = 120.0
"""How long before the colleague is heard the agent must have said so."""

MIN_LEANING = 3.0
"""How far the stretch must lean to the agents' side: one plain sign."""

_HANDS_OVER = re.compile(
    r"转(?:接|给|到)|帮[您你]转|接通|连线|请示|请教|(?:问|咨询|联系)(?:一下)?.{0,6}(?:同事|专家|专员|老师|班长|部门|科)"
)
_SHOWS_HERSELF = re.compile(
    r"工号.{0,2}[0-9零幺一二三四五六七八九十]|为您服务|(?:这里|这边|我)是?.{0,14}(?:专家|专员|坐席|座席|班长|值班|科|部|中心)"
)
_CUSTOMER_BELOW = -1.0


def colleagues(utterances: Sequence[Utterance]) -> frozenset[int]:
    """The positions in ``utterances`` (in time order, with roles) that are another agent's though a customer's."""
    found: set[int] = set()
    for at, utterance in enumerate(utterances):
        if at in found or utterance.role is not Role.CUSTOMER or not _SHOWS_HERSELF.search(utterance.text):
            continue
        if _handed_over_before(at, utterances):
            stretch = _stretch(at, utterances)
            if leaning([utterances[i] for i in stretch]).value >= MIN_LEANING:
                found.update(stretch)
    return frozenset(found)


def _handed_over_before(at: int, utterances: Sequence[Utterance]) -> bool:
    start = utterances[at].start
    return any(
        u.role is Role.AGENT and 0 <= start - u.end <= HANDED_OVER_WITHIN_S and _HANDS_OVER.search(u.text)
        for u in utterances[:at]
    )


def _stretch(at: int, utterances: Sequence[Utterance]) -> list[int]:
    """From ``at`` on, what is said on this channel up to where a customer shows himself."""
    stretch = []
    for position in range(at, len(utterances)):
        utterance = utterances[position]
        if utterance.channel != utterances[at].channel or utterance.role is not Role.CUSTOMER:
            continue
        if position > at and leaning([utterance]).value <= _CUSTOMER_BELOW:
            break
        stretch.append(position)
    return stretch
