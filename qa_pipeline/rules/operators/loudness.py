"""``loudness`` (音量): somebody speaks much louder than he usually does in this call.

In a rule set::

    forbid: {loudness: {role: agent, above_median_db: 8, at_least: 2}}     # 有两句比自己平时响 8 分贝以上
    forbid: {loudness: {role: agent, rise_db: 6}}                          # 后半程比前半程响 6 分贝以上

只和说话人自己比：每句话的音量和这个人整通电话的中位数比，线路和话筒的差别不影响结果。响 6 分贝约是声压加倍，
8 分贝以上听得出是提高了嗓门。不到 ``min_s`` 秒的话太短，不量。正好等于限度不算超。

``rise_db`` 比较前后两半（按句数分）的中位数，指向后半程最响的一句。

Needs the sound: ``Utterance.loudness_db``. A stored transcript without it, or a speaker with fewer than
``min_utterances`` measured utterances, cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from pydantic import Field, model_validator

from qa_pipeline.records import Evidence, Role, Seconds, Utterance
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import above, evidence_of, utterances_in
from qa_pipeline.rules.view import CannotTell, View


class Loudness(Operator):
    """The parameters, in decibels above the speaker's own median."""

    role: Role | None = None
    above_median_db: float | None = Field(default=None, gt=0)
    rise_db: float | None = Field(default=None, gt=0)
    min_s: Seconds = Field(default=0.8, ge=0)
    min_utterances: int = Field(default=5, ge=2)
    at_least: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _one_way(self) -> Loudness:
        if (self.above_median_db is None) == (self.rise_db is None):
            raise ValueError("写 above_median_db 或 rise_db 之一 give either above_median_db or rise_db")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the loud utterances in time order, or the loudest one of a louder second half."""
        view.require_roles()
        wanted = view.speaker(self.role)
        # Whoever says nothing is not loud; whoever says something that was not measured cannot be told.
        speaking = [role for role in Role if view.call.speech(role)]
        roles = [role for role in speaking if wanted is None or role is wanted]
        found: list[Evidence] = []
        refusals: list[CannotTell] = []
        for role in roles:
            try:
                found += self._loud(view, role) if self.above_median_db is not None else self._risen(view, role)
            except CannotTell as refusal:
                refusals.append(refusal)
        # One side that cannot be measured does not hide that the other was loud.
        if refusals and len(found) < self.at_least:
            raise refusals[0]
        if len(found) >= self.at_least or self.rise_db is not None:
            yield from sorted(found, key=lambda evidence: (evidence.start, evidence.end))

    def _loud(self, view: View, role: Role) -> list[Evidence]:
        limit, usual = self.above_median_db or 0.0, median(u.loudness_db or 0.0 for u in self._measured(view, role))
        return [
            evidence_of(view.call, u, f"比自己平时响 {u.loudness_db - usual:.0f} 分贝")
            for u in utterances_in(view, role)
            if u.loudness_db is not None and self._long_enough(u) and above(u.loudness_db - usual, limit)
        ]

    def _risen(self, view: View, role: Role) -> list[Evidence]:
        said = self._measured(view, role)
        early, late = said[: len(said) // 2], said[len(said) // 2 :]
        rise = _median(late) - _median(early)
        if not above(rise, self.rise_db or 0.0):
            return []
        loudest = max(late, key=lambda u: u.loudness_db or 0.0)
        return [evidence_of(view.call, loudest, f"后半程比前半程响 {rise:.0f} 分贝")]

    def _measured(self, view: View, role: Role) -> Sequence[Utterance]:
        """All utterances of the call by which to tell how loud the speaker usually is."""
        said = [u for u in view.call.utterances if u.role is role and u.loudness_db is not None]
        if not said:
            raise CannotTell("没有音量数据 loudness was not measured")
        long_enough = [u for u in said if self._long_enough(u)]
        if len(long_enough) < self.min_utterances:
            count = len(long_enough)
            raise CannotTell(f"只有 {count} 句够长，不知道平时的音量 too few utterances to know the usual loudness")
        return long_enough

    def _long_enough(self, utterance: Utterance) -> bool:
        return utterance.end - utterance.start >= self.min_s


def _median(utterances: Sequence[Utterance]) -> float:
    return median(u.loudness_db or 0.0 for u in utterances)
