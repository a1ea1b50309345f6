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

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Role
from qa_pipeline.rules.matching import Finder, Spans, finder, finder_among
from qa_pipeline.rules.operators import Spot, Spotter

if TYPE_CHECKING:
    from qa_pipeline.rules.index import Texts

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


class Pattern(Spotter):
    """The parameters. ``role``: whose words (default: the scope's); ``at_least``: how many hits make it hold."""

    regex: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_compiles)]
    role: Role | None = None
    at_least: int = Field(default=1, ge=1)
    skip_fillers: bool = False
    but_not: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_compiles)] | None = None

    @property
    def by_time(self) -> bool:
        """Where a turn was tried twice."""
        return self.skip_fillers

    def spots(self, call: CallFeatures, role: Role | None, texts: Texts | None) -> Sequence[Spot]:
        """Every match, turn by turn; then those in turns without their fillers that begin where no other does."""
        chances = None if texts is None else texts.chances(self)
        found: list[Spot] = []
        for line, ways in chances if chances is not None else [(line, ()) for line in call.lines(role).all]:
            if line.places is None:
                found += [(line.passage, start, end, "") for start, end in self._matches(line.encoded, ways)]
            elif self.skip_fillers and (matches := self._matches(line.encoded, ways)):
                found += _new_ones(line.passage, found, [line.as_said(*match) for match in matches])
        return found

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


def _new_ones(passage: Passage, found: Sequence[Spot], places: Sequence[tuple[int, int]]) -> Sequence[Spot]:
    """Those of the ``places`` in ``passage`` that begin when no place found in it does."""
    taken = {turn.times(start, end)[0] for turn, start, end, _ in found if turn is passage}
    return [(passage, start, end, "") for start, end in places if passage.times(start, end)[0] not in taken]
