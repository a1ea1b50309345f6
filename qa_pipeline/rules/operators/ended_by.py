"""``ended_by`` (谁先挂断): who ended the call.

In a rule set::

    require: {ended_by: {is: customer}}
    forbid:  {ended_by: {is: agent, infer: false}}       # 只认话单，不从录音末尾推断

先看话单里的 ``hangup_by``（agent/customer，也认 客服、坐席、客户、来电人）。话单没有写时，只在末尾清楚的
两种情形下推断：

- 最后一句是"我挂了""先挂断"一类的话（之后对方只喊了"喂？"也一样）：是说的人挂的；
- 一方道别以后，另一方喊"喂？还在吗？"，到结束都没有人应：是道别的一方挂的。

其他情形（双方道别以后录音结束）听不出谁先挂，判为无法判断，不算通过也不算扣分。
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from qa_pipeline.features import CallFeatures
from qa_pipeline.records import Evidence, Role, Utterance
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import evidence_of
from qa_pipeline.rules.view import CannotTell, View
from qa_pipeline.text.normalise import normalise

_WORDS = {
    **dict.fromkeys(("agent", "客服", "坐席", "座席", "话务员", "客服代表"), Role.AGENT),
    **dict.fromkeys(("customer", "caller", "客户", "来电人", "来电者", "用户", "市民"), Role.CUSTOMER),
}
_HANGS_UP = re.compile(
    r"(?:^|(?<![把给被让跟])我(?:们|这边)?)(?:就|先|要|得)*挂(?:断|机|电话)?(?:了|啦|喽|咯)?(?:啊|哦|哈|吧)?(?:再见|拜拜)*$"
)
"""In the last clause: 挂了, or 我先挂了 at its end; not 你们把我电话挂了, 您先挂吧."""
_PARTING = re.compile(r"(?:再见|拜拜|回见|谢谢|好吧?|行|嗯)+")
_CALLS_OUT = re.compile(r"(?:喂|您好|你好|你?还?在吗|还在不在|在不在|在听吗|听得到吗|听得见吗|能听到吗|人呢|说话呀?)+")
_BREAK = re.compile(r"[\W_]+")
_FAREWELL = re.compile(r"再见|拜拜|回见|祝您|感谢您?的?来电|就这样")


class EndedBy(Operator):
    """The parameters. ``infer``: whether the end of the call may tell where the manifest does not."""

    is_role: Literal["agent", "customer"] = Field(alias="is")
    infer: bool = True

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the end of the call where the named side ended it."""
        told = view.call.metadata.get("hangup_by")
        if told is not None and str(told).strip():
            who = _WORDS.get(str(told).strip().lower())
            if who is None:
                raise CannotTell(f"看不懂 hangup_by = {told}  hangup_by is neither agent nor customer")
            if who == self.is_role:
                yield Evidence(who, view.window.end, view.window.end, matched=str(told), note=f"hangup_by = {told}")
            return
        found = _told_by_the_end(view.call) if self.infer else None
        if found is None:
            raise CannotTell("话单没有 hangup_by，录音末尾也听不出谁先挂 nothing tells who hung up first")
        if found.role == self.is_role:
            yield found


def _told_by_the_end(call: CallFeatures) -> Evidence | None:
    """Who ended the call by what was said last; None where that does not tell."""
    said = [u for u in call.utterances if normalise(u.text).text]
    calling = _calling_out(said)
    last = said[-1 - len(calling)] if len(said) > len(calling) else None
    if last is None or last.role is Role.UNKNOWN:
        return None
    clauses = [clause for part in _BREAK.split(last.text) if (clause := normalise(part).text)]
    while len(clauses) > 1 and _PARTING.fullmatch(clauses[-1]):
        clauses.pop()
    if clauses and _HANGS_UP.search(clauses[-1]):
        return evidence_of(call, last, "说了要挂电话，之后没有再说别的")
    if calling and calling[0].role is not last.role and _FAREWELL.search(last.text):
        return evidence_of(call, last, f"道别以后，对方喊“{calling[-1].text}”没有人应")
    return None


def _calling_out(said: Sequence[Utterance]) -> list[Utterance]:
    """The utterances at the very end in which one side asks whether the other is still there."""
    calling: list[Utterance] = []
    for utterance in reversed(said):
        if _CALLS_OUT.fullmatch(normalise(utterance.text).text) is None or utterance.role is not said[-1].role:
            break
        calling.append(utterance)
    return calling[::-1]
