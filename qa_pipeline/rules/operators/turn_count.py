"""``turn_count`` (话轮数): how many turns somebody takes, or how much he says.

In a rule set::

    when: {turn_count: {role: customer, at_least: 2, min_chars: 10}}

Holds where the role has at least ``at_least`` and at most ``at_most`` turns with ``min_chars`` 字 or more in all.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.view import View


class TurnCount(Operator):
    """The parameters."""

    role: Role | None = None
    at_least: int = Field(default=0, ge=0)
    at_most: int | None = Field(default=None, ge=0)
    min_chars: int = Field(default=0, ge=0)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one piece of evidence, over all the turns counted, where the count is within bounds."""
        passages = view.passages(self.role)
        enough = len(passages) >= self.at_least and (self.at_most is None or len(passages) <= self.at_most)
        if enough and sum(len(p.text) for p in passages) >= self.min_chars:
            start = passages[0].start if passages else view.window.start
            end = passages[-1].end if passages else view.window.start
            yield Evidence(self.role or view.role, start, end, note=f"{len(passages)} 个话轮")
