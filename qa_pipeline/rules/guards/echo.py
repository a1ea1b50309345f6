"""``echo`` (复述): the agent gives back what the customer has just reported, to confirm it or to feel with him.

    covered: 客户：师傅说只能这样了 / 客服：【只能这样了】是吧，我记下来
    not:     客户：这是规定吗 / 客服：对，【这是规定】；客户：你别跟我说没办法 / 客服：【没办法】就是没办法

The same words alone prove nothing: an answer and a retort repeat them too. The echo opens the turn, nothing but
fillers and the customer's own words before it, and goes on as a confirmation, a question or sympathy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Role, Seconds
from qa_pipeline.rules.guards.quoted import attributed
from qa_pipeline.rules.guards.words import FILLERS, NEAR, peel, plain, words

ECHO_WITHIN_S: Seconds = 15.0
TURNS_BACK = 2
LEAD_IN = 12
"""How many characters may come before an echo in its turn."""

_LEAD_IN = FILLERS | words(
    "好 好的 嗯嗯 哦哦 明白 让 叫 骂 你 你们 他 他们 说 就说 他说 他们说 你说 你是说 你说的是 你的意思是 也就是说"
)
_RETORT = re.compile(
    r"^(?:[啊呀嘛呗吧就也还没]|有什么|怎么[了能]|那[就也]|想什么|那[您你](?!自己|当时|怎么)|[您你](?!当时|刚|有|是|记|家|那|报|量|怎么|听)|规定|不归|的事"
    r"|我们?(?!记|了解|明白|理解|核实|查|看|听|来|如实|先|帮|给))"
)
_TAG_QUESTION = re.compile(r"^(?![啊呀嘛呗吧也还]).{0,12}?(?<!不)(?:[是对][吧吗]|是这个意思)")
"""This makes even 就挂了是吧 a confirmation."""
_CONFIRM = re.compile(
    r"[是对][吧吗]|吗|呢$|[嗯唉]|^好|好的|好我|是这个意思|然后|接着说"
    r"|明白|了解|知道了|记(?:录|下|一下|上)|写进|如实|核实|我来|我先|我[帮给]"
    r"|原话|这么[跟说讲]|说法|这话|态度|当着|不像话|不合适|过分|难受|不舒服|换我|换谁|生气|不礼貌|这大冷"
    r"|几[点号楼天]|是几|哪[个家里位天]|什么时候|多少|怎么写|[您你](?:当时|刚|家|怎么|有|量)|那[您你]自己"
)
"""Goes on as a confirmation, a note taken, sympathy, or a question about it."""
_AGREES = re.compile(
    r"在理|没说错|没错|说得对|本来就|大家都|难道|凭什么|怎么能|赖|谁让|凑合吧|别闹|最好|[呀嘛呗]$|您呐|您懂就|没法|没办法|改不了|变不出|有啥招|我不知道"
)
"""Takes the reported words' side: then they are the agent's own."""
_TOLD_ME = re.compile(r"(?<![我你们])(?:[跟对给和]我妈?)?(?:说|讲|回|骂|喊|嚷|答复|回复|一句)[^你]{0,8}$")
_TO_YOU = re.compile(r"(?:别|不要|不想听|你们?.{0,3})(?:[跟对]我)?(?:说|讲).{0,8}$")


def is_echo(call: CallFeatures, passage: Passage, start: int, end: int) -> bool:
    """Whether the agent repeats, at ``passage.text[start:end]``, what the customer has just said, as his words."""
    if passage.role is not Role.AGENT or start > LEAD_IN:
        return False
    text = _alike(plain(passage.text[:end]))
    before, said, after = text[:start], text[start:], plain(passage.text[end : end + NEAR])
    if (_RETORT.match(after) or _AGREES.search(after)) and not _TAG_QUESTION.match(after):
        return False
    for heard in _just_heard(call, passage):
        at = _alike(heard).rfind(said)
        if at < 0 or not _only_leads_in(before.removesuffix(said[:1]), _alike(heard[:at])):
            continue
        if _CONFIRM.search(after):
            return True
        if _is_report(heard, at, at + len(said)):
            return True
    return False


def _is_report(heard: str, start: int, end: int) -> bool:
    """Whether the customer, at ``heard[start:end]``, tells what somebody else said."""
    before, after = heard[max(0, start - NEAR) : start], heard[end : end + NEAR]
    if _TO_YOU.search(before):
        return False
    return bool(attributed(before, heard[start:end], after) or _TOLD_ME.search(before))


def _just_heard(call: CallFeatures, passage: Passage) -> Iterator[str]:
    """What the customer said in the turns just before, the last first."""
    for earlier in reversed(call.passages[max(0, passage.index - TURNS_BACK) : passage.index]):
        if earlier.role is Role.CUSTOMER and passage.start - earlier.end <= ECHO_WITHIN_S:
            yield plain(earlier.text)


def _only_leads_in(before: str, heard_before: str) -> bool:
    """Whether ``before`` holds nothing but fillers and the words that the customer said there."""
    shared = 0
    while shared < min(len(before), len(heard_before)) and before[-1 - shared] == heard_before[-1 - shared]:
        shared += 1
    return any(not peel(before[: len(before) - size], _LEAD_IN) for size in range(shared, -1, -1))


_SWAPPED = str.maketrans("您我咱她", "你你你他")


def _alike(text: str) -> str:
    """``text`` with the forms of address that change from mouth to mouth made one."""
    return text.translate(_SWAPPED)
