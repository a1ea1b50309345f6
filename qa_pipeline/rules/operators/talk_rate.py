"""``talk_rate`` (语速): somebody speaks faster than ``max_per_minute`` 字 a minute.

In a rule set::

    forbid: {talk_rate: {role: agent, max_per_minute: 360, min_chars: 12, at_least: 2}}

Each utterance of at least ``min_chars`` 字 is measured over its own speaking time; ``at_least`` of them must be too
fast, so that one hurried greeting is no fault. Han characters, digits and Latin words count as 字.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from qa_pipeline.records import Evidence, Role, Seconds, Span, Utterance
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.view import View
from qa_pipeline.text.normalise import count_spoken

MIN_MEASURED_S: Seconds = 0.5
"""Below this a rate is an accident of rounding."""


class TalkRate(Operator):
    """The parameters: 字 per minute, and what is too short to be measured."""

    role: Role | None = None
    max_per_minute: float = Field(gt=0)
    min_chars: int = Field(default=12, ge=1)
    at_least: int = Field(default=1, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the utterances that are too fast, in time order; nothing where there are fewer than ``at_least``."""
        said = [u for p in view.passages(self.role) for u in p.utterances if count_spoken(u.text) >= self.min_chars]
        rates = [(utterance, _rate(utterance, view)) for utterance in said]
        fast = [(utterance, rate) for utterance, rate in rates if rate > self.max_per_minute]
        if len(fast) < self.at_least:
            return
        for u, rate in fast:
            yield Evidence(u.role, u.start, u.end, quote=u.text, matched=u.text, note=f"语速 {rate:.0f} 字/分钟")


def _rate(utterance: Utterance, view: View) -> float:
    """字 per minute over the seconds of the utterance in which its speaker is heard."""
    whole = Span(utterance.start, utterance.end)
    spoken = sum(span.overlap(whole) for span in view.call.speech(utterance.role))
    seconds = max(spoken or whole.duration, MIN_MEASURED_S)
    return count_spoken(utterance.text) / seconds * 60
