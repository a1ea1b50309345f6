"""``turn_count`` (话轮数): how many turns somebody takes, or how much he says.

In a rule set::

    when:   {turn_count: {role: customer, at_least: 2, min_chars: 10}}     # 客户说过两次以上，一共十个字以上
    forbid: {turn_count: {role: agent, at_most: 1}}                        # 客服从头到尾只说了一次

话轮是一方一口气说的话，中间对方的"嗯、对、好的"不算打断，也不算话轮。在 ``at_least`` 和 ``at_most`` 之间（两头都含），
并且这些话轮一共至少 ``min_chars`` 个字，就成立。声音里确实没有人说话的录音，话轮数是 0。
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.view import View


class TurnCount(Operator):
    """The parameters."""

    role: Role | None = None
    at_least: int = Field(default=0, ge=0)
    at_most: int | None = Field(default=None, ge=0)
    min_chars: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _can_hold(self) -> TurnCount:
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError("at_most 不能小于 at_least  at_most cannot be less than at_least")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one piece of evidence, over all the turns counted, where the count is within bounds."""
        silent = view.call.transcript.speech is not None and not view.call.all_speech
        passages = [] if silent else view.passages(self.role)
        enough = len(passages) >= self.at_least and (self.at_most is None or len(passages) <= self.at_most)
        if enough and (not self.min_chars or sum(len(p.text) for p in passages) >= self.min_chars):
            start = passages[0].start if passages else view.window.start
            end = max((p.end for p in passages), default=start)
            yield Evidence(self.role or view.role, start, end, note=f"{len(passages)} 个话轮")
