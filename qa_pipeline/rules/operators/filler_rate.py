"""``filler_rate`` (口头禅): somebody uses too many fillers for what he says.

In a rule set::

    forbid: {filler_rate: {role: agent, any: [那个, 就是, 然后, 呃, 嗯, 反正], max_per_100: 4, min_count: 6}}

Fillers are counted as jieba's words, so that 就是 is not found inside 就是说. More than ``max_per_100`` of them per
100 字, and at least ``min_count`` in all, make it a fault. Backchannels said while the other goes on do not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import Field

from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.view import View
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.segment import segment


class FillerRate(Operator):
    """The parameters."""

    role: Role | None = None
    any: list[str] = Field(min_length=1)
    max_per_100: float = Field(gt=0)
    min_count: int = Field(default=6, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one piece of evidence per filler, each saying the rate; nothing where the rate is within bounds."""
        fillers = frozenset(normalise(filler).text for filler in self.any)
        passages = view.passages(self.role)
        found = [(p, t) for p in passages for t in segment(p.text) if t.text in fillers]
        characters = sum(len(passage.text) for passage in passages)
        rate = 100 * len(found) / max(1, characters)
        if len(found) < self.min_count or rate <= self.max_per_100:
            return
        common = "、".join(f"{word}×{n}" for word, n in Counter(t.text for _, t in found).most_common(3))
        for passage, token in found:
            yield passage.evidence(token.start, token.end, f"每百字 {rate:.1f} 个口头禅（{common}）")
