"""``sequence`` (次序): stages that follow one another, such as 确认情绪 → 了解事实 → 提出方案.

In a rule set::

    require:
      sequence:
        stages:
          - {id: 共情, phrase: {role: agent, any: [$empathy]}}
          - {id: 了解事实, optional: true, pattern: {role: agent, regex: 请问}}
          - {id: 提出方案, phrase: {role: agent, any: [$solution]}}
        within_s: 180

Each stage is a condition with an ``id``; a stage begins no earlier than the one before it. Optional stages may be
missing. ``within_s`` bounds the time from the first stage to the last. Where the sequence is incomplete, the reason
names the stages that are missing or out of order.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Listing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from qa_pipeline.records import Evidence, Seconds
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.schema import Strict
from qa_pipeline.rules.verdict import Condition
from qa_pipeline.rules.view import CannotTell, View

if TYPE_CHECKING:
    from qa_pipeline.rules.conditions import ConditionReader
    from qa_pipeline.rules.source import Where


class StageFile(Strict):
    """What is written beside a stage's condition."""

    id: str = Field(min_length=1)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a sequence."""

    file: StageFile
    condition: Condition


class Sequence(Operator):
    """The parameters."""

    stages: list[Any] = Field(min_length=2)
    within_s: Seconds | None = Field(default=None, gt=0)

    @classmethod
    def read_parameters(cls, raw: dict[str, Any], where: Where, reader: ConditionReader) -> dict[str, Any] | None:
        """Read the stages' conditions beside the plain parameters."""
        from qa_pipeline.rules.conditions import note_faults

        parameters = {key: reader.expand(value, (*where, key)) for key, value in raw.items() if key != "stages"}
        if not isinstance(raw.get("stages"), list):
            reader.source.fault((*where, "stages"), "stages 是阶段的列表 stages is a list of stages")
            return None
        stages: list[Stage | None] = []
        for index, stage in enumerate(raw["stages"]):
            here = (*where, "stages", index)
            mine, condition = reader.read_with(stage, here, StageFile.model_fields)
            try:
                file = StageFile.model_validate(mine)
            except ValidationError as error:
                note_faults(error, here, reader.source, known=StageFile.model_fields)
                condition = None
            stages.append(Stage(file, condition) if condition is not None else None)
        return None if None in stages else {**parameters, "stages": stages}

    @classmethod
    def conditions_schema(cls) -> dict[str, Any]:
        """Each stage is a condition with an id beside it."""
        stage: dict[str, Any] = {"type": "object", "required": ["id"], "minProperties": 2}
        stage["properties"] = {"id": {"type": "string"}, "optional": {"type": "boolean"}}
        return {"stages": {"type": "array", "items": stage, "minItems": 2}}

    def nested(self) -> Iterator[Condition]:
        """The stages' conditions."""
        return (stage.condition for stage in self.stages)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the first hit of each stage of the earliest complete sequence; nothing where none is complete."""
        yield from _complete(self._hits(view), self.stages, self.within_s) or ()

    def missing(self, view: View) -> str:
        """Which stages are missing, or that they come in another order."""
        hits = self._hits(view)
        absent = [s.file.id for s, h in zip(self.stages, hits, strict=True) if not h and not s.file.optional]
        if absent:
            return "缺少 missing: " + "、".join(absent)
        return "各阶段都有，次序或时间不符 every stage is there, but not in this order and time"

    def _hits(self, view: View) -> list[tuple[Evidence, ...]]:
        hits = []
        for stage in self.stages:
            verdict = stage.condition.evaluate(view)
            if verdict.holds is None and not stage.file.optional:
                raise CannotTell(f"{stage.file.id}：{verdict.reason}")
            hits.append(verdict.evidence if verdict.holds else ())
        return hits


def _complete(
    hits: Listing[Listing[Evidence]], stages: Listing[Stage], within_s: Seconds | None
) -> list[Evidence] | None:
    """The earliest chain through all stages that must be there; greedy from each possible first hit."""
    for first in _beginnings(hits, stages):
        chain = _chain_from(first.start, hits, stages)
        if chain and (within_s is None or chain[-1].start - chain[0].start <= within_s):
            return chain
    return None


def _beginnings(hits: Listing[Listing[Evidence]], stages: Listing[Stage]) -> list[Evidence]:
    """With what a sequence may begin, in time order: the first stage that must be there, or an optional one before."""
    found: list[Evidence] = []
    for of_stage, stage in zip(hits, stages, strict=True):
        found.extend(of_stage)
        if not stage.file.optional:
            break
    return sorted(found, key=lambda evidence: evidence.start)


def _chain_from(start: Seconds, hits: Listing[Listing[Evidence]], stages: Listing[Stage]) -> list[Evidence] | None:
    """The first hit of each stage that begins no earlier than the stage before it; None where one is missing.

    An optional stage is taken only where what follows it can still be completed.
    """
    if not stages:
        return []
    following = next((hit for hit in hits[0] if hit.start >= start), None)
    if following is not None:
        rest = _chain_from(following.start, hits[1:], stages[1:])
        if rest is not None:
            return [following, *rest]
    return _chain_from(start, hits[1:], stages[1:]) if stages[0].file.optional else None
