"""``interruption`` (抢话): one side starts while the other is speaking, and goes on.

In a rule set::

    forbid: {interruption: {by: agent, min_overlap_s: 1.0, min_chars: 4}}

Counts where the other side had held the floor for ``held_s`` seconds, both then speak for at least ``min_overlap_s``,
and the one who came in says at least ``min_chars`` 字 that are no backchannel (嗯, 对, 好的). Times come from speech
activity on two channels; a mono recording cannot show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from qa_pipeline.features import CallFeatures
from qa_pipeline.features.turns import spoken_beyond_nods
from qa_pipeline.records import Evidence, Role, Seconds, Span, Utterance
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.view import View
from qa_pipeline.text.normalise import count_spoken


class Interruption(Operator):
    """The parameters, in seconds and 字."""

    by: Literal["agent", "customer"] = "agent"
    min_overlap_s: Seconds = Field(default=1.0, ge=0)
    min_chars: int = Field(default=4, ge=0)
    held_s: Seconds = Field(default=1.0, ge=0)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the interruptions in time order: from the moment of breaking in to the end of the overlap."""
        view.require_sides("抢话")
        by = Role(self.by)
        other = Role.CUSTOMER if by is Role.AGENT else Role.AGENT
        floor = view.call.speech(other)
        for entry in view.call.speech(by):
            held = next((span for span in floor if span.start < entry.start < span.end), None)
            if held is None or entry.start - held.start < self.held_s:
                continue
            shared = held.overlap(entry)
            said = _said_during(view.call, by, entry)
            beyond = sum(count_spoken(spoken_beyond_nods(u.text)) for u in said)
            if shared >= self.min_overlap_s and beyond >= self.min_chars:
                quote = "".join(u.text for u in said)
                note = f"对方说到一半时插话，重叠 {shared:.1f} 秒"
                yield Evidence(by, entry.start, min(entry.end, held.end), quote=quote, matched=quote, note=note)


def _said_during(call: CallFeatures, role: Role, span: Span) -> list[Utterance]:
    """The utterances of ``role`` that lie mostly within ``span``."""
    return [
        u
        for u in call.utterances
        if u.role is role and span.overlap(Span(u.start, u.end)) > 0.5 * min(u.end - u.start, span.duration)
    ]
