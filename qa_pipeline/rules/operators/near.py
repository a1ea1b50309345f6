"""``near`` (相邻): several things happen close together.

In a rule set::

    forbid:
      near:
        of:
          - phrase: {role: customer, any: [投诉]}
          - phrase: {role: agent, any: [随便您]}
        seconds: 20
        ordered: true

Holds where each condition has a hit and all lie within ``seconds`` (from the first start to the last start) or within
``turns`` turns of one another; ``ordered`` asks that they come in the order written. The evidence is the hit of the
last one named: what the others lead up to.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from qa_pipeline.records import Evidence, Seconds
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.verdict import Condition
from qa_pipeline.rules.view import CannotTell, View

if TYPE_CHECKING:
    from qa_pipeline.rules.conditions import ConditionReader
    from qa_pipeline.rules.source import Where

MAX_HITS = 50
"""Hits of one condition that are looked at; more than that in one call is noise, and pairs grow as the product."""


class Near(Operator):
    """The parameters."""

    of: list[Any] = Field(min_length=2, max_length=3)
    seconds: Seconds | None = Field(default=None, gt=0)
    turns: int | None = Field(default=None, ge=0)
    ordered: bool = False

    @model_validator(mode="after")
    def _one_limit(self) -> Near:
        if (self.seconds is None) == (self.turns is None):
            raise ValueError("写 seconds 或 turns 之一 give either seconds or turns")
        return self

    @classmethod
    def read_parameters(cls, raw: dict[str, Any], where: Where, reader: ConditionReader) -> dict[str, Any] | None:
        """Read the conditions of ``of`` beside the plain parameters."""
        parameters = {key: reader.expand(value, (*where, key)) for key, value in raw.items() if key != "of"}
        conditions = reader.read_list(raw.get("of"), (*where, "of"))
        return None if conditions is None else {**parameters, "of": conditions}

    @classmethod
    def conditions_schema(cls) -> dict[str, Any]:
        """``of`` is a list of conditions."""
        return {"of": {"type": "array", "items": {"$ref": "#/$defs/condition"}, "minItems": 2, "maxItems": 3}}

    def nested(self) -> Iterator[Condition]:
        """The conditions of ``of``."""
        return iter(self.of)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield each hit of the last condition that has all the others close to it, in time order."""
        hits = []
        for condition in self.of:
            verdict = condition.evaluate(view)
            if verdict.holds is None:
                raise CannotTell(verdict.reason)
            hits.append(verdict.evidence[:MAX_HITS])
        *others, last = hits
        close = [hit for hit in last if any(self._close((*group, hit)) for group in product(*others))]
        yield from sorted(close, key=lambda e: (e.start, e.end))

    def _close(self, group: tuple[Evidence, ...]) -> bool:
        starts = [evidence.start for evidence in group]
        if self.ordered and starts != sorted(starts):
            return False
        if self.seconds is not None:
            return max(starts) - min(starts) <= self.seconds
        turns = [evidence.turn for evidence in group if evidence.turn is not None]
        return len(turns) == len(group) and max(turns) - min(turns) <= (self.turns or 0)
