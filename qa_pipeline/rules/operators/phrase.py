"""``phrase`` (短语): somebody says one of the listed phrases.

In a rule set::

    forbid: {phrase: {role: agent, any: [这是规定, 我们也没有办法, $shirking]}}
    require: {phrase: {any: $greeting, at_least: 1}}

Text and phrases are compared as heard: punctuation, spaces, full-width and traditional forms make no difference, and
a phrase may run across two utterances of one turn. ``words: true`` asks jieba that a hit begins and ends at word
boundaries, so that 不行 is not found in 行不行. Where several phrases match at one place the longest counts, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.segment import word_boundaries


def _audible(phrase: str) -> str:
    if not normalise(phrase).text:
        raise ValueError("短语里没有可以匹配的字 nothing to match is left of this phrase")
    return phrase


class Phrase(Operator):
    """The parameters. ``role``: whose words (default: the scope's); ``at_least``: how many hits make it hold."""

    any: list[Annotated[str, AfterValidator(_audible)]] = Field(min_length=1)
    role: Role | None = None
    words: bool = False
    at_least: int = Field(default=1, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield every phrase said, in time order; nothing where there are fewer than ``at_least``."""
        found = []
        for passage in view.passages(self.role):
            boundaries = word_boundaries(passage.text) if self.words else None
            for start, end in self._matches(passage.text):
                if boundaries is None or (start in boundaries and end in boundaries):
                    found.append(view.hit(passage, start, end))
        yield from enough(found, self.at_least)

    def _matches(self, text: str) -> Iterator[tuple[int, int]]:
        """Leftmost-longest matches, none overlapping another."""
        for _, start, end in self._automaton.find_matches_as_indexes(text):
            yield start, end

    @cached_property
    def _automaton(self) -> Any:
        from ahocorasick_rs import AhoCorasick, MatchKind

        return AhoCorasick(sorted({normalise(p).text for p in self.any}), matchkind=MatchKind.LeftmostLongest)
