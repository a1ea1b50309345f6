"""``dead_air`` (静音/冷场): nobody speaks for longer than ``max_s`` seconds.

In a rule set::

    forbid: {dead_air: {max_s: 8, ignore_first_s: 3, ignore_last_s: 3}}

Silence is measured over all channels. The note says who spoke last before it. An announced wait (请您稍等) is excused
by an ``unless`` with ``before_s``. A gap of exactly ``max_s`` passes.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from qa_pipeline.features import CallFeatures
from qa_pipeline.features.speech import gaps
from qa_pipeline.records import Evidence, Role, Seconds
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.view import CannotTell, View

_WHO = {Role.AGENT: "客服说完之后", Role.CUSTOMER: "客户说完之后", Role.UNKNOWN: "", None: "开头"}


class DeadAir(Operator):
    """The parameters, in seconds. What falls in the first or last seconds of the recording is not counted."""

    max_s: Seconds = Field(gt=0)
    ignore_first_s: Seconds = Field(default=0.0, ge=0)
    ignore_last_s: Seconds = Field(default=0.0, ge=0)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the silences in time order."""
        call = view.call
        if not call.all_speech:
            raise CannotTell("录音里没有人说话 nobody speaks in this recording")
        begin, end = self.ignore_first_s, call.duration - self.ignore_last_s
        for gap in gaps(call.all_speech, call.duration):
            start, stop = max(gap.start, begin), min(gap.end, end)
            if stop - start > self.max_s:
                who = _last_speaker(call, gap.start)
                yield Evidence(None, start, stop, note=f"{_WHO[who]}静音 {stop - start:.1f} 秒")


def _last_speaker(call: CallFeatures, moment: Seconds) -> Role | None:
    """Who was the last to speak before ``moment``; None where nobody had."""
    spoken = [u for u in call.utterances if u.start < moment]
    return max(spoken, key=lambda u: u.end).role if spoken else None
