"""Packs: what the files of a set say together. Site overlays change rules without copying them.

Included files come first; a later file may append to or remove from a lexicon, set a declared parameter, override
keys of a rule, extend it, or disable it, each with a reason. Every part of a resolved rule remembers the file it was
written in, so that a fault points at the line to mend.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from qa_pipeline.rules.files import File
from qa_pipeline.rules.schema import LexiconChange, ParameterFile, Scoring
from qa_pipeline.rules.source import Source, Where


@dataclass(frozen=True, slots=True)
class Part:
    """A value and the place it is written at."""

    value: Any
    source: Source
    where: Where


@dataclass
class RawRule:
    """A rule before it is read: each key with its place; ``more`` are other ways to hold, ``history`` the reasons."""

    source: Source
    where: Where
    parts: dict[str, Part]
    more: list[Part] = field(default_factory=list)
    excuses: list[Part] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    disabled: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """The rule as one mapping."""
        return {key: part.value for key, part in self.parts.items()}

    def place(self, where: Where) -> tuple[Source, Where]:
        """Where the part at ``where`` (a path inside the rule) was written."""
        part = self.parts.get(str(where[0])) if where else None
        return (part.source, (*part.where, *where[1:])) if part else (self.source, (*self.where, *where))


@dataclass
class Pack:
    """What the files define together. ``names`` are what ``$name`` may stand for."""

    names: dict[str, Any] = field(default_factory=dict)
    lexicons: dict[str, list[Part]] = field(default_factory=dict)
    parameters: dict[str, ParameterFile] = field(default_factory=dict)
    rules: dict[str, RawRule] = field(default_factory=dict)
    scoring: Scoring = field(default_factory=Scoring)


def resolve(files: list[File]) -> Pack:
    """Lay the files over one another, in order. Faults are noted in their sources."""
    pack = Pack()
    for file in files:
        _lexicons(file, pack)
        _parameters(file, pack)
        _new_rules(file, pack)
        _changes(file, pack)
        pack.scoring = file.head.scoring or pack.scoring
    pack.names = {name: parameter.value for name, parameter in pack.parameters.items()}
    pack.names.update((name, list(dict.fromkeys(_phrases(name, pack, ())))) for name in pack.lexicons)
    return pack


def _lexicons(file: File, pack: Pack) -> None:
    for name, written in file.head.lexicons.items():
        where: Where = ("lexicons", name)
        if isinstance(written, LexiconChange):
            if _known(name, pack.lexicons, file.source, where, "词表 lexicon"):
                gone = set(written.remove)
                _refuse_absent(written.remove, pack.lexicons[name], file.source, (*where, "remove"))
                kept = [part for part in pack.lexicons[name] if part.value not in gone]
                pack.lexicons[name] = kept + _parts(written.append, file.source, (*where, "append"))
        elif name in pack.lexicons:
            message = f"词表 {name!r} 已有定义 is already defined by an included set"
            file.source.fault(where, message, "改用 use append / remove, or another name")
        else:
            pack.lexicons[name] = _parts(written, file.source, where)


def _parts(values: list[str], source: Source, where: Where) -> list[Part]:
    return [Part(value, source, (*where, index)) for index, value in enumerate(values)]


def _refuse_absent(removed: list[str], present: list[Part], source: Source, where: Where) -> None:
    words = {part.value for part in present}
    for index, word in enumerate(removed):
        if word not in words:
            source.fault((*where, index), f"词表里没有 {word!r} is not in the lexicon", "核对写法 check the wording")


def _phrases(name: str, pack: Pack, trail: tuple[str, ...]) -> Iterator[str]:
    """The phrases of a lexicon, those of the lexicons it names included."""
    for part in pack.lexicons[name]:
        if not part.value.startswith("$"):
            yield part.value
            continue
        other = part.value[1:]
        if other in (*trail, name):
            part.source.fault(part.where, f"词表循环引用 ${other} refers to itself", "删去一处 remove one")
        elif _known(other, pack.lexicons, part.source, part.where, "词表 lexicon"):
            yield from _phrases(other, pack, (*trail, name))


def _parameters(file: File, pack: Pack) -> None:
    for name, written in file.head.parameters.items():
        where: Where = ("parameters", name)
        if isinstance(written, ParameterFile) and name not in pack.parameters:
            pack.parameters[name] = written
        elif _known(name, pack.parameters, file.source, where, "参数 parameter"):
            declared = pack.parameters[name]
            change = written if isinstance(written, ParameterFile) else ParameterFile(value=written)
            presets = {**declared.presets, **change.presets}
            pack.parameters[name] = change.model_copy(
                update={"presets": presets, "about": change.about or declared.about}
            )
        if name in pack.parameters:
            pack.parameters[name] = _picked(pack.parameters[name], file.source, where)


def _picked(parameter: ParameterFile, source: Source, where: Where) -> ParameterFile:
    """The parameter with the value of its preset filled in."""
    if parameter.preset is None:
        return parameter
    if not _known(parameter.preset, parameter.presets, source, (*where, "preset"), "预设 preset"):
        return parameter
    preset = parameter.presets[parameter.preset]
    return parameter.model_copy(update={"value": preset.value, "preset": None, "source": preset.source})


def _new_rules(file: File, pack: Pack) -> None:
    for index, raw in enumerate(file.head.rules):
        where: Where = ("rules", index)
        if not isinstance(raw, dict) or not isinstance(raw.get("id"), str):
            file.source.fault(where, "每条规则要有 id 等键 a rule is a mapping with an id", "写 id: 规则编号")
            continue
        rule = RawRule(file.source, where, {key: Part(v, file.source, (*where, key)) for key, v in raw.items()})
        if raw["id"] not in pack.rules:
            pack.rules[raw["id"]] = rule
            continue
        first = pack.rules[raw["id"]]
        line = first.source.places.get(first.where, (0, 0))[0]
        message = f"规则编号重复 duplicate rule id {raw['id']!r}, first in {first.source.path}:{line}"
        file.source.fault((*where, "id"), message, "换个编号，或用 override  choose another id, or use override")
        pack.rules[f"{raw['id']} {len(pack.rules)}"] = rule  # so that its other faults show in the same run


def _changes(file: File, pack: Pack) -> None:
    for rule_id, override in file.head.override.items():
        where: Where = ("override", rule_id)
        if _known(rule_id, pack.rules, file.source, where, "规则 rule"):
            rule = pack.rules[rule_id]
            for key, value in override.set.items():
                _set(rule, key, Part(value, file.source, (*where, "set", key)))
            rule.history.append(f"{file.head.ruleset}: {override.why}")
    for rule_id, extension in file.head.extend.items():
        where = ("extend", rule_id)
        if _known(rule_id, pack.rules, file.source, where, "规则 rule"):
            rule = pack.rules[rule_id]
            rule.more += [Part(v, file.source, (*where, "any", i)) for i, v in enumerate(extension.any)]
            rule.excuses += [Part(v, file.source, (*where, "unless", i)) for i, v in enumerate(extension.unless)]
            rule.history.append(f"{file.head.ruleset}: {extension.why}")
    for rule_id, why in file.head.disable.items():
        if _known(rule_id, pack.rules, file.source, ("disable", rule_id), "规则 rule"):
            pack.rules[rule_id].disabled = why


def _set(rule: RawRule, key: str, part: Part) -> None:
    kinds = {"require", "forbid", "reward"}
    if key == "id":
        part.source.fault(part.where, "不能改规则编号 a rule's id cannot be changed", "新写一条规则 write a new rule")
    elif key in kinds and key not in rule.parts:
        message = "不能改规则的类型 a rule's kind cannot be changed"
        part.source.fault(part.where, message, "停用它，新写一条 disable it and write a new rule")
    else:
        rule.parts[key] = part


def _known(name: str, known: Mapping[str, Any], source: Source, where: Where, what: str) -> bool:
    """Whether ``name`` exists; notes a fault with near names where it does not."""
    if name in known:
        return True
    near = get_close_matches(name, known, n=2)
    fix = f"是不是 did you mean: {' / '.join(near)}" if near else f"已有 known: {', '.join(sorted(known)[:12]) or '-'}"
    source.fault(where, f"没有{what} {name!r}", fix)
    return False
