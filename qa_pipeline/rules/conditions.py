r"""Conditions: operators combined by ``all``, ``any`` and ``none``, each under an optional ``within`` scope.

In a rule set::

    require:
      all:
        - phrase: {any: $greeting}
        - any: [{phrase: {any: $unit}}, {pattern: {regex: '工号\d+'}}]
      within: {role: agent, turns: {first: 1}}

A condition holds, does not hold, or cannot be told (Kleene's three values): ``all`` fails as soon as one part fails,
``any`` holds as soon as one part holds, whatever cannot be told beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError

from qa_pipeline.records import Evidence
from qa_pipeline.rules.operators import Operator, operator, operator_names
from qa_pipeline.rules.schema import Scope
from qa_pipeline.rules.source import Source, Where
from qa_pipeline.rules.view import CannotTell, View

COMBINATORS = ("all", "any", "none")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a condition found: ``holds`` is None where it cannot be told, and then ``reason`` says why."""

    holds: bool | None
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One operator under a scope. It holds where the operator finds something."""

    name: str
    operator: Operator
    scope: Scope | None = None

    def evaluate(self, view: View) -> Verdict:
        """What the operator finds in ``view``, in time order."""
        seen = view.scoped(self.scope)
        try:
            found = tuple(e for e in self.operator.find(seen) if seen.shows(e))
        except CannotTell as refusal:
            return Verdict(None, reason=str(refusal))
        return Verdict(bool(found), found)


@dataclass(frozen=True, slots=True)
class Combination:
    """Several conditions taken together."""

    kind: Literal["all", "any", "none"]
    parts: tuple[Condition, ...]
    scope: Scope | None = None

    def evaluate(self, view: View) -> Verdict:
        """The parts' verdicts combined; evidence is that of the parts that hold, in time order."""
        verdicts = [part.evaluate(view.scoped(self.scope)) for part in self.parts]
        evidence = tuple(sorted((e for v in verdicts for e in v.evidence), key=lambda e: (e.start, e.end)))
        reason = "；".join(dict.fromkeys(v.reason for v in verdicts if v.holds is None))
        holds = _all(v.holds for v in verdicts) if self.kind == "all" else _any(v.holds for v in verdicts)
        if self.kind == "none":
            return Verdict(None if holds is None else not holds, reason=reason if holds is None else "")
        return Verdict(holds, evidence if holds else (), reason if holds is None else "")


Condition: TypeAlias = Check | Combination


def _all(values: Iterable[bool | None]) -> bool | None:
    known = list(values)
    return False if False in known else None if None in known else True


def _any(values: Iterable[bool | None]) -> bool | None:
    known = list(values)
    return True if True in known else None if None in known else False


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads the conditions of one file; every fault is noted in ``source``."""

    source: Source
    lexicons: Mapping[str, list[str]]

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
        name, scope = names[0], self._scope(raw, where)
        if name in COMBINATORS:
            return self._combination(name, raw[name], (*where, name), scope)
        return self._check(name, raw[name], (*where, name), scope)

    def _combination(self, name: str, raw: Any, where: Where, scope: Scope | None) -> Combination | None:
        if not isinstance(raw, list) or not raw:
            self.source.fault(where, f"{name} 后面是条件列表 {name} takes a list of conditions")
            return None
        parts = [self.read(part, (*where, index)) for index, part in enumerate(raw)]
        whole = tuple(part for part in parts if part is not None)
        return Combination(name, whole, scope) if len(whole) == len(parts) else None  # type: ignore[arg-type]

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
        parameters = {key: self.expand(value, (*where, key)) for key, value in (raw or {}).items()}
        try:
            return Check(name, found.model_validate(parameters), scope)
        except ValidationError as error:
            note_faults(error, where, self.source, known=found.model_fields)
            return None

    def _scope(self, raw: dict[str, Any], where: Where) -> Scope | None:
        if "within" not in raw:
            return None
        try:
            return Scope.model_validate(raw["within"])
        except ValidationError as error:
            note_faults(error, (*where, "within"), self.source, known=Scope.model_fields)
            return None

    def expand(self, value: Any, where: Where) -> Any:
        """``value`` with each ``$name`` replaced by that lexicon's phrases, spliced into the list it stands in."""
        if isinstance(value, str) and value.startswith("$"):
            return self._lexicon(value[1:], where)
        if not isinstance(value, list):
            return value
        items: list[Any] = []
        for index, item in enumerate(value):
            expanded = self.expand(item, (*where, index))
            spliced = isinstance(item, str) and item.startswith("$")
            items.extend(expanded if spliced else [expanded])
        return items

    def _lexicon(self, name: str, where: Where) -> list[str]:
        if name in self.lexicons:
            return self.lexicons[name]
        near = get_close_matches(name, self.lexicons, n=2)
        known = ", ".join(sorted(self.lexicons)) or "-"
        fix = f"是不是 did you mean: ${' / $'.join(near)}" if near else f"已有 known: {known}"
        self.source.fault(where, f"没有词表 unknown lexicon ${name}", fix)
        return []


def note_faults(error: ValidationError, where: Where, source: Source, known: Iterable[str] = ()) -> None:
    """Turn pydantic's complaints into faults at the lines they concern; unknown keys get the nearest known name."""
    for complaint in error.errors(include_url=False):
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
            message = f"{place[-1] if place else ''}: {said} (写的是 got {str(complaint['input'])[:60]!r})"
        source.fault(place, message, fix)
