"""``filler_rate`` (口头禅): somebody uses too many fillers for what he says, or one of them all the time.

In a rule set::

    forbid: {filler_rate: {role: agent, any: [那个, 就是, 然后, 呃, 嗯, 反正], max_per_100: 4, min_count: 6}}
    forbid: {filler_rate: {role: agent, any: [$fillers], one_filler_max: 8}}      # 同一个口头禅说了八次以上

每百字超过 ``max_per_100`` 个、总数又不少于 ``min_count`` 个，算口头禅多；正好等于 ``max_per_100`` 不算。
``one_filler_max`` 管同一个词：超过这个次数就算，不看比例。两样写了一样就行，都写时满足一样就算。

有实义的不算：那个窗口、到达的那个口、规定就是这样、先……然后……、"然后呢"。判断靠前后的停顿（标点、词与词之间的
时间）和前后的词，拿不准的不算；要一律都算，写 ``count_meant: true``。单独一句"嗯""好的"是应答，对方说话时的附和是
倾听，都不算。词按 jieba 分词找，"就是说"里不再找"就是"。
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property

from pydantic import Field, model_validator

from qa_pipeline.features import Passage
from qa_pipeline.features.fillers import Filler, fillers_in
from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import above
from qa_pipeline.rules.view import View
from qa_pipeline.text.normalise import normalise


class FillerRate(Operator):
    """The parameters."""

    role: Role | None = None
    any: list[str] = Field(min_length=1)
    max_per_100: float | None = Field(default=None, gt=0)
    min_count: int = Field(default=6, ge=1)
    one_filler_max: int | None = Field(default=None, ge=1)
    count_meant: bool = False

    @model_validator(mode="after")
    def _limits(self) -> FillerRate:
        if self.max_per_100 is None and self.one_filler_max is None:
            raise ValueError("要写 max_per_100 或 one_filler_max  give max_per_100 or one_filler_max")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one piece of evidence per filler, each saying how many; nothing where they are within bounds."""
        passages = view.passages(self.role)
        # Counting characters is a hundred times cheaper than cutting words, and settles most calls.
        most = sum(passage.text.count(word) for passage in passages for word in self._words)
        if most < min(self.min_count, (self.one_filler_max or self.min_count) + 1):
            return
        found = [(p, filler) for p in passages for filler in fillers_in(p, self._words, self.count_meant)]
        note = self._too_many(found, sum(len(passage.text) for passage in passages))
        counts = Counter(filler.word for _, filler in found)
        often = {word for word, n in counts.items() if self.one_filler_max is not None and n > self.one_filler_max}
        notes = {word: note or f"“{word}”说了 {n} 次" for word, n in counts.items() if note or word in often}
        evidence = [p.evidence(f.start, f.end, notes[f.word]) for p, f in found if f.word in notes]
        yield from sorted(evidence, key=lambda one: (one.start, one.end))

    def _too_many(self, found: Sequence[tuple[Passage, Filler]], characters: int) -> str:
        """What to note where fillers are too many for what was said; empty where they are not."""
        rate = 100 * len(found) / max(1, characters)
        if self.max_per_100 is None or len(found) < self.min_count or not above(rate, self.max_per_100):
            return ""
        common = "、".join(f"{word}×{n}" for word, n in Counter(f.word for _, f in found).most_common(3))
        return f"每百字 {rate:.1f} 个口头禅（{common}）"

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(text for word in self.any if (text := normalise(word).text))
