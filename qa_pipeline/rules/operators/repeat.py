"""``repeat`` (重复): the same person says the same again.

In a rule set::

    forbid: {repeat: {role: agent, times: 3, min_chars: 6, min_similarity: 0.8, within_s: 60}}
    when:   {repeat: {role: customer, times: 2, min_chars: 8}}

Found is the saying that is the ``times``-th (default 2: the first repetition) and every later one. It must have at
least ``min_chars`` 字 in common with an earlier one, ``min_similarity`` (0.6 to 1) alike, character by character, and
begin no later than ``within_s`` seconds after the one before it ended (default: any time in the call). Each person is
compared with himself only; words said twice running (查一下查一下) count as said twice.

``ignore`` lists phrases that anybody repeats (请您稍等, 感谢您的来电): they never count, nor does what is left of a
sentence around them unless it is long enough by itself. The same thing in other words is not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from pydantic import Field

from qa_pipeline.features import Passage
from qa_pipeline.records import Evidence, Role, Seconds
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.repeats import repeats

Saying: TypeAlias = tuple[int, int, int]
"""A turn's number and the stretch of its text, ``[start, end)``."""


class Repeat(Operator):
    """The parameters: who repeats himself, how often, and what counts as the same."""

    role: Role | None = None
    times: int = Field(default=2, ge=2, le=20)
    min_chars: int = Field(default=6, ge=4, le=200)
    min_similarity: float = Field(default=0.8, ge=0.6, le=1)
    within_s: Seconds | None = Field(default=None, gt=0)
    ignore: list[str] = Field(default_factory=list)
    at_least: int = Field(default=1, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield the repetitions in time order, each quoting the saying before it."""
        passages = view.passages(self.role)
        speakers = dict.fromkeys(passage.role for passage in passages)
        found = [e for who in speakers for e in self._of_one(view, [p for p in passages if p.role is who])]
        yield from enough(sorted(found, key=lambda e: (e.start, e.end)), self.at_least)

    def _of_one(self, view: View, passages: Sequence[Passage]) -> Iterator[Evidence]:
        """What one speaker repeats: every saying joins those it goes back to, and its number is theirs plus one."""
        texts = tuple(self._without_ignored(passage.text) for passage in passages)
        sayings: list[list[Saying]] = []
        for again in repeats(texts, self.min_chars, self.min_similarity):
            earlier = again.earlier_turn, again.earlier_start, again.earlier_end
            same = next((s for s in sayings if any(_overlap(one, earlier) for one in s)), None)
            if same is None:
                sayings.append(same := [earlier])
            before = passages[same[-1][0]].evidence(*same[-1][1:])
            now = passages[again.turn].evidence(again.start, again.end)
            if self.within_s is not None and now.start - before.end > self.within_s:
                same.clear()
            same.append((again.turn, again.start, again.end))
            if len(same) >= self.times:
                note = f"第 {len(same)} 次说；{before.start:.1f} 秒说过“{before.matched}”，相似 {again.similarity:.2f}"
                yield view.hit(passages[again.turn], again.start, again.end, note)

    def _without_ignored(self, text: str) -> str:
        """``text`` with the ignored phrases blanked out, so that positions stay."""
        for phrase in self._ignored:
            text = text.replace(phrase, "\n" * len(phrase))
        return text

    @property
    def _ignored(self) -> list[str]:
        return sorted(filter(None, (normalise(phrase).text for phrase in self.ignore)), key=len, reverse=True)


def _overlap(one: Saying, other: Saying) -> bool:
    """Whether two sayings share words of one turn."""
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]
