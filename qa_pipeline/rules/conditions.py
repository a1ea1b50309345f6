r"""Conditions: operators combined by ``all``, ``any`` and ``none``, each under an optional ``within`` scope.

In a rule set::

    require:
      all:
        - phrase: {any: [$greeting]}
        - any: [{phrase: {any: [$unit]}}, {pattern: {regex: '工号\d+'}}]
      within: {role: agent, turns: {first: 1}}

A condition holds, does not hold, or cannot be told (Kleene's three values): ``all`` fails as soon as one part fails,
``any`` holds as soon as one part holds, whatever cannot be told beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from sys import intern
from typing import Any, Literal, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from qa_pipeline.records import Evidence, Role
from qa_pipeline.rules.hits import Hit
from qa_pipeline.rules.hits import name as name_finder
from qa_pipeline.rules.index import TextIndex
from qa_pipeline.rules.operators import Operator, operator, operator_names
from qa_pipeline.rules.scope import SIDES, Anchor, AnchorFile, Scope, ScopeFile
from qa_pipeline.rules.source import Source, Where
from qa_pipeline.rules.verdict import HOLDS, NOTHING, Asked, Condition, Verdict, all_hold, any_holds, combine
from qa_pipeline.rules.view import CannotTell, View

COMBINATORS = ("all", "any", "none")


@dataclass(frozen=True)
class Check:
    """One operator under a scope. It holds where the operator finds something that no guard covers."""

    name: str
    operator: Operator
    scope: Scope | None = None

    def evaluate(self, view: View) -> Verdict:
        """What the operator finds in ``view``, in time order."""
        answer: Verdict | None = view.answers.get(self.key)
        if answer is None:
            answer = view.answers[self.key] = self._answer(view)
        return answer

    @cached_property
    def key(self) -> str:
        """The condition as written: equal ones are asked of a view once, in however many rules they stand."""
        return intern(repr(self))

    def _answer(self, view: View) -> Verdict:
        return self._ask(view) if self.scope is None else evaluate_in(self.scope, view, self._ask)

    def _ask(self, view: View) -> Verdict:
        return NOTHING if view.silent(self.operator) else self._look(view)

    def settle(self, view: View) -> Verdict:
        """As ``evaluate``."""
        return self.evaluate(view)

    def wakers(self, index: TextIndex, role: Role | None) -> frozenset[int] | None:
        """The operators without a hit of which there is ``NOTHING`` to say in a call in which all were heard.

        None where nobody knows beforehand. ``role`` is whose words count around the condition.
        """
        return self.operator.wakers(index, _role_in(self.scope, role)) if self.direct else None

    @cached_property
    def direct(self) -> bool:
        """Whether it looks at a part of the call that no other condition has to find first."""
        return self.scope is None or self.scope.anchor is None

    def _look(self, view: View) -> Verdict:
        try:
            start, end = view.window.start, view.window.end
            found = [self._named(e) for e in self.operator.find(view) if start <= e.start <= end]
        except CannotTell as refusal:
            return Verdict(None, reason=str(refusal))
        excused = tuple([evidence for evidence in found if evidence.excuse])
        if len(excused) < len(found):
            meant = [evidence for evidence in found if not evidence.excuse] if excused else found
            return Verdict(True, tuple(meant), "", excused)
        reason = self.operator.missing(view) if self._gives_reason else ""
        return Verdict(False, (), reason, excused) if reason or excused else NOTHING

    @cached_property
    def _gives_reason(self) -> bool:
        return type(self.operator).missing is not Operator.missing

    def _named(self, evidence: Evidence) -> Evidence:
        """``evidence`` with who found it."""
        if evidence.operator:
            return evidence
        if isinstance(evidence, Hit):
            name_finder(evidence, self.name)
            return evidence
        return replace(evidence, operator=self.name)

    def asked(self, role: Role | None = None) -> Iterator[Asked]:
        """The operator and those of the conditions it holds."""
        role = _role_in(self.scope, role)
        yield self.operator, self.operator.of_role() or role
        for condition in self.operator.nested():
            yield from condition.asked(role)
        yield from _anchored(self.scope)


@dataclass(frozen=True)
class Combination:
    """Several conditions taken together."""

    kind: Literal["all", "any", "none"]
    parts: tuple[Condition, ...]
    scope: Scope | None = None

    def evaluate(self, view: View) -> Verdict:
        """The parts' verdicts combined; the evidence is theirs. ``none`` points nowhere."""
        answer: Verdict | None = view.answers.get(self.key)
        if answer is None:
            answer = view.answers[self.key] = evaluate_in(self.scope, view, self._look)
        return answer

    def settle(self, view: View) -> Verdict:
        """As ``evaluate``, but the first part that holds ends an ``any``, so evidence may be missing."""
        if self.kind != "any" or self.key in view.answers:
            return self.evaluate(view)
        key = self.key, "settled"
        answer: Verdict | None = view.answers.get(key)
        if answer is None:
            answer = view.answers[key] = evaluate_in(self.scope, view, self._any_settled)
        return answer

    @cached_property
    def key(self) -> str:
        """As ``Check.key``."""
        return intern(repr(self))

    def wakers(self, index: TextIndex, role: Role | None) -> frozenset[int] | None:
        """As ``Check.wakers``: what wakes any of the parts. ``none`` speaks where all are silent."""
        if self.kind == "none" or (self.scope is not None and self.scope.anchor is not None):
            return None
        of_parts = [part.wakers(index, _role_in(self.scope, role)) for part in self.parts]
        known = [wakers for wakers in of_parts if wakers is not None]
        return frozenset().union(*known) if len(known) == len(of_parts) else None

    def _look(self, view: View) -> Verdict:
        if self.kind == "none":
            either = self._any_settled(view)
            return Verdict(None if either.holds is None else not either.holds, reason=either.reason)
        parts, silent = self._awake(view)
        if self.kind == "all":
            return self._all(view, parts, silent)
        verdicts = [part.evaluate(view) for part in parts] + silent
        return combine(verdicts, any_holds(v.holds for v in verdicts))

    def _any_settled(self, view: View) -> Verdict:
        parts, silent = self._awake(view)
        verdicts = []
        for part in parts:
            verdict = part.settle(view)
            if verdict.holds:
                return HOLDS
            verdicts.append(verdict)
        verdicts += silent
        return combine(verdicts, any_holds(v.holds for v in verdicts))

    def _all(self, view: View, parts: Sequence[Condition], silent: list[Verdict]) -> Verdict:
        # Without guards nothing is excused, so that a part which does not hold and has no reason to give says it all.
        brief = not view.guards and not self._gives_reasons
        if brief and silent:
            return NOTHING
        verdicts = []
        for part in parts:
            verdict = part.evaluate(view)
            if brief and verdict.holds is False and not verdict.vacant:
                return NOTHING
            verdicts.append(verdict)
        verdicts += silent
        return combine(verdicts, all_hold(v.holds for v in verdicts))

    def _awake(self, view: View) -> tuple[Sequence[Condition], list[Verdict]]:
        """The parts that may have something to say, and one answer for all that have nothing, if any."""
        awake = view.awake(self)
        if awake is None:
            return self.parts, []
        return [self.parts[number] for number in awake], [] if len(awake) == len(self.parts) else [NOTHING]

    @cached_property
    def _gives_reasons(self) -> bool:
        return any(type(operator).missing is not Operator.missing for operator, _ in self.asked())

    def asked(self, role: Role | None = None) -> Iterator[Asked]:
        """The operators of all parts."""
        role = _role_in(self.scope, role)
        for part in self.parts:
            yield from part.asked(role)
        yield from _anchored(self.scope)


def _role_in(scope: Scope | None, role: Role | None) -> Role | None:
    """Whose words count in ``scope``, where ``role``'s do around it."""
    return role if scope is None or scope.role is None else scope.role


def _anchored(scope: Scope | None) -> Iterator[Asked]:
    if scope is not None and scope.anchor is not None:
        yield from scope.anchor.condition.asked()


def evaluate_in(scope: Scope | None, view: View, look: Callable[[View], Verdict]) -> Verdict:
    """Ask ``look`` in the part of ``view`` that ``scope`` leaves; beside each chosen hit where it has an anchor."""
    if scope is None:
        return look(view)
    narrowed = view.narrowed(scope)
    if scope.anchor is None:
        return look(narrowed)
    # Where to look is a question of its own: who speaks there and which guards apply belong to the condition inside.
    anchors = scope.anchor.condition.evaluate(view.but(role=None, guards=frozenset()))
    if anchors.holds is None:
        return Verdict(None, reason=anchors.reason)
    places = scope.anchor.chosen(anchors.evidence)
    if not places:
        return Verdict(False, vacant=True)
    verdicts = [look(scope.anchor.beside(place, narrowed)) for place in places]
    together = all_hold if scope.anchor.file.which == "each" else any_holds
    return combine(verdicts, together(v.holds for v in verdicts))


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads the conditions of one file; every fault is noted in ``source``.

    ``names`` are what ``$name`` may stand for: lexicons (lists of phrases) and parameters (single values).
    """

    source: Source
    names: Mapping[str, Any]

    def read(self, raw: Any, where: Where) -> Condition | None:
        """The condition written at ``where``; None where it has a fault."""
        if not isinstance(raw, dict):
            self.source.fault(where, "条件要写成 算子: 参数 a condition is written as operator: parameters")
            return None
        names = [key for key in raw if key != "within"]
        if len(names) != 1:
            found = ", ".join(names) or "none"
            message = f"一个条件只写一个算子 a condition names exactly one operator (found: {found})"
            self.source.fault(where, message, "多个条件放进 put several into all: [...] / any: [...]")
            return None
        name, scope = names[0], self.scope(raw.get("within"), (*where, "within"))
        if name in COMBINATORS:
            return self._combination(name, raw[name], (*where, name), scope)
        return self._check(name, raw[name], (*where, name), scope)

    def read_with(self, raw: Any, where: Where, own: Iterable[str]) -> tuple[dict[str, Any], Condition | None]:
        """A condition written beside keys of its holder's ``own`` (an excuse's id, a stage's name): both apart."""
        if not isinstance(raw, dict):
            self.source.fault(where, "要写成一组 键: 值 this is written as a mapping of keys to values")
            return {}, None
        mine = {key: self.expand(raw[key], (*where, key)) for key in raw if key in set(own)}
        return mine, self.read({key: value for key, value in raw.items() if key not in mine}, where)

    def scope(self, raw: Any, where: Where) -> Scope | None:
        """The scope written at ``where``; None where there is none or it has a fault."""
        if raw is None:
            return None
        try:
            file = ScopeFile.model_validate(self.expand(raw, where))
        except ValidationError as error:
            note_faults(error, where, self.source, known=ScopeFile.model_fields)
            return None
        side = next((side for side in SIDES if getattr(file, side) is not None), None)
        return Scope(file, self._anchor(side, raw[side], (*where, side)) if side else None)

    def _anchor(self, side: Literal["before", "after", "around"], raw: Any, where: Where) -> Anchor | None:
        mine, condition = self.read_with(raw, where, AnchorFile.model_fields)
        try:
            file = AnchorFile.model_validate(mine)
        except ValidationError as error:
            note_faults(error, where, self.source, known=AnchorFile.model_fields)
            return None
        return Anchor(side, condition, file) if condition is not None else None

    def read_list(self, raw: Any, where: Where) -> list[Condition] | None:
        """A list of conditions, at least one; None where it or one of them has a fault."""
        if not isinstance(raw, list) or not raw:
            self.source.fault(where, f"{where[-1]} 后面是条件列表 {where[-1]} takes a list of conditions")
            return None
        parts = [self.read(part, (*where, index)) for index, part in enumerate(raw)]
        whole = [part for part in parts if part is not None]
        return whole if len(whole) == len(parts) else None

    def _combination(self, name: str, raw: Any, where: Where, scope: Scope | None) -> Combination | None:
        parts = self.read_list(raw, where)
        kind = cast(Literal["all", "any", "none"], name)
        return None if parts is None else Combination(kind, tuple(parts), scope)

    def _check(self, name: str, raw: Any, where: Where, scope: Scope | None) -> Check | None:
        try:
            found = operator(name)
        except KeyError:
            near = get_close_matches(name, [*operator_names(), *COMBINATORS], n=2)
            fix = f"是不是 did you mean: {' / '.join(near)}" if near else f"可用 known: {', '.join(operator_names())}"
            self.source.fault(where, f"没有算子 unknown operator {name!r}", fix)
            return None
        if raw is not None and not isinstance(raw, dict):
            self.source.fault(where, f"{name} 的参数写成 {{名称: 值}} parameters are written as {{name: value}}")
            return None
        parameters = found.read_parameters(raw or {}, where, self)
        if parameters is None:
            return None
        try:
            return Check(name, found.model_validate(parameters), scope)
        except ValidationError as error:
            note_faults(error, where, self.source, known=found.model_fields)
            return None

    def expand(self, value: Any, where: Where) -> Any:
        """``value`` with each ``$name`` replaced by what it stands for; a lexicon is spliced into its list."""
        if isinstance(value, str) and value.startswith("$"):
            return self._named(value[1:], where)
        if isinstance(value, dict):
            return {key: self.expand(item, (*where, key)) for key, item in value.items()}
        if not isinstance(value, list):
            return value
        items: list[Any] = []
        for index, item in enumerate(value):
            expanded = self.expand(item, (*where, index))
            spliced = isinstance(item, str) and item.startswith("$") and isinstance(expanded, list)
            items.extend(expanded if spliced else [expanded])
        return items

    def _named(self, name: str, where: Where) -> Any:
        if name in self.names:
            return self.names[name]
        near = get_close_matches(name, self.names, n=2)
        known = ", ".join(sorted(self.names)) or "-"
        fix = f"是不是 did you mean: ${' / $'.join(near)}" if near else f"已有 known: {known}"
        self.source.fault(where, f"没有词表或参数 unknown lexicon or parameter ${name}", fix)
        return []


def note_faults(
    error: ValidationError | list[ErrorDetails], where: Where, source: Source, known: Iterable[str] = ()
) -> None:
    """Turn pydantic's complaints into faults at the lines they concern; unknown keys get the nearest known name."""
    complaints = error.errors(include_url=False) if isinstance(error, ValidationError) else error
    for complaint in complaints:
        place = (*where, *(str(p) if not isinstance(p, int) else p for p in complaint["loc"]))
        fix = ""
        if complaint["type"] == "extra_forbidden":
            near = get_close_matches(str(place[-1]), list(known), n=2)
            message = f"不认识的键 unknown key {place[-1]!r}"
            fix = f"是不是 did you mean: {' / '.join(near)}" if near else ""
        elif complaint["type"] == "missing":
            message = f"缺少 missing: {place[-1]}"
        else:
            said = complaint["msg"].removeprefix("Value error, ")
            name = f"{place[-1]}: " if place and isinstance(place[-1], str) else ""
            got = "" if isinstance(complaint["input"], dict) else f" (写的是 got {str(complaint['input'])[:60]!r})"
            message = f"{name}{said}{got}"
        source.fault(place, message, fix)
