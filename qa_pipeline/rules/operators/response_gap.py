"""``response_gap`` (响应间隔): how long one side lets the other wait for an answer.

In a rule set::

    forbid: {response_gap: {role: agent, max_s: 5}}                             # 客户说完，客服 5 秒还没有接话
    forbid: {response_gap: {role: agent, max_s: 3, after_question: true}}       # 只看客户提问之后
    forbid: {response_gap: {role: agent, max_s: 2, over: call}}                 # 全程的中位数

从对方一个话轮说完，到 ``role`` 开口为止，是一次间隔；"嗯"一声也是开口。正好 ``max_s`` 秒不算超。对方没说完就接话
（抢话）没有间隔。对方自己又接着说了（"喂？还在吗"），从他最后一句算起：中间的空白由 ``dead_air`` 管。

``over: turn`` (the default) finds every gap that is too long; ``over: call`` compares the median of at least
``min_gaps`` gaps and points at the longest; with fewer it cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Literal

from pydantic import Field

from qa_pipeline.features.floor import Response
from qa_pipeline.features.turns import asks
from qa_pipeline.records import Evidence, Role, Seconds
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import above
from qa_pipeline.rules.view import CannotTell, View


class ResponseGap(Operator):
    """The parameters. ``role``: who is to answer."""

    role: Literal["agent", "customer"] = "agent"
    max_s: Seconds = Field(ge=0)
    after_question: bool = False
    over: Literal["turn", "call"] = "turn"
    min_gaps: int = Field(default=3, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the gaps in time order, each from the end of what was said to the first sound of the answer."""
        view.require_roles()
        in_view = {passage.index for passage in view.passages(Role(self.role))}
        gaps = [
            response
            for response in view.call.floor.responses
            if response.passage.index in in_view and (not self.after_question or asks(response.after.ending))
        ]
        if self.over == "call":
            yield from self._median(gaps)
            return
        for response in gaps:
            if above(response.gap, self.max_s):
                yield _evidence(response, f"隔了 {response.gap:.1f} 秒才接话")

    def _median(self, gaps: Sequence[Response]) -> Iterator[Evidence]:
        if len(gaps) < self.min_gaps:
            raise CannotTell(f"只有 {len(gaps)} 次应答，算不出中位数 too few answers for a median")
        middle = median(response.gap for response in gaps)
        if above(middle, self.max_s):
            longest = max(gaps, key=lambda response: response.gap)
            yield _evidence(longest, f"{len(gaps)} 次应答，间隔的中位数 {middle:.1f} 秒，最长 {longest.gap:.1f} 秒")


def _evidence(response: Response, note: str) -> Evidence:
    passage = response.passage
    quote = passage.whole().quote
    return Evidence(passage.role, response.after.end, passage.start, quote=quote, note=note, turn=passage.index)
