"""``attitude`` (态度): the words sound contemptuous, annoyed, warm ... to a model trained on sentences of agents.

In a rule set::

    forbid: {attitude: {role: agent, kind: annoyed, above: 0.7}}
    forbid: {attitude: {role: agent, kind: casual, above: 0.4, at_least: 2}}
    forbid: {attitude: {role: agent, kind: [annoyed, casual], above: 0.4}}
    unless: {id: innocent, near_s: 0.05, attitude: {role: agent, kind: any, below: 0.1}, why: 听着不像}

Kinds (种类): ``contempt`` 蔑视, ``annoyed`` 烦躁, ``refusal`` 拒绝, ``doubt`` 质疑, ``casual`` 随意, ``shirking`` 推诿,
``overpromise`` 过度承诺, ``banned`` 禁语, ``venting`` 情绪化, ``own_view`` 只说自己的; ``any`` is the surest of these
faults; and of the good ``empathy`` 共情, ``praise`` 感谢赞美, ``care`` 关照, ``more_help`` 再问需要, ``closing`` 结束,
``confirms`` 复述; of kinds in a list, that there is at least one of them. Each utterance of ``min_chars`` 字 or more is
judged by itself, fillers left out, beside what the other side said just before it. ``above`` is how sure the model must
be, each kind by itself from 0 to 1, ``at_least`` in how many utterances; ``below`` finds the utterances of which it is
surer that they are not. Marked is the word that weighed most (with ``below`` the whole utterance); the note names more,
and a caller's word where one weighed.

It knows words, not situations, and warm slang misleads it. How well it judges calls that it was not trained on:
``python -m scripts.attitude.train --check`` and docs/evaluation.md. Use it beside patterns, as the second opinion on
what they find, at thresholds measured on labelled calls, never with ``veto``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Literal

from pydantic import Field, model_validator

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Evidence, Role, Seconds
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.attitude import FAULTS, attitude, telling, telling_before
from qa_pipeline.text.attitude import Attitude as Kind

_NAMES = {
    Kind.CONTEMPT: "蔑视",
    Kind.ANNOYED: "烦躁",
    Kind.REFUSAL: "拒绝",
    Kind.DOUBT: "质疑",
    Kind.CASUAL: "随意",
    Kind.SHIRKING: "推诿",
    Kind.OVERPROMISE: "过度承诺",
    Kind.BANNED: "禁语",
    Kind.VENTING: "情绪化",
    Kind.OWN_VIEW: "只说自己的",
    Kind.EMPATHY: "共情",
    Kind.PRAISE: "感谢、赞美",
    Kind.CARE: "关照",
    Kind.MORE_HELP: "再问需要",
    Kind.CLOSING: "结束语",
    Kind.CONFIRMS: "复述",
}


class Attitude(Operator):
    """The parameters. ``role``: whose words (default: the scope's)."""

    kind: Kind | Literal["any"] | tuple[Kind, ...]
    above: float | None = Field(default=None, gt=0, lt=1)
    below: float | None = Field(default=None, gt=0, lt=1)
    role: Role | None = None
    min_chars: int = Field(default=4, ge=1)
    at_least: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _one_side(self) -> Attitude:
        if (self.above is None) == (self.below is None):
            raise ValueError("写 above 或 below 之一 give either above or below")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the utterances that sound like it (or do not), in time order; nothing where there are too few."""
        found = []
        seen = view.seen(self.role)
        above, below = 1.0 if self.above is None else self.above, self.below or 0.0
        shares = view.call.once(_shares, view.speaker(self.role), self.kind)
        for one in [one for one in shares if one.share > above or one.share < below]:
            if one.end - one.start >= self.min_chars and seen(one.passage):
                first, last = self._marked(one)
                hit = view.hit(one.passage, one.start + first, one.start + last, self._note(one))
                found.append(hit if self.above is not None else _from(view.window.start, hit))
        yield from enough(found, self.at_least)

    def _marked(self, one: _Said) -> tuple[int, int]:
        """The word that weighed most; the whole where a filler stands in it, or none weighed."""
        for word in telling(one.text, one.kind, one.before, most=1) if self.above is not None else ():
            at = one.text.find(word)
            if at >= 0:
                return at, at + len(word)
        return 0, len(one.text)

    def _note(self, one: _Said) -> str:
        if self.below is not None:
            return f"听着不像{_NAMES[one.kind]}（{one.share:.2f}）"
        words = "、".join(f"“{word}”" for word in telling(one.text, one.kind, one.before))
        heard = telling_before(one.text, one.kind, one.before)
        return f"像是{_NAMES[one.kind]}（{one.share:.2f}）：{words}{f'，接对方的“{heard}”' if heard else ''}"


@dataclass(frozen=True, slots=True)
class _Said:
    """An utterance, ``[start, end)`` of its turn, what the other side said before it, and how likely ``kind`` is.

    Where several kinds are asked about, ``kind`` is the one that it sounds like most.
    """

    passage: Passage
    start: int
    end: int
    before: str
    kind: Kind
    share: float

    @property
    def text(self) -> str:
        """What was said."""
        return self.passage.text[self.start : self.end]


def _shares(call: CallFeatures, role: Role | None, kind: Kind | Literal["any"] | tuple[Kind, ...]) -> Sequence[_Said]:
    """How much ``role``'s utterances sound like ``kind``, in order. A feature of the call."""
    found = []
    for passage, start, end, before in call.once(_places, role):
        shares = attitude(passage.text[start:end], before)
        among = FAULTS if kind == "any" else kind if isinstance(kind, tuple) else (kind,)
        which = max(among, key=lambda one: shares[one])
        share = 1 - prod(1 - shares[one] for one in among) if isinstance(kind, tuple) else shares[which]
        found.append(_Said(passage, start, end, before, which, share))
    return found


def _places(call: CallFeatures, role: Role | None) -> Sequence[tuple[Passage, int, int, str]]:
    """The utterances of ``role``: turn, place in it, and the last turn of somebody else before it."""
    last: dict[Role, str] = {}
    places = []
    for passage in call.passages:
        if role is None or passage.role is role:
            before = next((text for other, text in reversed(last.items()) if other is not passage.role), "")
            places += [(passage, start, end, before) for start, end in passage.extents]
        last.pop(passage.role, None)
        last[passage.role] = passage.text
    return places


def _from(start: Seconds, evidence: Evidence) -> Evidence:
    """The part of the evidence from ``start`` on: an utterance that began earlier is in view as well."""
    return replace(evidence, start=start) if evidence.start < start <= evidence.end else evidence
