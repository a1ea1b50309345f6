"""``talk_rate`` (语速): somebody speaks too fast, or too slowly, in 字/分钟.

In a rule set::

    forbid: {talk_rate: {role: agent, max_per_minute: 360, min_chars: 12, at_least: 2}}
    forbid: {talk_rate: {role: agent, max_per_minute: 300, over: call}}
    forbid: {talk_rate: {role: agent, min_per_minute: 120, over: call}}          # 太慢

语速 = 字数 ÷ 说话的时间，停顿不算在内。汉字、每个数字、每个英文单词各算一个字。

``over: utterance``（默认）一句一句量，不到 ``min_chars`` 个字的太短、量不准，不看；至少 ``at_least`` 句超了才算，
一句匆忙的开头语不算。``over: call`` 把所看范围里够长的话合起来量。正好等于限度不算超。

Speaking time comes from speech activity, in a stored transcript from the utterances' own times. ``over: call`` cannot
be told where not one utterance is long enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, model_validator

from qa_pipeline.records import Evidence, Role, Seconds, Utterance
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import above, below, evidence_of, utterances_in
from qa_pipeline.rules.view import CannotTell, View

MIN_MEASURED_S: Seconds = 0.5
"""Below this a rate is an accident of rounding."""


class TalkRate(Operator):
    """The parameters: 字 per minute, and what is too short to be measured."""

    role: Role | None = None
    max_per_minute: float | None = Field(default=None, gt=0)
    min_per_minute: float | None = Field(default=None, gt=0)
    over: Literal["utterance", "call"] = "utterance"
    min_chars: int = Field(default=12, ge=1)
    at_least: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _limits(self) -> TalkRate:
        if self.max_per_minute is None and self.min_per_minute is None:
            raise ValueError("要写 max_per_minute 或 min_per_minute  give max_per_minute or min_per_minute")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the utterances beyond the limit in time order, or one piece of evidence for the call."""
        rates = view.call.floor.rates
        said = [(u, *rates[id(u)]) for u in utterances_in(view, self.role)]
        measured = [(u, chars, max(seconds, MIN_MEASURED_S)) for u, chars, seconds in said if chars >= self.min_chars]
        if self.over == "call":
            yield from self._whole(measured, view)
            return
        found = [(u, chars / seconds * 60) for u, chars, seconds in measured if self._beyond(chars / seconds * 60)]
        if len(found) >= self.at_least:
            for utterance, rate in found:
                yield evidence_of(view.call, utterance, f"语速 {rate:.0f} 字/分钟")

    def _whole(self, measured: Sequence[tuple[Utterance, int, Seconds]], view: View) -> Iterator[Evidence]:
        if not measured:
            raise CannotTell("说的话太短，量不出语速 nothing said is long enough to measure a rate")
        chars, seconds = sum(c for _, c, _ in measured), sum(s for _, _, s in measured)
        rate = chars / seconds * 60
        if self._beyond(rate):
            # The utterance furthest out is what a listener should hear first.
            pick = max if self.max_per_minute is not None and rate > self.max_per_minute else min
            utterance = pick(measured, key=lambda one: one[1] / one[2])[0]
            yield evidence_of(view.call, utterance, f"平均语速 {rate:.0f} 字/分钟（{chars} 字，{seconds:.0f} 秒）")

    def _beyond(self, rate: float) -> bool:
        too_fast = self.max_per_minute is not None and above(rate, self.max_per_minute)
        return too_fast or (self.min_per_minute is not None and below(rate, self.min_per_minute))
