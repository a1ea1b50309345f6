"""``attitude`` (态度): the words sound contemptuous, annoyed, warm ... to a model trained on sentences of agents.

In a rule set::

    forbid: {attitude: {role: agent, kind: annoyed, above: 0.7}}
    forbid: {attitude: {role: agent, kind: casual, above: 0.4, at_least: 2}}
    unless: {id: innocent, near_s: 0.05, attitude: {role: agent, kind: any, below: 0.1}, why: 听着不像}

Kinds (种类): ``contempt`` 蔑视, ``annoyed`` 烦躁, ``refusal`` 拒绝, ``doubt`` 质疑, ``casual`` 随意, ``shirking`` 推诿,
``overpromise`` 过度承诺, ``banned`` 禁语, ``venting`` 情绪化, ``own_view`` 只说自己的; ``any`` is the surest of these
faults; and of the good ``empathy`` 共情, ``praise`` 感谢赞美, ``care`` 关照, ``more_help`` 再问需要. Each utterance of
``min_chars`` 字 or more is judged by itself, fillers left out. ``above`` is how sure the model must be, each kind by
itself from 0 to 1, ``at_least`` in how many utterances; ``below`` finds the utterances of which it is surer that they
are not. Marked is the word that weighed most (with ``below`` the whole utterance); the note names more of them.

It knows words, not situations: a refusal that only the answer before it makes one is not seen, and warm slang misleads
it. Of its own sentences, each judged by a model trained without it, it says at 0.5 that there is a fault with
precision 0.96 and recall 0.44 (``python -m scripts.attitude.train --check``); docs/evaluation.md has the calls. Use it
beside patterns, as the second opinion on what they find, at thresholds measured on labelled calls, never with ``veto``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field, model_validator

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Evidence, Role, Seconds
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.attitude import FAULTS, attitude, telling
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
}


class Attitude(Operator):
    """The parameters. ``role``: whose words (default: the scope's)."""

    kind: Kind | Literal["any"]
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
        for passage, start, end in [one[:3] for one in shares if one[3] > above or one[3] < below]:
            if end - start >= self.min_chars and seen(passage):
                said = passage.text[start:end]
                first, last = self._marked(said)
                hit = view.hit(passage, start + first, start + last, self._note(said))
                found.append(hit if self.above is not None else _from(view.window.start, hit))
        yield from enough(found, self.at_least)

    def _marked(self, said: str) -> tuple[int, int]:
        """The word that weighed most; the whole where a filler stands in it, or none weighed."""
        for word in telling(said, _kind(said, self.kind), most=1) if self.above is not None else ():
            at = said.find(word)
            if at >= 0:
                return at, at + len(word)
        return 0, len(said)

    def _note(self, said: str) -> str:
        kind, share = _kind(said, self.kind), _share(said, self.kind)
        if self.below is not None:
            return f"听着不像{_NAMES[kind]}（{share:.2f}）"
        words = "、".join(f"“{word}”" for word in telling(said, kind))
        return f"像是{_NAMES[kind]}（{share:.2f}）：{words}"


def _share(said: str, kind: Kind | Literal["any"]) -> float:
    return attitude(said)[_kind(said, kind)]


def _kind(said: str, kind: Kind | Literal["any"]) -> Kind:
    """The kind asked about; of any, the fault that it sounds like most."""
    if kind != "any":
        return kind
    shares = attitude(said)
    return max(FAULTS, key=lambda fault: shares[fault])


def _shares(
    call: CallFeatures, role: Role | None, kind: Kind | Literal["any"]
) -> Sequence[tuple[Passage, int, int, float]]:
    """How much ``role``'s utterances sound like ``kind``, in order: turn, place in it, share. A feature of the call."""
    places = [(passage, start, end) for passage in call.turns_of(role) for start, end in passage.extents]
    return [(p, start, end, _share(p.text[start:end], kind)) for p, start, end in places]


def _from(start: Seconds, evidence: Evidence) -> Evidence:
    """The part of the evidence from ``start`` on: an utterance that began earlier is in view as well."""
    return replace(evidence, start=start) if evidence.start < start <= evidence.end else evidence
