"""``speech_quality`` (通话音质): a side can hardly be heard, is distorted, or says nothing at all.

In a rule set::

    forbid: {speech_quality: {role: agent, min_snr_db: 15}}               # 客服一侧背景太吵
    forbid: {speech_quality: {max_clipped: 0.01}}                         # 百分之一以上的采样削顶失真
    when:   {none: [{speech_quality: {silent_side: customer}}]}           # 客户没有说话的电话不评
    when:   {none: [{speech_quality: {min_speech_s: 10}}]}                # 一共没说几句的不评

写了哪几样就查哪几样，有一样不合格就成立，一样一条：

- ``min_snr_db``：说话的音量比背景高出的分贝数低于它。没有人说话的声道不看；
- ``max_clipped``：削顶的采样占比高于它，0 到 1；
- ``silent_side``：这一方从头到尾没有说话，``any`` 是任何一方；
- ``min_speech_s``：说话的秒数少于它（没有写 ``role`` 时，两方合起来）。

正好等于限度的合格。``role`` 决定看谁的声道，不写看全部。信噪比和削顶要有声音才能量；存下来的文字稿没有，判为无法判断。
单声道分不出谁没有说话。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from qa_pipeline.features.speech import total
from qa_pipeline.records import ChannelSound, Evidence, Role, Seconds
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import above, below
from qa_pipeline.rules.view import CannotTell, View

_NAMES = {Role.AGENT: "客服", Role.CUSTOMER: "客户", Role.SYSTEM: "系统", Role.UNKNOWN: "通话"}


class SpeechQuality(Operator):
    """The parameters: each is a limit that good sound keeps."""

    role: Role | None = None
    min_snr_db: float | None = None
    max_clipped: float | None = Field(default=None, ge=0, le=1)
    silent_side: Literal["agent", "customer", "any"] | None = None
    min_speech_s: Seconds | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _asks_something(self) -> SpeechQuality:
        if all(v is None for v in (self.min_snr_db, self.max_clipped, self.silent_side, self.min_speech_s)):
            limits = "min_snr_db、max_clipped、silent_side、min_speech_s"
            raise ValueError(f"要写 {limits} 之一 give at least one of them")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one piece of evidence for each limit that is not kept, whatever cannot be told beside it."""
        found: list[Evidence] = []
        refusals: list[CannotTell] = []
        for check in (self._sound, self._silent, self._too_little):
            try:
                found += check(view)
            except CannotTell as refusal:
                refusals.append(refusal)
        if refusals and not found:
            raise refusals[0]
        yield from found

    def _sound(self, view: View) -> Iterator[Evidence]:
        if self.min_snr_db is None and self.max_clipped is None:
            return
        for role, sound in self._channels(view):
            low = self.min_snr_db is not None and sound.snr_db is not None and below(sound.snr_db, self.min_snr_db)
            if low and sound.snr_db is not None:
                yield _of_call(view, role, f"{_NAMES[role]}一侧信噪比 {sound.snr_db:.0f} 分贝")
            if self.max_clipped is not None and above(sound.clipped, self.max_clipped):
                yield _of_call(view, role, f"{_NAMES[role]}一侧削顶失真 {sound.clipped:.1%}")

    def _channels(self, view: View) -> list[tuple[Role, ChannelSound]]:
        transcript, wanted = view.call.transcript, self.role or view.role
        if transcript.sound is None:
            raise CannotTell("没有测量音质 the sound was not measured")
        if wanted is not None:
            view.require_sides("一方的音质")
        role_of = {u.channel: u.role for u in view.call.utterances} | dict(transcript.channel_roles)
        known = [(role_of.get(channel, Role.UNKNOWN), sound) for channel, sound in enumerate(transcript.sound)]
        return [(role, sound) for role, sound in known if wanted is None or role is wanted]

    def _silent(self, view: View) -> Iterator[Evidence]:
        if self.silent_side is None:
            return
        if not view.call.all_speech:
            yield _of_call(view, None, "没有人说话")
            return
        view.require_sides("一方没有说话")
        sides = (Role.AGENT, Role.CUSTOMER) if self.silent_side == "any" else (Role(self.silent_side),)
        for role in sides:
            if not view.call.speech(role):
                yield _of_call(view, role, f"{_NAMES[role]}没有说话")

    def _too_little(self, view: View) -> Iterator[Evidence]:
        if self.min_speech_s is None:
            return
        role = self.role or view.role
        if role is not None:
            view.require_roles()
        seconds = total(view.call.all_speech if role is None else view.call.speech(role))
        if below(seconds, self.min_speech_s):
            yield _of_call(view, role, f"{_NAMES[role or Role.UNKNOWN]}一共只说了 {seconds:.1f} 秒")


def _of_call(view: View, role: Role | None, note: str) -> Evidence:
    """What concerns a side as a whole: all of what is looked at."""
    return Evidence(role, view.window.start, view.window.end, note=note)
