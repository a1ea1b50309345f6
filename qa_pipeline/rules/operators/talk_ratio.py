"""``talk_ratio`` (说话占比): a side's share of the time that both speak.

In a rule set::

    forbid: {talk_ratio: {role: agent, at_least: 0.8}}        # 客服一个人说了八成以上
    when:   {talk_ratio: {role: customer, at_least: 0.3, at_most: 0.7}}

占比 = 这一方说话的秒数 ÷（客服 + 客户说话的秒数），0 到 1。在 ``at_least`` 和 ``at_most`` 之间（两头都含）就成立。
同时说话的时间两方各算一次。两方一共说了不到 ``min_speech_s`` 秒的，占比没有意义，判为无法判断。

Works on mono too where the utterances' roles are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from qa_pipeline.features.speech import total
from qa_pipeline.records import Evidence, Role, Seconds
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import clipped_to, within
from qa_pipeline.rules.view import CannotTell, View

_NAMES = {Role.AGENT: "客服", Role.CUSTOMER: "客户"}


class TalkRatio(Operator):
    """The parameters; shares are 0 to 1."""

    role: Literal["agent", "customer"] = "agent"
    at_least: float | None = Field(default=None, ge=0, le=1)
    at_most: float | None = Field(default=None, ge=0, le=1)
    min_speech_s: Seconds = Field(default=10.0, ge=0)

    @model_validator(mode="after")
    def _limits(self) -> TalkRatio:
        if self.at_least is None and self.at_most is None:
            raise ValueError("要写 at_least 或 at_most  give at_least or at_most")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one piece of evidence over all that was looked at, where the share is within bounds."""
        view.require_roles()
        role = Role(self.role)
        seconds = {r: total(clipped_to(view.call.speech(r), view.window)) for r in _NAMES}
        spoken = sum(seconds.values())
        if spoken <= 0 or spoken < self.min_speech_s:
            raise CannotTell(f"一共只说了 {spoken:.0f} 秒，占比没有意义 too little speech for a share")
        share = seconds[role] / spoken
        if within(share, self.at_least, self.at_most):
            note = f"{_NAMES[role]}说了 {seconds[role]:.0f} 秒，占 {share:.0%}"
            yield Evidence(role, view.window.start, view.window.end, note=note)
