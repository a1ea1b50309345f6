"""What a rule set consists of once its files are laid over one another, and where each part of it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from qa_pipeline import shipped
from qa_pipeline.errors import RequestError
from qa_pipeline.rules.cases import as_shown
from qa_pipeline.rules.files import File, gather
from qa_pipeline.rules.loader import RuleSet, load
from qa_pipeline.rules.packs import RawRule, resolve
from qa_pipeline.rules.schema import ParameterFile, RuleFile, RuleSetFile
from qa_pipeline.rules.source import Source, Where


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part is written; ``set_id`` is the rule set whose file that is."""

    set_id: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a later file did to a rule: ``what`` is a key it replaced, ``extend`` or ``disable``; ``why`` its reason."""

    what: str
    why: str
    place: Place


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One rule of the resolved set.

    ``place`` is where it is first written, ``parts`` where each of its keys in force is. ``more`` are the ways to hold
    and ``excuses`` all excuses, as written, with what later files added. ``disabled`` is the reason why it is out of
    force, if it is.
    """

    spec: RuleFile
    place: Place
    parts: Mapping[str, Place]
    more: tuple[object, ...]
    excuses: tuple[object, ...]
    changes: tuple[Change, ...]
    disabled: str

    @property
    def condition(self) -> object:
        """The condition as written; an ``any`` of it and what later files added."""
        own = getattr(self.spec, self.spec.kind)
        return {"any": [own, *self.more]} if self.more else own


@dataclass(frozen=True, slots=True)
class ParameterEntry:
    """A parameter with the value in force and the place of its last change."""

    name: str
    file: ParameterFile
    place: Place


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """A lexicon with all phrases in force; ``places`` where it is written and changed, in order."""

    name: str
    phrases: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Description:
    """A rule set, its own file and everything that it includes, resolved."""

    path: Path
    ruleset: RuleSet
    files: tuple[File, ...]
    names: dict[str, object]
    rules: tuple[RuleEntry, ...]
    parameters: tuple[ParameterEntry, ...]
    lexicons: tuple[LexiconEntry, ...]

    @property
    def name(self) -> str:
        """By what name a command finds it: ``folder/name`` of a shipped set, else the file's."""
        return set_name(self.path)

    @property
    def head(self) -> RuleSetFile:
        """The set's own file."""
        return self.files[-1].head

    def rule(self, rule_id: str) -> RuleEntry:
        """The rule of that id, in force or not. Raises ``RequestError`` with near names where there is none."""
        for entry in self.rules:
            if entry.spec.id == rule_id:
                return entry
        near = get_close_matches(rule_id, [entry.spec.id for entry in self.rules], n=3)
        hint = f"  是不是 did you mean: {', '.join(near)}？" if near else ""
        raise RequestError(f"{self.name} 里没有规则 has no rule {rule_id!r}.{hint}")

    @property
    def own(self) -> tuple[RuleEntry, ...]:
        """The rules that its own file writes."""
        return tuple(entry for entry in self.rules if entry.place.set_id == self.head.ruleset)


def set_name(path: Path) -> str:
    """The name of a rule set's file: under the shipped folder the path from there, else its own."""
    root, here = shipped.rulesets_folder().resolve(), path.resolve()
    return (here.relative_to(root) if here.is_relative_to(root) else Path(here.name)).with_suffix("").as_posix()


def describe(path: Path) -> Description:
    """The set at ``path``. Raises ``RuleSetError`` with every fault where it cannot be used."""
    ruleset = load(str(path))
    files = tuple(gather(path).files)
    pack = resolve(list(files))
    sets = {file.source.path: file.head.ruleset for file in files}
    rules = tuple(_rule(rule_id, raw, files, sets) for rule_id, raw in pack.rules.items())
    parameters = tuple(
        ParameterEntry(name, file, _last(name, "parameters", files, sets)) for name, file in pack.parameters.items()
    )
    lexicons = tuple(
        LexiconEntry(name, tuple(pack.names[name]), tuple(_all(name, "lexicons", files, sets)))
        for name in pack.lexicons
    )
    return Description(path, ruleset, files, dict(pack.names), rules, parameters, lexicons)


def _rule(rule_id: str, raw: RawRule, files: Sequence[File], sets: dict[str, str]) -> RuleEntry:
    place = _place(raw.source, raw.where, sets)
    changes = tuple(_changes(rule_id, raw, files, sets))
    spec = RuleFile.model_validate(raw.data)
    parts = {key: _place(part.source, part.where, sets) for key, part in raw.parts.items()}
    more = tuple(part.value for part in raw.more)
    excuses = (*spec.unless, *(part.value for part in raw.excuses))
    return RuleEntry(spec, place, parts, more, excuses, changes, raw.disabled)


def _changes(rule_id: str, raw: RawRule, files: Sequence[File], sets: dict[str, str]) -> Iterator[Change]:
    for file in files:
        head = file.head
        for key in head.override[rule_id].set if rule_id in head.override else ():
            where: Where = ("override", rule_id, "set", key)
            yield Change(key, head.override[rule_id].why, _place(file.source, where, sets))
        if rule_id in head.extend:
            yield Change("extend", head.extend[rule_id].why, _place(file.source, ("extend", rule_id), sets))
        if rule_id in head.disable:
            yield Change("disable", head.disable[rule_id], _place(file.source, ("disable", rule_id), sets))


def _place(source: Source, where: Where, sets: dict[str, str]) -> Place:
    return Place(sets[source.path], as_shown(Path(source.path)).as_posix(), source.places.get(where, (0, 0))[0])


def _all(name: str, key: str, files: Sequence[File], sets: dict[str, str]) -> Iterator[Place]:
    for file in files:
        if name in getattr(file.head, key):
            yield _place(file.source, (key, name), sets)


def _last(name: str, key: str, files: Sequence[File], sets: dict[str, str]) -> Place:
    return list(_all(name, key, files, sets))[-1]
