"""``count`` (次数): another condition has at least or at most so many hits.

In a rule set::

    forbid: {count: {of: {phrase: {role: agent, any: [不知道]}}, at_least: 3}}
    forbid: {count: {of: {pattern: {role: customer, regex: 凭什么|什么态度}}, at_least: 3, per: turn}}

``at_least`` holds with that many hits or more, and then each hit is evidence. ``at_most`` holds with that many or
fewer; with none it points at the whole call. ``per: turn`` counts the turns that have a hit, so that three in one
breath count as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from qa_pipeline.records import Evidence
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.verdict import Condition
from qa_pipeline.rules.view import CannotTell, View

if TYPE_CHECKING:
    from qa_pipeline.rules.conditions import ConditionReader
    from qa_pipeline.rules.source import Where


class Count(Operator):
    """The parameters."""

    of: Any
    at_least: int | None = Field(default=None, ge=1)
    at_most: int | None = Field(default=None, ge=0)
    per: Literal["hit", "turn"] = "hit"

    @model_validator(mode="after")
    def _bounded(self) -> Count:
        if self.at_least is None and self.at_most is None:
            raise ValueError("写 at_least 或 at_most  give at_least or at_most")
        return self

    @classmethod
    def read_parameters(cls, raw: dict[str, Any], where: Where, reader: ConditionReader) -> dict[str, Any] | None:
        """Read the condition of ``of`` beside the plain parameters."""
        parameters = {key: reader.expand(value, (*where, key)) for key, value in raw.items() if key != "of"}
        condition = reader.read(raw.get("of"), (*where, "of"))
        return None if condition is None else {**parameters, "of": condition}

    @classmethod
    def conditions_schema(cls) -> dict[str, Any]:
        """``of`` is a condition."""
        return {"of": {"$ref": "#/$defs/condition"}}

    def nested(self) -> Iterator[Condition]:
        """The condition that is counted."""
        yield self.of

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the hits where their number is within bounds, in time order."""
        verdict = self.of.evaluate(view)
        if verdict.holds is None:
            raise CannotTell(verdict.reason)
        hits = len({one.turn for one in verdict.evidence} if self.per == "turn" else verdict.evidence)
        if (self.at_least is None or hits >= self.at_least) and (self.at_most is None or hits <= self.at_most):
            note = f"共 {hits} {'次' if self.per == 'hit' else '回'}"
            yield from verdict.evidence or [Evidence(None, view.window.start, view.window.end, note=note)]
