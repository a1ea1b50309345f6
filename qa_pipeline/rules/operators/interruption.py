"""``interruption`` (抢话、插话): one side starts while the other is speaking, and goes on.

In a rule set::

    forbid: {interruption: {by: agent, min_overlap_s: 1.0, min_chars: 4}}
    forbid: {interruption: {by: agent, min_overlap_s: 2.0, takes_floor: true}}    # 从严：对方被打断、没有说完

算一次抢话，要同时满足：

- 对方已经说了 ``held_s`` 秒以上（中间换气的停顿也算在说；趁对方换气插进来、对方马上接着说的，也是插话）；
- 两人同时说了至少 ``min_overlap_s`` 秒（正好等于也算）；
- 插进来的一方接着说了至少 ``lasts_s`` 秒，除去"嗯、对、好的"等附和，至少 ``min_chars`` 个字；
- 写了 ``takes_floor: true`` 时，还要对方先停下来。

不算抢话：附和；前后相差不到 0.3 秒、两人同时开口；自己先说、对方插进来以后继续说完；对方只剩笑声；同一句话两个声道
都有（串音）。医疗、燃气等紧急情况下的安全提示是不是该扣分，由规则的 ``unless`` 决定，这里只管有没有插话。
同一次插话中间换气不重复计。

Times come from speech activity on two channels (from the utterances in a stored transcript). A mono recording cannot
show it: the rule then cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from qa_pipeline.features.floor import BreakIn, Limits
from qa_pipeline.features.turns import spoken_beyond_nods
from qa_pipeline.records import Evidence, Role, Seconds, Span
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import evidence_at, turns_in_view
from qa_pipeline.rules.view import View
from qa_pipeline.text.normalise import count_spoken


class Interruption(Operator):
    """The parameters, in seconds and 字. ``by``: who comes in."""

    by: Literal["agent", "customer"] = "agent"
    min_overlap_s: Seconds = Field(default=1.0, ge=0)
    min_chars: int = Field(default=4, ge=0)
    held_s: Seconds = Field(default=1.0, ge=0)
    lasts_s: Seconds = Field(default=1.0, ge=0)
    takes_floor: bool = False

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the interruptions in time order: from the moment of breaking in to the end of the overlap."""
        view.require_sides("抢话")
        by = Role(self.by)
        limits = Limits(self.held_s, self.min_overlap_s, self.lasts_s)
        in_view = turns_in_view(view, by)
        for found in view.call.floor.break_ins(by, limits):
            if self._counts(found):
                evidence = evidence_at(view.call, by, Span(found.start, found.end), found.said, _note(found))
                if in_view(evidence.turn):
                    yield evidence

    def _counts(self, found: BreakIn) -> bool:
        if self.takes_floor and not found.taken:
            return False
        return count_spoken(spoken_beyond_nods(found.said)) >= self.min_chars


def _note(found: BreakIn) -> str:
    after = "对方停下" if found.taken else "对方没有停"
    return f"对方说了 {found.held:.1f} 秒时插话，重叠 {found.overlap:.1f} 秒，{after}"
