"""``manner`` (待人): a turn shows empathy, praise, venting ... to a model trained on sentences of agents.

In a rule set::

    require: {any: [{pattern: {regex: $empathy}}, {manner: {role: agent, kind: empathy, above: 0.5}}]}
    forbid:  {manner: {role: agent, kind: venting, above: 0.6, at_least: 2}}

Kinds (种类): ``empathy`` 共情, ``praise`` 感谢和赞美, ``venting`` 诉苦、顶嘴、讽刺, ``own_view`` 只说自己的. Each turn
of ``min_chars`` 字 or more is read in stretches of 22 字; ``above`` is how sure the model must be of one of them (the
shares of all kinds and of none add up to 1), ``at_least`` in how many turns. The note names what weighed most.

It adds to patterns what only resembles them, and knows words, not situations. At 0.5 it finds 12 of 30 sentences of
empathy and 14 of 30 of praise that it never saw, and none of 39 that only look like them; of own_view it finds
little. Ask for much, use it beside patterns, and never with ``veto``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.manner import Manner as Kind
from qa_pipeline.text.manner import Shown, shown

_NAMES = {Kind.EMPATHY: "共情", Kind.PRAISE: "感谢、赞美", Kind.VENTING: "情绪化", Kind.OWN_VIEW: "只说自己的"}


class Manner(Operator):
    """The parameters. ``role``: whose words (default: the scope's)."""

    kind: Kind
    above: float = Field(gt=0, lt=1)
    role: Role | None = None
    min_chars: int = Field(default=5, ge=1)
    at_least: int = Field(default=1, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the stretches that show it, in time order; nothing where there are fewer than ``at_least``."""
        found = []
        seen = view.seen(self.role)
        for best, passage in view.call.once(_by_share, view.speaker(self.role), self.kind):
            if best.share <= self.above:
                break
            if len(passage.text) >= self.min_chars and seen(passage):
                found.append((passage, best))
        found.sort(key=lambda one: one[0].index)
        yield from enough([view.hit(p, best.start, best.end, self._note(best)) for p, best in found], self.at_least)

    def _note(self, best: Shown) -> str:
        return f"像是{_NAMES.get(self.kind, self.kind.value)}（{best.share:.2f}：{'、'.join(best.words)}）"


def _by_share(call: CallFeatures, role: Role | None, kind: Kind) -> Sequence[tuple[Shown, Passage]]:
    """Where each turn of ``role`` shows ``kind`` best, those that show most of it first."""
    best = [(shown(passage.text, kind), passage) for passage in call.turns_of(role) if passage.text]
    return sorted(best, key=lambda one: one[0].share, reverse=True)
