"""Which utterances are a machine's: voice menus, announcements of recording and queue, the closing survey.

A recording often begins before the agent answers. What the machine says then (您好，欢迎致电……，办理业务请按一) must
not pass for the agent's greeting, and the wait after it is nobody's dead air. Machines speak in set phrases; a phrase
that only they use settles it, two that agents use as well do so together, and one alone counts beside another prompt or
where the line rings or plays music next. Whoever says 我 is a person, unless it is a whole menu.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from qa_pipeline.records import Role, Seconds, SoundEvent, SoundKind, Utterance
from qa_pipeline.text.normalise import normalise

SURE = 2
"""How many points make a prompt by itself."""

NEAR_S: Seconds = 4.0
"""An utterance that soon before or after a prompt, on its channel, belongs to it where it sounds like one at all."""

_SHORT_GREETING = re.compile(r"(?:[您你]好|欢迎)+")


class PromptSign(NamedTuple):
    """A set phrase: ``points`` for each time that it is found, ``most`` points in all."""

    pattern: str
    points: int
    most: int = 2


SIGNS: tuple[PromptSign, ...] = (
    PromptSign(r"(?:请|可)?[按拨](?:数字|一下)?(?:[0-9零一二三四五六七八九十]|井号?|星号?|米字)键?", 1),
    PromptSign(r"(?:以|按)井号键?(?:结束|确认)|按任意键|重听|返回(?:上一?级|主)菜单", 2),
    PromptSign(r"通话(?:内容)?(?:可能|将|会|都|已)*(?:被|进行)?(?:全程)?(?:被)?录音", 1, 1),
    PromptSign(r"为了?(?:保证|保障|提升|提高|更好).{0,8}(?:服务|质量)", 1, 1),
    PromptSign(r"(?:坐席|座席|话务员|客服代表|人工服务|线路)(?:全部?|都|均|暂时)?(?:正|在)?(?:繁?忙|占线)", 1, 1),
    PromptSign(r"(?:请(?:您)?(?:耐心|稍后|不要挂机).{0,3}(?:等待|等候|再拨)|请稍后再拨)", 1, 1),
    PromptSign(r"[您你](?:的)?前面(?:还有|有).{1,5}(?:位|人)|正在排队|排在第.{1,3}位|预计等待", 2),
    PromptSign(r"正在(?:为您)?(?:转接|接通|呼叫)(?:人工|坐席|座席|话务员|客服)?", 1, 1),
    PromptSign(r"[您你](?:所)?(?:拨打|呼叫|拨叫)的(?:用户|电话|号码|热线)", 2),
    PromptSign(r"(?:听到|在)?(?:滴|嘀|提示音|哔)(?:的一)?声?(?:之)?后.{0,4}留言|语音信箱", 2),
    PromptSign(r"欢迎(?:您)?(?:致电|拨打|使用|来电|进入)", 1, 1),
    PromptSign(r"请对.{0,12}(?:服务|通话).{0,6}(?:评价|评分|打分)|服务评价", 1, 1),
    PromptSign(r"(?:非常)?满意.{0,6}(?:不|一般|基本).{0,4}满意", 1, 1),
    PromptSign(r"普通话(?:服务)?请|forenglish|forservicein", 2),
    PromptSign(r"^(?:工号)?[0-9零幺一二三四五六七八九十]{2,8}号?(?:坐席|座席|话务员|客服代表)?(?:将)?为您服务$", 1, 1),
)
_COMPILED = tuple((re.compile(sign.pattern), sign) for sign in SIGNS)
_PERSON = re.compile(r"我(?!们|行|局|司|市|省|县|区|中心|公司|台)|麻烦[您你]|先生|女士|阿姨|大爷")


def points(text: str) -> int:
    """How much ``text`` sounds like a machine; ``SURE`` and more is enough by itself."""
    spoken = normalise(text).text
    found = sum(min(sign.most, sign.points * len(pattern.findall(spoken))) for pattern, sign in _COMPILED)
    menu = len(_COMPILED[0][0].findall(spoken)) >= 2
    return 0 if not menu and _PERSON.search(spoken) else found


def prompts(utterances: Sequence[Utterance], events: Sequence[SoundEvent] = ()) -> frozenset[int]:
    """The positions in ``utterances`` (in time order) of what a machine says."""
    weight = [points(u.text) if u.role in (Role.UNKNOWN, Role.SYSTEM) else 0 for u in utterances]
    found = {at for at, own in enumerate(weight) if own >= SURE}
    waits = [event for event in events if event.kind in (SoundKind.RINGBACK, SoundKind.MUSIC, SoundKind.DTMF)]
    for at, utterance in enumerate(utterances):  # the opening: nobody but the machine has spoken yet
        if at in found or (weight[at] and _the_line_goes_on(at, utterances, waits)):
            found.add(at)
        elif utterance.text:
            break
    while True:
        more = {at for at in range(len(utterances)) if at not in found and _belongs(at, utterances, weight, found)}
        if not more:
            return frozenset(found)
        found |= more


def _the_line_goes_on(at: int, utterances: Sequence[Utterance], waits: Sequence[SoundEvent]) -> bool:
    """Whether the line rings or plays, or a key is pressed, between this utterance and the next one."""
    until = utterances[at + 1].start if at + 1 < len(utterances) else float("inf")
    return any(utterances[at].start <= event.start < until for event in waits)


def _belongs(at: int, utterances: Sequence[Utterance], weight: Sequence[int], found: set[int]) -> bool:
    """Whether an utterance that is no prompt by itself is part of one beside it on its channel."""
    utterance = utterances[at]
    greets = _SHORT_GREETING.fullmatch(normalise(utterance.text).text) is not None and at + 1 in found
    if not weight[at] and not greets:
        return False
    return any(
        utterances[other].channel == utterance.channel
        and max(utterances[other].start, utterance.start) - min(utterances[other].end, utterance.end) <= NEAR_S
        for other in (at - 1, at + 1)
        if other in found
    )
