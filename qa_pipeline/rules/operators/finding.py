"""``finding`` (规则结果): another rule came out so.

In a rule set::

    when: {finding: {rule: customer-angry, outcome: fail}}
    forbid: {all: [{finding: {rule: taboo-1-interrupting, at_least: 3}}, {finding: {rule: redline-contempt}}]}

``outcome`` is pass, fail (the default), not_applicable or cannot_tell; ``at_least`` asks for so many hits. The
evidence is the other rule's. Where the other rule cannot be told, this cannot either (unless that is what is asked).
Rules may not refer to one another in a circle: the loader refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from qa_pipeline.records import Evidence, Outcome
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.view import CannotTell, View


class Finding(Operator):
    """The parameters."""

    rule: str = Field(min_length=1)
    outcome: Outcome = Outcome.FAIL
    at_least: int = Field(default=0, ge=0)

    def refers_to(self) -> Iterator[str]:
        """The id of the rule asked about."""
        yield self.rule

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the other rule's evidence, or the whole call where it points nowhere."""
        other = view.outcome_of(self.rule)
        if other.outcome is Outcome.CANNOT_TELL and self.outcome is not Outcome.CANNOT_TELL:
            raise CannotTell(f"{self.rule}：{other.reason}")
        if other.outcome is not self.outcome or other.n_hits < self.at_least:
            return
        own = [finding.evidence for finding in other.findings]
        yield from own or [Evidence(None, view.window.start, view.window.end, note=f"{self.rule}: {other.outcome}")]
