"""What a lint looks at: one rule set, resolved, with the text of its files, its cases, and what lies beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from qa_pipeline.rules.cases import Case
from qa_pipeline.rules.files import File
from qa_pipeline.rules.loader import Rule, RuleSet
from qa_pipeline.rules.packs import Pack, RawRule
from qa_pipeline.rules.phrasings import Phrasing, phrasings_of
from qa_pipeline.rules.source import Source, Where


@dataclass(frozen=True, slots=True)
class Found:
    """What a lint has to say of one place. ``about`` is what ``lint: ignore`` may name: a phrase, an id, a name."""

    source: Source
    where: Where
    message: str
    fix: str = ""
    rule_id: str = ""
    about: str = ""
    details: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        """Line and column of ``where``, or of the nearest part above it that is written."""
        where = self.where
        while where and where not in self.source.places:
            where = where[:-1]
        return self.source.places.get(where, (0, 0))


@dataclass
class Ignore:
    """A code switched off in a file, or for one of its rules, or for one thing it names; and how often it hid one."""

    code: str
    reason: str
    source: Source
    where: Where
    rule_id: str = ""
    about: str = ""
    hidden: int = 0

    def covers(self, code: str, found: Found) -> bool:
        """Whether it hides this."""
        if code != self.code or (self.rule_id and self.rule_id != found.rule_id):
            return False
        return not self.about or self.about in (found.about, found.rule_id)


@dataclass(frozen=True)
class Subject:
    """One set. A lint speaks of what the set's own file says; included files are subjects of their own.

    ``cases`` are all that bind a rule of the set, by whatever file; ``users`` the texts of all sets that may use what
    this file defines (those beside it and those checked in the same run).
    """

    files: Sequence[File]
    pack: Pack
    ruleset: RuleSet
    cases: Sequence[Case]
    users: Sequence[Source]
    ignores: Sequence[Ignore] = ()

    @property
    def file(self) -> File:
        """The set's own file."""
        return self.files[-1]

    def is_own(self, source: Source) -> bool:
        """Whether that is the set's own file."""
        return source.path == self.file.source.path

    @cached_property
    def specs(self) -> Mapping[str, Rule]:
        """The rules in force, by id."""
        return {rule.spec.id: rule for rule in self.ruleset.rules}

    @cached_property
    def own_rules(self) -> Sequence[tuple[RawRule, Rule]]:
        """The rules in force that the set's own file writes."""
        raws = self.pack.rules
        return [(raws[i], rule) for i, rule in self.specs.items() if self.is_own(raws[i].source)]

    @cached_property
    def phrasings(self) -> Sequence[Phrasing]:
        """Every phrase and expression of every rule in force."""
        return [each for rule_id in self.specs for each in phrasings_of(self.pack.rules[rule_id], self.pack)]

    @cached_property
    def own_phrasings(self) -> Sequence[Phrasing]:
        """Those that the own file writes, each place once."""
        own = {each.where: each for each in reversed(self.phrasings) if self.is_own(each.source)}
        return list(reversed(own.values()))

    @cached_property
    def banned(self) -> Sequence[Phrasing]:
        """What the agent may not say, wherever and whatever else is said."""
        return [p for p in self.phrasings if p.slot == "forbid" and p.alone and not p.denied and p.said_by_agent]

    @cached_property
    def wanted(self) -> Sequence[Phrasing]:
        """What a rule requires or rewards the agent for."""
        kinds = ("require", "reward")
        return [p for p in self.phrasings if p.slot in kinds and not p.denied and p.said_by_agent]

    def at_rule(self, raw: RawRule, key: str, message: str, fix: str = "", about: str = "") -> Found:
        """Something about a rule as a whole, or about one of its keys."""
        source, where = raw.place((key,)) if key in raw.parts else raw.place(("id",))
        return Found(source, where, message, fix, str(raw.data.get("id", "")), about)

    def at_phrase(self, phrasing: Phrasing, message: str, fix: str = "", details: Sequence[str] = ()) -> Found:
        """Something about a phrase or an expression, at its own place."""
        rule_id, written = phrasing.rule_id, phrasing.written
        return Found(phrasing.source, phrasing.where, message, fix, rule_id, written, tuple(details))

    def quarrel(self, *candidates: Found) -> Iterator[Found]:
        """Two places that do not go together, told of once.

        At the first that the own file writes; at ``include`` where the file is the one that brings them together; not
        here where an included set has both already.
        """
        own = next((found for found in candidates if self.is_own(found.source)), None)
        if own is not None:
            yield own
            return
        sources = {found.source.path for found in candidates}
        if not any(sources <= reached for reached in self._reached):
            first = candidates[0]
            places = tuple(f"{Path(c.source.path).name}:{c.place[0]}" for c in candidates)
            yield replace(first, source=self.file.source, where=("include",), details=(*first.details, *places))

    @cached_property
    def _reached(self) -> Sequence[frozenset[str]]:
        """For each included file the files that it brings along, itself included, by the path of their source."""
        reached: dict[str, frozenset[str]] = {}
        for file in self.files[:-1]:  # each after those that it includes
            included = [f"{name}.yaml" for name in file.head.include]
            named = (f.source.path for f in self.files if any(map(f.path.match, included)))
            brought = (reached.get(path, frozenset()) for path in named)
            reached[file.source.path] = frozenset({file.source.path}).union(*brought)
        return list(reached.values())

    @cached_property
    def used_names(self) -> frozenset[str]:
        """The lexicons and parameters that any of the ``users`` names."""
        return frozenset(name for source in self.users for name in _names_in(source.data))


def _names_in(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("$"):
        yield value[1:]
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _names_in(item)
