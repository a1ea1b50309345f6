"""``address_form`` (称呼): how the caller is addressed: 先生, 王女士, 您贵姓, 您 or 你.

In a rule set::

    require: {address_form: {role: agent, uses: [title, surname_title]}}
    reward:  {address_form: {role: agent, uses: surname_title, at_least: 2}}
    require: {address_form: {role: agent, uses: polite_you, min_share: 0.9}}
    forbid:  {address_form: {role: agent, uses: plain_you, min_share: 0.2, at_least: 3}}

Forms (``uses``: one or several, any of them counts):

``title``          称谓：先生, 女士, 大爷, 阿姨, 师傅, 家长 ...
``surname_title``  姓加称谓：王先生, 欧阳女士
``asks_name``      问称呼：您贵姓, 怎么称呼您；问了不等于用了，要算进去就写上
``polite_you``     说“您”
``plain_you``      说“你”；“你们”没有敬称，不算；“你好”算

Somebody who is only spoken of is not addressed: 我先生, 那位女士, 找李师傅, 医生一看就明白. ``titles`` replaces the
list of titles (to leave out 小姐, or to add 老乡); one of a single character (姐, 叔) counts after a surname only.
``min_share`` is for 您 and 你 only: their share among all 您 and 你
that the role says; nothing is found where neither is said. ``at_least`` counts hits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field, model_validator

from qa_pipeline.features import Passage
from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.one_or_many import OneOrMany
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.people import TITLES, titled


class Form(StrEnum):
    """A way to address somebody."""

    TITLE = "title"
    SURNAME_TITLE = "surname_title"
    ASKS_NAME = "asks_name"
    POLITE_YOU = "polite_you"
    PLAIN_YOU = "plain_you"


_YOU = frozenset({Form.POLITE_YOU, Form.PLAIN_YOU})
_ASKS = re.compile(
    "(?:您|请问)?(?:贵姓|(?:怎么|如何|咋)称呼(?:您|你)?)|[您你](?:姓|叫)什么|[您你]的?(?:姓名|名字)(?:是|叫)?什么"
)
_YOUS = re.compile("您|你(?!们)")
_NAMES = {
    Form.TITLE: "称谓",
    Form.SURNAME_TITLE: "姓加称谓",
    Form.ASKS_NAME: "询问称呼",
    Form.POLITE_YOU: "用“您”",
    Form.PLAIN_YOU: "用“你”",
}


class AddressForm(Operator):
    """The parameters. ``role``: who speaks (default: the scope's); the other side is the one addressed."""

    uses: Annotated[frozenset[Form], Field(min_length=1), OneOrMany()]
    role: Role | None = None
    titles: list[str] = Field(default=list(TITLES), min_length=1)
    min_share: float | None = Field(default=None, gt=0, le=1)
    at_least: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _coherent(self) -> AddressForm:
        if self.min_share is not None and (len(self.uses) > 1 or not self.uses <= _YOU):
            raise ValueError("min_share 只和一个 polite_you 或 plain_you 一起写 belongs to one of these alone")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield every use of the forms in time order; nothing where there are too few, or too small a share."""
        passages = view.passages(self.role)
        share = self._share(passages)
        if self.min_share is not None and (share is None or share < self.min_share):
            return
        remark = "" if share is None or self.min_share is None else f"，占 {share:.0%}"
        found = [
            view.hit(passage, start, end, _NAMES[form] + remark)
            for passage in passages
            for start, end, form in sorted(self._forms(passage.text))
        ]
        yield from enough(found, self.at_least)

    def _forms(self, text: str) -> Iterator[tuple[int, int, Form]]:
        """Where the forms that count stand in ``text``."""
        if self.uses & {Form.TITLE, Form.SURNAME_TITLE}:
            for one in titled(text, self._titles):
                form = Form.SURNAME_TITLE if one.surname else Form.TITLE
                if one.addressed and form in self.uses:
                    yield one.start, one.end, form
        if Form.ASKS_NAME in self.uses:
            yield from ((*match.span(), Form.ASKS_NAME) for match in _ASKS.finditer(text))
        if self.uses & _YOU:
            for match in _YOUS.finditer(text):
                form = Form.POLITE_YOU if match.group() == "您" else Form.PLAIN_YOU
                if form in self.uses:
                    yield (*match.span(), form)

    def _share(self, passages: Sequence[Passage]) -> float | None:
        """The share of the 您 (or 你) in question among both; None where neither is said."""
        said = [match.group() for passage in passages for match in _YOUS.finditer(passage.text)]
        wanted = "您" if Form.POLITE_YOU in self.uses else "你"
        return said.count(wanted) / len(said) if said else None

    @cached_property
    def _titles(self) -> frozenset[str]:
        return frozenset(normalise(title).text for title in self.titles)
