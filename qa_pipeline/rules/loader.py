"""From rule-set files to a ``RuleSet`` that can judge. Nothing is scored by a set that has a fault.

All files are read and all faults collected before anything is refused, so one run shows everything there is to mend.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from qa_pipeline.errors import RequestError, RuleSetError
from qa_pipeline.records import MetadataValue, Outcome, RuleOutcome, RuleSetIdentity, Seconds
from qa_pipeline.rules.conditions import Combination, ConditionReader, note_faults
from qa_pipeline.rules.files import File, Files, find_rule_set, gather
from qa_pipeline.rules.fingerprint import written
from qa_pipeline.rules.index import TextIndex
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.packs import Pack, Part, RawRule, resolve
from qa_pipeline.rules.schema import Effective, Guard, RuleFile, Scoring, Strict
from qa_pipeline.rules.scope import Scope
from qa_pipeline.rules.source import Source
from qa_pipeline.rules.verdict import Asked, Condition

KINDS = ("require", "forbid", "reward")


class ExcuseFile(Strict):
    """The part of an excuse that is not its condition. Times are counted from the hit: ``near_s`` means both sides."""

    id: str
    why: str
    near_s: Seconds | None = None
    before_s: Seconds | None = None
    after_s: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Excuse:
    """A named circumstance in which a hit is not held against anybody.

    With ``before_s``/``after_s`` the condition is asked of that many seconds around the hit; with neither, of the
    whole call.
    """

    id: str
    why: str
    condition: Condition
    before_s: Seconds | None
    after_s: Seconds | None


@dataclass(frozen=True)
class Rule:
    """One line of the standard, ready to be evaluated. ``history`` tells who changed it and why.

    ``written`` is a digest of all that is written of it and decides outcomes; see ``fingerprint``.
    """

    spec: RuleFile
    condition: Condition
    when: Condition | None = None
    excuses: tuple[Excuse, ...] = ()
    within: Scope | None = None
    history: tuple[str, ...] = ()
    written: str = ""

    @cached_property
    def settled(self) -> dict[tuple[Outcome, str], RuleOutcome]:
        """Outcomes without findings that it had, by outcome and reason, so that equal ones are made once."""
        return {}

    @cached_property
    def kind(self) -> Literal["require", "forbid", "reward"]:
        """Which of the three kinds of rule this is."""
        return self.spec.kind

    @cached_property
    def vetoes(self) -> bool:
        """Whether a failure is a veto."""
        return self.spec.score.veto

    @cached_property
    def guards(self) -> frozenset[Guard]:
        """The guards that apply to its condition."""
        return self.spec.guards_in_force


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A resolved rule set. ``identity.sha256`` is over everything that can change an outcome.

    ``disabled`` names the rules that are out of force, with the reason.
    """

    identity: RuleSetIdentity
    title: str
    scoring: Scoring
    rules: tuple[Rule, ...]
    disabled: Mapping[str, str]
    effective: Effective
    index: TextIndex

    def for_call(self, _metadata: Mapping[str, MetadataValue]) -> RuleSet:
        """The rule set that judges a call: this one, whenever the call was."""
        return self


class RuleBook:
    """The versions of a rule set: each call is judged by the one in force on its day (its ``started_at``)."""

    def __init__(self, name_or_path: str) -> None:
        self._name = name_or_path
        self._by_day: dict[date, RuleSet] = {}
        self.identity = load(name_or_path).identity

    def for_call(self, metadata: Mapping[str, MetadataValue]) -> RuleSet:
        """The version in force when the call began. Raises ``RequestError`` where its day or version is not known."""
        started = str(metadata.get("started_at") or "")
        try:
            day = date.fromisoformat(started[:10])
        except ValueError:
            message = f"不知道通话日期，选不出生效的版本 started_at is {started!r}: no day to choose a version by"
            raise RequestError(message) from None
        if day not in self._by_day:
            self._by_day[day] = load_in_force(self._name, day)
        return self._by_day[day]


def load(name_or_path: str, shipped_at: Path | None = None) -> RuleSet:
    """Load a rule set by shipped name or by path. ``shipped_at``: where included shipped sets lie, if elsewhere.

    Raises ``RequestError`` for a name that does not exist, ``RuleSetError`` with every fault for one that cannot be
    used.
    """
    files = gather(find_rule_set(name_or_path), shipped_at)
    pack = resolve(files.files)
    rules = [rule for raw in pack.rules.values() if (rule := _rule(raw, pack)) is not None]
    if not files.faults:
        _check_references(rules, pack, files)
        _check_sections(rules, pack, files.files[-1])
    if files.faults:
        raise RuleSetError(files.faults)
    head = files.files[-1].head
    in_force = tuple(rule for rule in rules if not pack.rules[rule.spec.id].disabled)
    disabled = {rule_id: raw.disabled for rule_id, raw in pack.rules.items() if raw.disabled}
    identity = RuleSetIdentity(head.ruleset, head.version, _sha256(head.ruleset, head.version, in_force, pack))
    return RuleSet(identity, head.title, pack.scoring, in_force, disabled, head.effective, index_of(in_force))


def load_in_force(name_or_path: str, day: date) -> RuleSet:
    """The version of a rule set that is in force on ``day``.

    Versions lie beside one another: ``hotline.yaml`` and ``hotline@2025.yaml``, each with its ``effective`` days.
    Raises ``RequestError`` where none or more than one covers the day.
    """
    path = find_rule_set(name_or_path)
    versions = [path, *sorted(path.parent.glob(f"{path.stem.split('@')[0]}@*.yaml"))]
    covering = [s for s in (load(str(p)) for p in dict.fromkeys(versions)) if s.effective.covers(day)]
    if len(covering) == 1:
        return covering[0]
    found = ", ".join(f"{s.identity.id} {s.identity.version}" for s in covering) or "none"
    raise RequestError(f"{day} 应有且只有一个生效的版本 exactly one version must be in force (found: {found})")


def _rule(raw: RawRule, pack: Pack) -> Rule | None:
    """The rule, read whole even where a part has a fault, so that all its faults show in one run."""
    conditions = [_condition(kind, raw, pack) for kind in KINDS if kind in raw.parts]
    when = _read(raw.parts.get("when"), pack)
    within = raw.parts.get("within")
    scope = _reader(within.source, pack).scope(within.value, within.where) if within else None
    excuses = [_excuse(part, pack) for part in (*_listed(raw.parts.get("unless")), *raw.excuses)]
    try:
        spec = RuleFile.model_validate(raw.data)
    except ValidationError as error:
        for complaint in error.errors(include_url=False):
            source, where = raw.place(complaint["loc"])
            note_faults([{**complaint, "loc": ()}], where, source, known=RuleFile.model_fields)
        return None
    if conditions[0] is None or None in excuses:
        return None
    told = tuple(e for e in excuses if e is not None)
    return Rule(spec, conditions[0], when, told, scope, tuple(raw.history), written(raw, pack))


def _listed(part: Part | None) -> list[Part]:
    """The items of a list, each with its own place; what is no list is left to the schema to refuse."""
    if part is None or not isinstance(part.value, list):
        return []
    return [Part(value, part.source, (*part.where, index)) for index, value in enumerate(part.value)]


def _condition(kind: str, raw: RawRule, pack: Pack) -> Condition | None:
    """The rule's condition, with the other ways to hold that later files added."""
    own = _read(raw.parts[kind], pack)
    more = [_read(part, pack) for part in raw.more]
    if own is None or None in more:
        return None
    return Combination("any", (own, *(c for c in more if c is not None))) if more else own


def _reader(source: Source, pack: Pack) -> ConditionReader:
    return ConditionReader(source, pack.names)


def _read(part: Part | None, pack: Pack) -> Condition | None:
    return None if part is None else _reader(part.source, pack).read(part.value, part.where)


def _excuse(part: Part, pack: Pack) -> Excuse | None:
    own, condition = _reader(part.source, pack).read_with(part.value, part.where, ExcuseFile.model_fields)
    try:
        head = ExcuseFile.model_validate(own)
    except ValidationError as error:
        note_faults(error.errors(include_url=False), part.where, part.source, known=ExcuseFile.model_fields)
        return None
    before, after = (head.before_s, head.after_s) if head.near_s is None else (head.near_s, head.near_s)
    return Excuse(head.id, head.why, condition, before, after) if condition else None


def _check_references(rules: list[Rule], pack: Pack, files: Files) -> None:
    """Refuse references to rules that do not exist, and circles."""
    refers = {rule.spec.id: sorted(references_of(rule)) for rule in rules}
    for rule_id, others in refers.items():
        raw = pack.rules[rule_id]
        for other in others:
            if other not in refers or pack.rules[other].disabled:
                near = get_close_matches(other, refers, n=2)
                fix = f"是不是 did you mean: {' / '.join(near)}" if near else ""
                message = f"规则 {rule_id} 引用的 {other!r} 不存在或已停用 does not exist or is disabled"
                raw.source.fault(raw.where, message, fix)
        if _reaches(rule_id, rule_id, refers, set()):
            raw.source.fault(raw.where, f"规则循环引用 rule {rule_id} refers to itself", "去掉一处 finding  remove one")


def operators_of(rule: Rule) -> Iterator[Operator]:
    """Every operator of a rule, wherever in it."""
    return (operator for operator, _ in _asked(rule))


def index_of(rules: Iterable[Rule]) -> TextIndex:
    """The index over all operators of ``rules``, each for the side that it is asked of."""
    asked = [pair for rule in rules for pair in _asked(rule)]
    return TextIndex((operator for operator, _ in asked), {id(operator): role for operator, role in asked})


def _asked(rule: Rule) -> Iterator[Asked]:
    """Every operator of a rule, and whose words it is asked of; what stands beside its condition looks everywhere."""
    yield from rule.condition.asked(None if rule.within is None else rule.within.role)
    for condition in (rule.when, *(excuse.condition for excuse in rule.excuses)):
        if condition is not None:
            yield from condition.asked()
    if rule.within is not None and rule.within.anchor is not None:
        yield from rule.within.anchor.condition.asked()


def references_of(rule: Rule) -> set[str]:
    """The ids of the rules whose outcome this one asks for."""
    return {name for operator in operators_of(rule) for name in operator.refers_to()}


def _reaches(start: str, goal: str, refers: Mapping[str, list[str]], seen: set[str]) -> bool:
    for other in refers.get(start, []):
        if other == goal:
            return True
        if other not in seen:
            seen.add(other)
            if _reaches(other, goal, refers, seen):
                return True
    return False


def _check_sections(rules: list[Rule], pack: Pack, file: File) -> None:
    """Refuse rules with points outside every section, where the set has sections."""
    sections = pack.scoring.sections
    for rule in rules:
        section = rule.spec.section
        if sections and rule.spec.score.deduct is not None and section not in sections:
            raw = pack.rules[rule.spec.id]
            near = get_close_matches(section, sections, n=2)
            fix = f"是不是 did you mean: {' / '.join(near)}" if near else f"分项有 sections: {', '.join(sections)}"
            source, where = raw.place(("indicator",))
            source.fault(where, f"指标 {rule.spec.indicator!r} 不属于任何分项 belongs to no section", fix)


def _sha256(name: str, version: str, rules: tuple[Rule, ...], pack: Pack) -> str:
    """A hash over the resolved set: the same rules give the same hash, however the files are laid out."""
    resolved: dict[str, Any] = {
        "ruleset": name,
        "version": version,
        "scoring": pack.scoring.model_dump(mode="json"),
        "names": pack.names,
        "rules": [
            {
                "rule": rule.spec.model_dump(mode="json"),
                "more": [part.value for part in pack.rules[rule.spec.id].more],
                "excuses": [part.value for part in pack.rules[rule.spec.id].excuses],
            }
            for rule in rules
        ],
    }
    text = json.dumps(resolved, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
