"""``question`` (提问): somebody asks a question, of this or that kind.

In a rule set::

    require: {question: {role: agent, kind: detail, at_least: 1}}
    forbid:  {question: {role: agent, kind: rhetorical}}
    require: {question: {role: agent, kind: offer}, within: {phase: closing}}

Kinds (种类). Three ask about the matter itself, and ``detail`` (询问细节) stands for all three:

``open``        开放式：请人讲：怎么回事, 什么原因, 能描述一下吗
``pointed``     问题型：问一件具体的事：什么时候, 哪个小区, 多少, 几号楼
``closed``      封闭式：答是或不是、二选一：热不热, 登记过没有, 一直这样吗, 是红的还是绿的

The others have a question's form:

``confirm``     确认：对吗, 是这样吧, 您听得清吗, 明白了吗
``contact``     问称呼和联系方式：您贵姓, 电话是多少, 卡号多少
``consent``     征求同意：好吗, 可以吗, 您看行吗
``offer``       主动询问需求：还有什么可以帮您, 需要我帮您登记吗
``rhetorical``  反问、质问：不是说了吗, 你没看清楚吗, 是不是听不懂, 谁让你不早说

No question mark is needed, and none is looked at: a question that only the voice makes (您家具体门牌？) is not found. A
question word inside a statement is no question: 我看看是什么原因, 没什么, 哪天都行. Questions that follow one another
closely (哪个小区几号楼) count once.

The condition holds where the number of questions is between ``at_least`` (default 1) and ``at_most``. With ``at_most``
alone it holds as well where none is asked, and then the evidence is the whole of what was looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from qa_pipeline.features import CallFeatures
from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.one_or_many import OneOrMany
from qa_pipeline.rules.operators import Spot, Spotter, enough
from qa_pipeline.rules.view import View
from qa_pipeline.text.questions import GENUINE, QuestionKind, find_questions

if TYPE_CHECKING:
    from qa_pipeline.rules.index import Texts

_NAMES = {
    QuestionKind.OPEN: "开放式提问",
    QuestionKind.POINTED: "问题型提问",
    QuestionKind.CLOSED: "封闭式提问",
    QuestionKind.CONFIRM: "确认",
    QuestionKind.CONTACT: "询问称呼或联系方式",
    QuestionKind.CONSENT: "征求同意",
    QuestionKind.OFFER: "主动询问需求",
    QuestionKind.RHETORICAL: "反问",
}

Kind: TypeAlias = Literal["detail", "open", "pointed", "closed", "confirm", "contact", "consent", "offer", "rhetorical"]
"""A kind as a rule set writes it: one of ``QuestionKind``, or ``detail`` for the genuine ones."""


class Question(Spotter):
    """The parameters. ``role``: who asks (default: the scope's)."""

    kind: Annotated[frozenset[Kind], Field(min_length=1), OneOrMany()] = frozenset({"detail"})
    role: Role | None = None
    at_least: int | None = Field(default=None, ge=1)
    at_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _coherent(self) -> Question:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least 不能大于 at_most  at_least cannot be more than at_most")
        return self

    def spots(self, call: CallFeatures, role: Role | None, _texts: Texts | None) -> Sequence[Spot]:
        """The questions of these kinds, in order."""
        asked = call.in_turns(find_questions, role)
        return [(p, one.start, one.end, _NAMES[one.kind]) for p, one in asked if one.kind in self._kinds]

    def find(self, view: View) -> Iterable[Evidence]:
        """The questions in time order where their number is within bounds."""
        found = view.spotted(self)
        if self.at_most is not None:
            meant = sum(not evidence.excuse for evidence in found)
            if meant > self.at_most:
                return []
            if self.at_least is None and not meant:
                return [self._none_asked(view)]
        return enough(found, self.at_least or 1)

    def _none_asked(self, view: View) -> Evidence:
        passages = view.passages(self.role)
        start, end = (passages[0].start, max(p.end for p in passages)) if passages else (view.window.start,) * 2
        return Evidence(self.role or view.role, start, end, note=f"没有{self._called}")

    @property
    def needs_spots(self) -> bool:
        """Not where it may hold because none is asked."""
        return self.at_most is None

    @cached_property
    def _kinds(self) -> frozenset[QuestionKind]:
        asked = {QuestionKind(kind) for kind in self.kind if kind != "detail"}
        return frozenset(asked | GENUINE if "detail" in self.kind else asked)

    @property
    def _called(self) -> str:
        return "、".join("针对事情的提问" if k == "detail" else _NAMES[QuestionKind(k)] for k in sorted(self.kind))
