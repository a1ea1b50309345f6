"""What a new version of a rule set changes, rule by rule and key by key, and on which line.

Both sets are compared as resolved: a rule changes where a key of it says something else once every ``$name`` stands
for its words and values. A rule whose lexicon grew has changed through that lexicon; one that was only written
differently has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qa_pipeline.errors import Fault, RuleSetError
from qa_pipeline.records import RuleSetIdentity
from qa_pipeline.rules.files import File, gather
from qa_pipeline.rules.loader import KINDS, Rule, RuleSet, load, references_of
from qa_pipeline.rules.packs import Pack, Part, RawRule, resolve
from qa_pipeline.rules.revisions import Located
from qa_pipeline.rules.schema import RuleFile
from qa_pipeline.rules.source import Source, Where

SILENT_KEYS = ("title", "source", "advice", "suggest", "why_silent", "lint_ignore")
"""Keys that change what people read, never an outcome or a point."""


class Kind(StrEnum):
    """What became of a rule. ``affected``: it is as it was, and asks for the outcome of one that changed."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    AFFECTED = "affected"


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place in a rule-set file; line and column count from 1 (0: the whole file)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key that says something else; ``via`` names the lexicons and parameters through which, if it is through them.

    ``spot`` is the first line that differs, in the new set.
    """

    key: str
    via: tuple[str, ...]
    spot: Spot


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What became of one rule. ``spot`` is the line to look at in the new set, ``was`` where the old one wrote it.

    ``why`` is the reason of a rule that is out of force now, or that changed; ``asks`` the changed rules on which an
    affected one hangs.
    """

    rule_id: str
    title: str
    kind: Kind
    spot: Spot
    was: Spot | None = None
    keys: tuple[KeyChange, ...] = ()
    why: str = ""
    asks: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether only words for people changed, so that no call can."""
        return self.kind is Kind.CHANGED and all(change.key in SILENT_KEYS for change in self.keys)


@dataclass(frozen=True, slots=True)
class NameChange:
    """A lexicon or a parameter that changed: phrases added and removed, or the value before and after."""

    name: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    spot: Spot


@dataclass(frozen=True, slots=True)
class ScoringChange:
    """A key of ``scoring`` with its value before and after."""

    key: str
    before: Any
    after: Any
    spot: Spot


@dataclass(frozen=True, slots=True)
class Changes:
    """All that changed, in the order of the new set; removed rules last."""

    rules: tuple[RuleChange, ...]
    names: tuple[NameChange, ...]
    scoring: tuple[ScoringChange, ...]

    def of_kind(self, kind: Kind) -> tuple[RuleChange, ...]:
        """The rules of which that became."""
        return tuple(change for change in self.rules if change.kind is kind)

    def rule(self, rule_id: str) -> RuleChange | None:
        """What became of that rule; None where nothing did."""
        return next((change for change in self.rules if change.rule_id == rule_id), None)


@dataclass(frozen=True)
class Side:
    """One of the two sets, resolved, with the place of every part."""

    located: Located
    ruleset: RuleSet
    pack: Pack
    files: tuple[File, ...]

    @property
    def identity(self) -> RuleSetIdentity:
        """Which set and version it is."""
        return self.ruleset.identity

    def spot(self, source: Source, where: Where) -> Spot:
        """The line of what is written at ``where``, or of the nearest part above it."""
        while where and where not in source.places:
            where = where[:-1]
        return Spot(self.located.shown(source.path), *source.places.get(where, (0, 0)))

    @property
    def own_file(self) -> Spot:
        """The set's own file as a whole."""
        return Spot(self.located.shown(self.files[-1].source.path))


def read_side(located: Located) -> Side:
    """Load one side. Raises ``RuleSetError`` with every fault, by the names that a report uses."""
    try:
        ruleset = load(str(located.path), located.shipped_at)
        files = tuple(gather(located.path, located.shipped_at).files)
    except RuleSetError as error:
        faults = [Fault(located.shown(f.path), f.line, f.column, f.message, f.fix) for f in error.faults]
        raise RuleSetError(faults) from None
    return Side(located, ruleset, resolve(list(files)), files)


def same_rules(old: RuleSet, new: RuleSet) -> frozenset[str]:
    """The rules that must say the same of every call in both sets, so that judging them once is enough.

    They are equal as resolved, and so are those whose outcome they ask for.
    """
    if old.scoring.min_confidence != new.scoring.min_confidence:
        return frozenset()
    before = {rule.spec.id: rule for rule in old.rules}
    same = {r.spec.id for r in new.rules if (o := before.get(r.spec.id)) and _meaning(o) == _meaning(r)}
    asked = {rule.spec.id: references_of(rule) for rule in new.rules}
    while unsure := {rule_id for rule_id in same if asked[rule_id] - same}:
        same -= unsure
    return frozenset(same)


def _meaning(rule: Rule) -> tuple[Any, ...]:
    return (rule.spec, rule.condition, rule.when, rule.excuses, rule.within)


def changes_between(old: Side, new: Side) -> Changes:
    """What ``new`` changes of ``old``."""
    return Changes(tuple(_rules(old, new)), tuple(_names(old, new)), tuple(_scoring(old, new)))


def _rules(old: Side, new: Side) -> Iterator[RuleChange]:
    before = {rule.spec.id: rule for rule in old.ruleset.rules}
    after = {rule.spec.id: rule for rule in new.ruleset.rules}
    own = {i: keys for i in after if i in before and (keys := tuple(_keys(i, old, new)))}
    touched = (after.keys() - before.keys()) | own.keys()
    asked = {rule_id: references_of(rule) for rule_id, rule in after.items()}
    for rule_id, rule in after.items():
        raw = new.pack.rules[rule_id]
        place = new.spot(raw.source, raw.where)
        was = _was(rule_id, old)
        asks = tuple(sorted(_reached(rule_id, asked) & touched - {rule_id}))
        if rule_id not in before:
            yield RuleChange(rule_id, rule.spec.title, Kind.ADDED, place, was)
        elif rule_id in own:
            why = "；".join(h for h in raw.history if h not in old.pack.rules[rule_id].history)
            yield RuleChange(rule_id, rule.spec.title, Kind.CHANGED, own[rule_id][0].spot, was, own[rule_id], why, asks)
        elif asks:
            yield RuleChange(rule_id, rule.spec.title, Kind.AFFECTED, place, was, asks=asks)
    for rule_id, rule in before.items():
        if rule_id not in after:
            spot, why = _gone(rule_id, new)
            yield RuleChange(rule_id, rule.spec.title, Kind.REMOVED, spot, _was(rule_id, old), why=why)


def _was(rule_id: str, old: Side) -> Spot | None:
    raw = old.pack.rules.get(rule_id)
    return old.spot(raw.source, raw.where) if raw else None


def _gone(rule_id: str, new: Side) -> tuple[Spot, str]:
    """Where the new set disables the rule, and why; its own file where nothing is left of it."""
    for file in reversed(new.files):
        if rule_id in file.head.disable:
            return new.spot(file.source, ("disable", rule_id)), file.head.disable[rule_id]
    return new.own_file, ""


def _reached(rule_id: str, asked: Mapping[str, set[str]]) -> set[str]:
    """The rules whose outcome this one asks for, and those that those ask for."""
    found: set[str] = set()
    waiting = [rule_id]
    while waiting:
        fresh = asked.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found


def _keys(rule_id: str, old: Side, new: Side) -> Iterator[KeyChange]:
    """The keys that say something else: those that can change a call first, then as the rule's own text has them."""
    was, raw = old.pack.rules[rule_id], new.pack.rules[rule_id]
    before, after = _written(was), _written(raw)
    for key in sorted(after, key=lambda key: (key in SILENT_KEYS, key not in raw.parts)):
        if _expanded(before[key], old.pack.names) == _expanded(after[key], new.pack.names):
            continue
        named = sorted(_named(before[key]) | _named(after[key]))
        via = tuple(name for name in named if old.pack.names.get(name) != new.pack.names.get(name))
        written_alike = before[key] == after[key]
        spot = _name_spot(via[0], old, new) if via and written_alike else _spot_of(key, was, raw, new)
        yield KeyChange(key, via, spot)


def _written(raw: RawRule) -> dict[str, Any]:
    """Every key of the rule, defaults filled in, with what later files added to its condition and excuses."""
    spec = RuleFile.model_validate(raw.data)
    own, more = getattr(spec, spec.kind), [part.value for part in raw.more]
    excuses = [*spec.unless, *(part.value for part in raw.excuses)]
    condition = {"any": [own, *more]} if more else own
    return {**spec.model_dump(), spec.kind: condition, "unless": excuses}


def _spot_of(key: str, was: RawRule, raw: RawRule, new: Side) -> Spot:
    """The first line of ``key`` that the old set does not have; the rule's own where nothing was added."""
    known = [part.value for part in _pieces(was, key)]
    for part in _pieces(raw, key):
        if part.value not in known:
            inside = _first_difference(known[0] if known else None, part.value)
            return new.spot(part.source, (*part.where, *inside))
    return new.spot(raw.source, raw.where)


def _pieces(raw: RawRule, key: str) -> list[Part]:
    """Everything that is written of a key: in the rule, and by files that extend it."""
    more = raw.excuses if key == "unless" else raw.more if key in KINDS else []
    return [*([raw.parts[key]] if key in raw.parts else []), *more]


def _first_difference(before: Any, after: Any) -> Where:
    """The way to the first part of ``after`` that ``before`` does not have."""
    if isinstance(before, dict) and isinstance(after, dict):
        key = next((k for k in after if k not in before or before[k] != after[k]), None)
        return () if key is None else (key, *_first_difference(before.get(key), after[key]))
    if isinstance(before, list) and isinstance(after, list):
        index = next((i for i, item in enumerate(after) if item not in before), None)
        if index is None:
            return ()
        return (index, *_first_difference(before[index] if index < len(before) else None, after[index]))
    return ()


def _expanded(value: Any, names: Mapping[str, Any]) -> Any:
    """``value`` with every ``$name`` replaced, lexicons spliced into their lists, as conditions are read."""
    if isinstance(value, str) and value.startswith("$"):
        return names.get(value[1:], value)
    if isinstance(value, dict):
        return {key: _expanded(item, names) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    items: list[Any] = []
    for item in value:
        expanded = _expanded(item, names)
        items.extend(expanded if isinstance(item, str) and isinstance(expanded, list) else [expanded])
    return items


def _named(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value[1:]} if value.startswith("$") else set()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {name for item in inner for name in _named(item)}


def _names(old: Side, new: Side) -> Iterator[NameChange]:
    before, after = old.pack.names, new.pack.names
    for name in (*after, *(n for n in before if n not in after)):
        if before.get(name) != after.get(name):
            was, now = _values(before.get(name)), _values(after.get(name))
            added, removed = tuple(v for v in now if v not in was), tuple(v for v in was if v not in now)
            if added or removed:
                yield NameChange(name, added, removed, _name_spot(name, old, new))


def _values(value: Any) -> tuple[str, ...]:
    return () if value is None else tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _name_spot(name: str, old: Side, new: Side) -> Spot:
    """The line of the first phrase that is new, else of the file that wrote the name last."""
    was = set(_values(old.pack.names.get(name)))
    waiting, seen = [name], set[str]()
    while waiting:
        at = waiting.pop(0)
        seen.add(at)
        for part in new.pack.lexicons.get(at, ()):
            if part.value.startswith("$"):
                waiting += [part.value[1:]] if part.value[1:] not in seen else []
            elif part.value not in was:
                return new.spot(part.source, part.where)
    for file in reversed(new.files):
        for key in ("lexicons", "parameters"):
            if name in getattr(file.head, key):
                return new.spot(file.source, (key, name))
    return new.own_file


def _scoring(old: Side, new: Side) -> Iterator[ScoringChange]:
    before = old.ruleset.scoring.model_dump(mode="json", by_alias=True)
    after = new.ruleset.scoring.model_dump(mode="json", by_alias=True)
    writers = [file for file in new.files if file.head.scoring is not None]
    for key, value in after.items():
        if before[key] != value:
            spot = new.spot(writers[-1].source, ("scoring", key)) if writers else new.own_file
            yield ScoringChange(key, before[key], value, spot)
