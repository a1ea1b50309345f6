"""``duration`` (时长): how long the call is, or how long somebody speaks in it.

In a rule set::

    when:   {duration: {at_least_s: 30}}                       # 半分钟以上的通话才评
    forbid: {duration: {at_least_s: 600}}
    when:   {duration: {of: customer, at_least_s: 5}}          # 客户说了 5 秒以上

``of``：``call`` 是整段录音（默认），``speech`` 是有人说话的秒数，``agent``、``customer`` 是这一方说话的秒数。在
``at_least_s`` 和 ``at_most_s`` 之间（两头都含）就成立。写在 ``within`` 里时，说话的秒数只算那一段的；录音的长度不变。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from qa_pipeline.features.speech import total
from qa_pipeline.records import Evidence, Role, Seconds
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import clipped_to, within
from qa_pipeline.rules.view import View

_WHAT = {"call": "录音长", "speech": "有人说话", "agent": "客服说了", "customer": "客户说了"}


class Duration(Operator):
    """The parameters, in seconds."""

    of: Literal["call", "speech", "agent", "customer"] = "call"
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
        view.require_roles()
        return total(clipped_to(view.call.speech(Role(self.of)), view.window))
