r"""``pattern`` (句式): somebody says something of a form, written as a regular expression.

In a rule set::

    require: {pattern: {regex: '工号\d{2,6}|\d{2,6}号'}}
    forbid:  {pattern: {role: agent, regex: '(你|您).{0,4}没(看|听)清楚'}}

The engine is RE2, linear in the text whatever the expression: no look-around, no back-references, nothing that can
run away. It sees the normalised text of a turn: simplified, lower case, **without punctuation or spaces**.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View

MAX_LENGTH = 2_000


def _compiles(regex: str) -> str:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(regex, options)
    except re2.error as error:
        raise ValueError(f"正则表达式不能用 not a usable expression: {error}") from None
    if compiled.search("") is not None:
        raise ValueError("正则表达式能匹配空文本 the expression matches empty text, so it would match everywhere")
    return regex


class Pattern(Operator):
    """The parameters. ``role``: whose words (default: the scope's); ``at_least``: how many hits make it hold."""

    regex: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_compiles)]
    role: Role | None = None
    at_least: int = Field(default=1, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield every match, in time order; nothing where there are fewer than ``at_least``."""
        found = [
            view.hit(passage, match.start(), match.end())
            for passage in view.candidates(self, self.role)
            for match in self._compiled.finditer(passage.text)
            if match.end() > match.start()
        ]
        yield from enough(found, self.at_least)

    def indexed_pattern(self) -> str:
        """The expression itself."""
        return self.regex

    @cached_property
    def _compiled(self) -> Any:
        import re2

        return re2.compile(self.regex)
