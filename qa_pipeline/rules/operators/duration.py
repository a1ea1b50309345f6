"""``duration`` (时长): how long the call is, or how long somebody speaks in it.

In a rule set::

    when:   {duration: {at_least_s: 30}}                       # 半分钟以上的通话才评
    forbid: {duration: {at_least_s: 600}}
    forbid: {duration: {of: hold, at_least_s: 120}}            # 让客户听保持音乐两分钟以上
    when:   {duration: {of: customer, at_least_s: 5}}          # 客户说了 5 秒以上

``of``：``call`` 是整段录音（默认），``speech`` 是有人说话的秒数，``agent``、``customer`` 是这一方说话的秒数，
``system`` 是语音导航、排队提示等机器说话的秒数，``hold`` 是接听之后保持音乐、回铃音响的秒数，``before_answer`` 是接听
之前的秒数。在 ``at_least_s`` 和 ``at_most_s`` 之间（两头都含）就成立。写在 ``within`` 里时，说话和音乐的秒数只算那一段
的；录音的长度不变。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from qa_pipeline.features.speech import total
from qa_pipeline.records import Evidence, Role, Seconds, Span
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import clipped_to, within
from qa_pipeline.rules.view import View

_WHAT = {
    **{"call": "录音长", "speech": "有人说话", "agent": "客服说了", "customer": "客户说了"},
    **{"system": "系统提示音", "hold": "保持音乐", "before_answer": "接听之前"},
}


class Duration(Operator):
    """The parameters, in seconds."""

    of: Literal["call", "speech", "agent", "customer", "system", "hold", "before_answer"] = "call"
    at_least_s: Seconds | None = Field(default=None, ge=0)
    at_most_s: Seconds | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _limits(self) -> Duration:
        if self.at_least_s is None and self.at_most_s is None:
            raise ValueError("要写 at_least_s 或 at_most_s  give at_least_s or at_most_s")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one piece of evidence over all that was looked at, where the length is within bounds."""
        seconds = self._seconds(view)
        if within(seconds, self.at_least_s, self.at_most_s):
            role = Role(self.of) if self.of in (Role.AGENT, Role.CUSTOMER) else None
            yield Evidence(role, view.window.start, view.window.end, note=f"{_WHAT[self.of]} {seconds:.0f} 秒")

    def _seconds(self, view: View) -> Seconds:
        if self.of == "call":
            return view.call.duration
        if self.of == "speech":
            return total(clipped_to(view.call.all_speech, view.window))
        if self.of == "before_answer":
            return view.call.answered_at
        if self.of == "hold":
            after = Span(view.call.answered_at, view.call.duration)
            return total(clipped_to(clipped_to(view.call.holds, after), view.window))
        if self.of != "system":
            view.require_roles()
        return total(clipped_to(view.call.speech(Role(self.of)), view.window))
