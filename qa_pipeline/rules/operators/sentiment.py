"""``sentiment`` (情绪): how angry or content the words sound, 0 (angry) to 1 (calm, friendly).

In a rule set::

    when:    {sentiment: {role: customer, below: 0.1}}
    forbid:  {sentiment: {role: customer, below: 0.4, over: last_turns, turns: 3}}
    reward:  {all: [{sentiment: {role: customer, below: 0.1}},
                    {sentiment: {role: customer, above: 0.6, over: last_turns, turns: 2}}]}

``over`` says what is judged (范围):

``turn``        每个话轮单独判断（默认）；``at_least`` 个话轮符合才算
``last_turns``  最后 ``turns`` 个话轮的平均，看客户最后的情绪
``call``        全部话轮的平均

Turns of fewer than ``min_chars`` 字 are not judged, nor are turns of which no word is known; an average over nothing
cannot be told. Averages are weighted by the turns' lengths. The note names the words that weighed most.

It was trained on callers: anger, reproach, insult against everything else. A calm report of a fault, worry (急死了) and
a firm question are not negative. Of short clear sentences 87.5 % are judged rightly (held-out thirds; ``python -m
scripts.sentiment.train --check``). Real talk is harder: of 112 labelled calls ``below: 0.1`` holds in 19 of the 20 with
an angry customer and in 41 of the 92 without, many of which are displeased. Good for choosing calls to listen to and
for the trend of a call, never for taking points; on agents it is weak, use phrases there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from qa_pipeline.features import Passage
from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import CannotTell, View
from qa_pipeline.text.sentiment import sentiment, telling_words

JudgedTurn: TypeAlias = tuple[Passage, float]


class Sentiment(Operator):
    """The parameters. ``role``: whose words (default: the scope's); one of ``below`` and ``above``."""

    role: Role | None = None
    below: float | None = Field(default=None, gt=0, le=1)
    above: float | None = Field(default=None, ge=0, lt=1)
    over: Literal["turn", "last_turns", "call"] = "turn"
    turns: int | None = Field(default=None, ge=1)
    min_chars: int = Field(default=6, ge=1)
    at_least: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _coherent(self) -> Sentiment:
        if (self.below is None) == (self.above is None):
            raise ValueError("写 below 或 above 之一 give either below or above")
        if (self.turns is not None) != (self.over == "last_turns"):
            raise ValueError("turns 和 over: last_turns 要一起写 turns belongs to over: last_turns")
        if self.at_least > 1 and self.over != "turn":
            raise ValueError("at_least 只用于 over: turn  at_least belongs to over: turn")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the turns that sound like it, or one piece of evidence over all the turns averaged."""
        judged = [one for one in view.in_turns(_sentiment, self.role) if len(one[0].text) >= self.min_chars]
        if self.over == "turn":
            found = [view.hit(p, 0, len(p.text), _note(p, value)) for p, value in judged if self._meant(value)]
            yield from enough(found, self.at_least)
        else:
            yield from self._average(judged if self.turns is None else judged[-self.turns :])

    def _average(self, judged: Sequence[JudgedTurn]) -> Iterator[Evidence]:
        if not judged:
            raise CannotTell("说的话太少，判断不了情绪 too little was said to judge the sentiment")
        value = sum(value * len(p.text) for p, value in judged) / sum(len(p.text) for p, _ in judged)
        if not self._meant(value):
            return
        passage, extreme = min(judged, key=lambda pv: pv[1] if self.below is not None else -pv[1])
        note = f"{len(judged)} 个话轮平均情绪 {value:.2f}；最明显的一处{_note(passage, extreme)}"
        yield Evidence(
            passage.role,
            judged[0][0].start,
            max(p.end for p, _ in judged),
            quote=passage.whole().quote,
            note=note,
            turn=passage.index,
        )

    def _meant(self, value: float) -> bool:
        return value < self.below if self.below is not None else value > (self.above or 0.0)


def _sentiment(text: str) -> Sequence[float]:
    """The value, where there is one."""
    value = sentiment(text)
    return () if value is None else (value,)


def _note(passage: Passage, value: float) -> str:
    """The value and its grounds, in words."""
    words = telling_words(passage.text, angry=value < 0.5)
    return f"情绪 {value:.2f}" + (f"（{'、'.join(words)}）" if words else "")
