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

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Evidence, Role, Seconds
from qa_pipeline.rules.operators import Spot, Spotter, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.attitude import FAULTS, attitude, telling, telling_before
from qa_pipeline.text.attitude import Attitude as Kind

if TYPE_CHECKING:
    from qa_pipeline.rules.index import Texts

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


class Attitude(Spotter):
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

    def spots(self, call: CallFeatures, role: Role | None, _texts: Texts | None) -> Sequence[Spot]:
        """The utterances that sound like it (or do not), in order."""
        above, below = 1.0 if self.above is None else self.above, self.below or 0.0
        shares = call.once(_shares, role, self.kind)
        chosen = [one for one in shares if one.share > above or one.share < below]
        return [
            (one.passage, *(one.unlike if self.above is None else one.like))
            for one in chosen
            if one.end - one.start >= self.min_chars
        ]

    def find(self, view: View) -> Iterable[Evidence]:
        """The utterances in view, in time order; nothing where there are too few."""
        found = view.spotted(self)
        if self.below is not None:
            found = [_from(view.window.start, hit) for hit in found]
        return enough(found, self.at_least)


@dataclass(frozen=True)
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

    @cached_property
    def like(self) -> tuple[int, int, str]:
        """Where in the turn the word stands that weighed most, and what to note of the ``kind``.

        The whole utterance where a filler stands in that word, or none weighed.
        """
        words = telling(self.text, self.kind, self.before)
        heard = telling_before(self.text, self.kind, self.before)
        at = self.text.find(words[0]) if words else -1
        first, last = (self.start + at, self.start + at + len(words[0])) if at >= 0 else (self.start, self.end)
        named = "、".join(f"“{word}”" for word in words)
        after = f"，接对方的“{heard}”" if heard else ""
        return first, last, f"像是{_NAMES[self.kind]}（{self.share:.2f}）：{named}{after}"

    @cached_property
    def unlike(self) -> tuple[int, int, str]:
        """The whole utterance, and what to note of its not being of the ``kind``."""
        return self.start, self.end, f"听着不像{_NAMES[self.kind]}（{self.share:.2f}）"


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
