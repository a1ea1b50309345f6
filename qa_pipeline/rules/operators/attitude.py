"""``attitude`` (态度): the words sound contemptuous, annoyed, ... to a model trained on sentences of agents.

In a rule set::

    forbid: {attitude: {role: agent, kind: annoyed, above: 0.7}}
    forbid: {attitude: {role: agent, kind: casual, above: 0.4, at_least: 2}}
    when:   {attitude: {role: agent, kind: any, above: 0.9}}

Kinds (种类): ``contempt`` 蔑视, ``annoyed`` 烦躁, ``refusal`` 拒绝, ``doubt`` 质疑, ``casual`` 随意, ``shirking`` 推诿,
``overpromise`` 过度承诺; ``any`` is all of them together. Each utterance of ``min_chars`` 字 or more is judged by
itself, fillers left out; ``above`` is how sure the model must be (the shares of all kinds add up to 1), ``at_least`` in
how many utterances. Marked is the word that weighed most; the note names more of them.

It knows words, not situations: a refusal that only the answer before it makes one is not seen, and warm slang misleads
it. Of its own sentences, each judged by a model trained without it, 60 % get the right kind of eight, and fault or none
is told with precision 0.80 and recall 0.80 (``python -m scripts.attitude.train --check``). Use it beside patterns, at
thresholds measured on labelled calls, for the weaker kinds (contempt, doubt) only where the call has several hits of
``any``, and never with ``veto``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from qa_pipeline.records import Evidence, Role
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
}


class Attitude(Operator):
    """The parameters. ``role``: whose words (default: the scope's)."""

    kind: Literal["contempt", "annoyed", "refusal", "doubt", "casual", "shirking", "overpromise", "any"]
    above: float = Field(gt=0, lt=1)
    role: Role | None = None
    min_chars: int = Field(default=4, ge=1)
    at_least: int = Field(default=1, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the utterances that sound like it, in time order; nothing where there are fewer than ``at_least``."""
        found = []
        for passage in view.passages(self.role):
            for start, end in passage.extents:
                said = passage.text[start:end]
                if len(said) >= self.min_chars and self._share(said) > self.above:
                    first, last = self._marked(said)
                    found.append(view.hit(passage, start + first, start + last, self._note(said)))
        yield from enough(found, self.at_least)

    def _share(self, said: str) -> float:
        shares = attitude(said)
        return 1 - shares[Kind.NONE] if self.kind == "any" else shares[Kind(self.kind)]

    def _kind(self, said: str) -> Kind:
        if self.kind != "any":
            return Kind(self.kind)
        shares = attitude(said)
        return max(FAULTS, key=lambda fault: shares[fault])

    def _marked(self, said: str) -> tuple[int, int]:
        """The word that weighed most; the whole where a filler stands in it, or none weighed."""
        for word in telling(said, self._kind(said), most=1):
            at = said.find(word)
            if at >= 0:
                return at, at + len(word)
        return 0, len(said)

    def _note(self, said: str) -> str:
        kind = self._kind(said)
        words = "、".join(f"“{word}”" for word in telling(said, kind))
        return f"像是{_NAMES[kind]}（{self._share(said):.2f}）：{words}"
