"""``overlap_ratio`` (重叠占比): how much of the time both sides speak at once.

In a rule set::

    forbid: {overlap_ratio: {max_share: 0.10}}                # 全程有一成以上的时间两人同时在说
    forbid: {overlap_ratio: {of: agent, max_share: 0.15}}     # 客服说话时间里，有多少是压着客户说的

``of`` 决定分母：``call`` 是所看的时间（默认），``speech`` 是有人说话的时间，``agent``、``customer`` 是这一方说话的
时间。只有"嗯、对、好的"的附和不算重叠。占比正好等于 ``max_share`` 不算超。命中指向重叠最长的一段。

Shares are 0 to 1. Needs two channels; a mono recording cannot show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from pydantic import Field

from qa_pipeline.features.speech import overlaps, total
from qa_pipeline.records import Evidence, Role, Seconds, Span
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import above, clipped_to
from qa_pipeline.rules.view import CannotTell, View


class OverlapRatio(Operator):
    """The parameters."""

    max_share: float = Field(ge=0, le=1)
    of: Literal["call", "speech", "agent", "customer"] = "call"

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one piece of evidence, the longest stretch of overlap, where the share is too high."""
        view.require_sides("同时说话的时间")
        whole = self._whole(view)
        if whole <= 0:
            raise CannotTell("没有人说话 nobody speaks")
        # Most calls are within bounds whatever was said; only then do words decide what was a nod.
        if not above(total(_overlaps(view, view.call.speech)) / whole, self.max_share):
            return
        both = _overlaps(view, view.call.floor.speech_beyond_nods)
        share = total(both) / whole
        if both and above(share, self.max_share):
            longest = max(both, key=lambda span: span.duration)
            note = f"同时说话 {total(both):.1f} 秒，占 {share:.0%}"
            yield Evidence(None, longest.start, longest.end, note=note)

    def _whole(self, view: View) -> Seconds:
        """The seconds of which a share is taken."""
        if self.of == "call":
            return view.window.duration
        spans = view.call.all_speech if self.of == "speech" else view.call.speech(Role(self.of))
        return total(clipped_to(spans, view.window))


def _overlaps(view: View, speech: Callable[[Role], tuple[Span, ...]]) -> list[Span]:
    """Where both sides speak in view, by what ``speech`` says of each."""
    agent, customer = (clipped_to(speech(role), view.window) for role in (Role.AGENT, Role.CUSTOMER))
    return list(overlaps(agent, customer))
