"""``dead_air`` (静音、冷场): nobody speaks for longer than ``max_s`` seconds.

In a rule set::

    forbid: {dead_air: {max_s: 8, ignore_first_s: 3, ignore_last_s: 3}}
    forbid: {dead_air: {max_s: 8, after: agent}}        # 只看客服说完之后、没有人接的

静音看所有声道：谁都没有说话才算。正好 ``max_s`` 秒不算超。``after`` 决定是谁说完之后冷下来的：``agent``、
``customer``，``any``（默认）都算，包括录音开头没有人说话。打过招呼的等待（请您稍等）用规则的 ``unless`` 加
``before_s`` 排除。没有识别出字、不到半秒的一声（咳嗽、按键）不打断静音。保持音乐、回铃音响着不算静音；语音导航、
排队和振铃在客服接听之前，也不算，``ignore_first_s`` 从接听算起。

Silence comes from speech activity on every channel, less hold music and ringing. ``after`` needs to know who is who;
the note says who spoke last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from qa_pipeline.features.speech import gaps
from qa_pipeline.records import Evidence, Role, Seconds, Span
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import above
from qa_pipeline.rules.view import CannotTell, View

_WHO = {
    Role.AGENT: "客服说完之后",
    Role.CUSTOMER: "客户说完之后",
    Role.SYSTEM: "系统提示音之后",
    Role.UNKNOWN: "",
    None: "开头",
}


class DeadAir(Operator):
    """The parameters, in seconds. What falls in the first or last seconds of the recording is not counted."""

    max_s: Seconds = Field(gt=0)
    after: Literal["agent", "customer", "any"] = "any"
    ignore_first_s: Seconds = Field(default=0.0, ge=0)
    ignore_last_s: Seconds = Field(default=0.0, ge=0)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the silences in time order."""
        call = view.call
        if not call.all_speech:
            raise CannotTell("录音里没有人说话 nobody speaks in this recording")
        begin, end = call.answered_at + self.ignore_first_s, call.duration - self.ignore_last_s
        for gap in gaps(call.occupied, call.duration):
            start, stop = max(gap.start, begin), min(gap.end, end)
            if above(stop - start, self.max_s) and self._left_by(gap, view):
                who = _WHO[call.floor.last_speaker(gap.start)]
                yield Evidence(None, start, stop, note=f"{who}静音 {stop - start:.1f} 秒")

    def _left_by(self, gap: Span, view: View) -> bool:
        """Whether it was ``after`` who spoke last before the silence."""
        if self.after == "any":
            return True
        view.require_roles()
        who = view.call.floor.last_speaker(gap.start)
        if who is Role.UNKNOWN:
            raise CannotTell("分不清静音之前是谁在说 it is not known who spoke before the silence")
        return who is Role(self.after)
