"""``similar`` (近义句): somebody says something much like one of the example sentences.

In a rule set::

    forbid: {similar: {role: agent, to: [这个不归我们管您去找别的部门, 您自己上网查一下], min_similarity: 0.65}}

Examples are written as people would say them, a clause of 5 to 25 字 each; several short ones work better than one
long one. Punctuation and sentence ends do not matter: every stretch of a turn of about the example's length is
compared, from word to word. The note says which example, and how similar.

``min_similarity`` is between 0.55 and 1: the very words in their order are 1, the same words turned round or with a
few added 0.6 to 0.9, and two sentences on one subject 0.3 to 0.5. It compares words, not meaning: 您别着急 is not
similar to 请您放宽心, and a 不 more or less sets two sentences apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field

from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.examples import Examples
from qa_pipeline.text.normalise import normalise

MIN_EXAMPLE = 4
"""An example of fewer characters is a phrase."""


def _long_enough(example: str) -> str:
    if len(normalise(example).text) < MIN_EXAMPLE:
        raise ValueError(f"例句至少 {MIN_EXAMPLE} 个字；更短的用 phrase  an example of fewer characters is a phrase")
    return example


class Similar(Operator):
    """The parameters. ``role``: whose words (default: the scope's); ``at_least``: how many hits make it hold."""

    to: list[Annotated[str, AfterValidator(_long_enough)]] = Field(min_length=1)
    min_similarity: float = Field(default=0.65, ge=0.55, le=1)
    role: Role | None = None
    at_least: int = Field(default=1, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield every stretch that is near enough, in time order; nothing where there are fewer than ``at_least``."""
        found = [
            view.hit(
                passage, alike.start, alike.end, f"和例句“{self._written[alike.example]}”相似 {alike.similarity:.2f}"
            )
            for passage in view.passages(self.role)
            for alike in self._examples.find(passage.text)
        ]
        yield from enough(found, self.at_least)

    @cached_property
    def _written(self) -> dict[str, str]:
        return {normalise(example).text: example for example in self.to}

    @cached_property
    def _examples(self) -> Examples:
        # A hair below the limit, so that the very words (1 but for rounding) are found at min_similarity 1.
        return Examples(list(self._written), self.min_similarity - 1e-9)
