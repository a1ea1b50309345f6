r"""``pattern`` (句式): somebody says something of a form, written as a regular expression.

In a rule set::

    require: {pattern: {regex: '工号\d{2,6}|\d{2,6}号'}}
    forbid:  {pattern: {role: agent, regex: '(你|您).{0,4}没(看|听)清楚'}}
    forbid:  {pattern: {role: agent, regex: '你自己看', skip_fillers: true}}      # 也认 你呃那个自己看
    require: {pattern: {role: agent, regex: '(真|确实)不容易', but_not: '我们?也?.{0,2}不容易'}}   # 说自己的不算

The engine is RE2, linear in the text whatever the expression: no look-around, no back-references, nothing that can
run away. It sees the normalised text of a turn: simplified, lower case, **without punctuation or spaces**.

``skip_fillers: true`` (跳过口头禅) tries the turn a second time without 呃, 嗯, 那个, 就是, 反正 and the like, so that
one who stammers is heard as one who does not; what stands there with a meaning (那个窗口) is still there the
first time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field

from qa_pipeline.features import Passage
from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.matching import Finder, Spans, finder, finder_among
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.fillers import without_fillers

MAX_LENGTH = 2_000


def _compiles(regex: str) -> str:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(regex, options)
    except re2.error as error:
        said = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"正则表达式不能用 not a usable expression: {said[:60]}") from None
    if compiled.search("") is not None:
        raise ValueError("正则表达式能匹配空文本 the expression matches empty text, so it would match everywhere")
    return regex


class Pattern(Operator):
    """The parameters. ``role``: whose words (default: the scope's); ``at_least``: how many hits make it hold."""

    regex: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_compiles)]
    role: Role | None = None
    at_least: int = Field(default=1, ge=1)
    skip_fillers: bool = False
    but_not: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_compiles)] | None = None

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield every match, in time order; nothing where there are fewer than ``at_least``."""
        found = [
            view.hit(passage, start, end)
            for passage, ways in view.chances(self, self.role)
            for start, end in self._matches(passage.encoded, ways)
        ]
        if self.skip_fillers:
            taken = {(evidence.turn, evidence.start) for evidence in found}
            chances = view.chances(self, self.role, squeezed=True)
            again = [e for passage, ways in chances for e in self._between_fillers(view, passage, ways)]
            found += [evidence for evidence in again if (evidence.turn, evidence.start) not in taken]
            found.sort(key=lambda evidence: (evidence.start, evidence.end))
        yield from enough(found, self.at_least)

    def _between_fillers(self, view: View, passage: Passage, ways: tuple[int, ...]) -> Iterator[Evidence]:
        """What matches once the fillers of ``passage`` are left out, where it holds any."""
        squeezed = without_fillers(passage.text)
        if squeezed is None:
            return
        for start, end in self._matches(squeezed.text.encode(), ways):
            yield view.hit(passage, squeezed.places[start], squeezed.places[end - 1] + 1)

    def _matches(self, encoded: bytes, ways: tuple[int, ...]) -> Spans:
        """Where ``regex`` matches, and ``but_not`` does not. ``ways``: the alternatives that can match, if known."""
        find = self._finders.get(ways) or self._finders.setdefault(ways, finder_among(self.regex, ways))
        found = find(encoded)
        if found and self.but_not is not None:
            barred = self._find_barred(encoded)
            return [span for span in found if not any(span[0] < end and start < span[1] for start, end in barred)]
        return found

    def indexed_pattern(self) -> str:
        """The expression itself."""
        return self.regex

    @cached_property
    def _finders(self) -> dict[tuple[int, ...], Finder]:
        return {}

    @cached_property
    def _find_barred(self) -> Finder:
        return finder(self.but_not or self.regex)
