"""``entity`` (实体): somebody names a telephone number, an address, a name, an amount, a time ...

In a rule set::

    require: {entity: {role: agent, kind: work_number}}
    reward:  {entity: {role: agent, kind: [time, money]}}
    forbid:  {entity: {role: agent, kind: [id_number, bank_card]}}

Kinds (种类):

``phone``        手机号、带区号的座机；7、8 位号码只在说到电话时算。numbers spoken in Chinese too: 幺三八零零..., 三个八
``id_number``    身份证号，末位 X 可说“叉”；缺一两位时，前面要提到身份证
``bank_card``    银行卡号、账号
``plate``        完整车牌；只说尾号不算
``work_number``  工号：工号1024, 十一号客服
``hotline``      服务热线：12345, 95598, 400 号码；110、120 只在说“拨打”时算
``address``      到楼栋、单元、门牌的地址；只有小区名、路名不算
``name``         姓名：我叫王建国, 免贵姓李, 弓长张, 王先生；没有线索的名字认不出来
``money``        金额：两百块, 水费三百多
``time``         时间：三月五号, 下午三点, 上个星期, 三天之内；“一点”“等了三天”不算

A number may run across two utterances, or be told in parts over several turns while the other side nods or gives the
digits back; then the evidence runs from the first part to the last. Telephone, identity and bank numbers are found
rather once too often: one digit more or less, as recognisers write them, is let pass. Order and account numbers
(订单号, 户号) are none of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.one_or_many import OneOrMany
from qa_pipeline.rules.operators import Operator, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.entities import Entity as EntityFound
from qa_pipeline.text.entities import EntityKind, find_entities
from qa_pipeline.text.split_numbers import SplitNumber, split_numbers

LEAD = 20
"""Characters of the turn before that may tell what a number is (您的座机是多少)."""

_NAMES = {
    EntityKind.ID_NUMBER: "身份证号",
    EntityKind.BANK_CARD: "银行卡号",
    EntityKind.PHONE: "电话号码",
    EntityKind.PLATE: "车牌",
    EntityKind.WORK_NUMBER: "工号",
    EntityKind.HOTLINE: "服务热线",
    EntityKind.ADDRESS: "地址",
    EntityKind.MONEY: "金额",
    EntityKind.TIME: "时间",
    EntityKind.NAME: "姓名",
}


class Entity(Operator):
    """The parameters. ``role``: whose words (default: the scope's); ``at_least``: how many must be named."""

    kind: Annotated[frozenset[EntityKind], Field(min_length=1), OneOrMany()]
    role: Role | None = None
    at_least: int = Field(default=1, ge=1)

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield what is named, in time order; nothing where there are fewer than ``at_least``."""
        seen = view.seen(self.role)
        found = [
            view.hit(passage, entity.start, entity.end, _NAMES[entity.kind])
            for passage, entity in view.call.once(_named, view.speaker(self.role), self.kind)
            if seen(passage)
        ]
        turns = view.call.passages
        for number in view.call.once(_told_in_parts):
            if number.kind in self.kind and all(seen(turns[part.turn]) for part in number.parts):
                found.append(_whole(view, turns, number))
        yield from enough(sorted(found, key=lambda e: (e.start, e.end)), self.at_least)


def _named(
    call: CallFeatures, role: Role | None, kinds: frozenset[EntityKind]
) -> Sequence[tuple[Passage, EntityFound]]:
    """What of these kinds ``role`` names in single turns, in order."""
    turns = call.passages
    return [(p, one) for p in call.turns_of(role) for one in find_entities(p.text, kinds, _lead(turns, p))]


def _told_in_parts(call: CallFeatures) -> Sequence[SplitNumber]:
    """The numbers that are told over several turns."""
    return list(split_numbers([(p.role, p.text) for p in call.passages]))


def _lead(turns: Sequence[Passage], passage: Passage) -> str:
    """The end of what was said just before ``passage``."""
    position = passage.index - 1
    return turns[position].text[-LEAD:] if 0 <= position < len(turns) else ""


def _whole(view: View, turns: Sequence[Passage], number: SplitNumber) -> Evidence:
    """One piece of evidence over all the parts of a number."""
    parts = [view.hit(turns[part.turn], part.start, part.end) for part in number.parts]
    matched = " ".join(part.matched for part in parts)
    quote = " ".join(part.quote for part in parts)
    note = f"{_NAMES[number.kind]}，分 {len(parts)} 次说"
    return replace(parts[0], end=max(p.end for p in parts), matched=matched, quote=quote, note=note)
