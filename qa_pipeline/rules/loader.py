"""From rule-set files to a ``RuleSet`` that can judge: includes resolved, lexicons filled in, every fault reported.

A rule set is named (``hotline``: a shipped one) or given by path. An included set is looked for beside the file that
includes it, then among the shipped ones; never outside those folders. All files are read and all faults collected
before anything is refused, so one run shows everything there is to mend.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from qa_pipeline import shipped
from qa_pipeline.errors import RequestError, RuleSetError
from qa_pipeline.records import RuleSetIdentity, Seconds
from qa_pipeline.rules.conditions import ConditionReader, note_faults
from qa_pipeline.rules.schema import RuleFile, RuleSetFile, Scoring, Strict
from qa_pipeline.rules.scope import Scope
from qa_pipeline.rules.source import Source, Where, read_source
from qa_pipeline.rules.verdict import Condition

MAX_FILES = 50


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


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the standard, ready to be evaluated."""

    spec: RuleFile
    condition: Condition
    when: Condition | None = None
    excuses: tuple[Excuse, ...] = ()
    within: Scope | None = None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A resolved rule set. ``identity.sha256`` is over everything that can change an outcome."""

    identity: RuleSetIdentity
    title: str
    scoring: Scoring
    rules: tuple[Rule, ...]


@dataclass
class _File:
    """One file on its way to being resolved."""

    source: Source
    head: RuleSetFile
    folder: Path


@dataclass
class _Gathering:
    """All files of a set, included ones first, and what they define together."""

    files: list[_File] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    lexicons: dict[str, list[str]] = field(default_factory=dict)
    scoring: Scoring | None = None


def load(name_or_path: str) -> RuleSet:
    """Load a rule set by shipped name or by path.

    Raises ``RequestError`` for a name that does not exist, ``RuleSetError`` with every fault for one that cannot be
    used.
    """
    path = find_rule_set(name_or_path)
    gathering = _Gathering()
    _gather(path, gathering, trail=())
    rules = [rule for file in gathering.files for rule in _rules(file, gathering.lexicons)]
    _refuse_duplicates(gathering.files)
    faults = [fault for source in gathering.sources for fault in source.faults]
    if faults:
        raise RuleSetError(faults)
    head = gathering.files[-1].head
    scoring = gathering.scoring or Scoring()
    identity = RuleSetIdentity(head.ruleset, head.version, _sha256(head, scoring, rules, gathering))
    return RuleSet(identity, head.title, scoring, tuple(rules))


def find_rule_set(name_or_path: str) -> Path:
    """The file of a rule set named or given by path. Raises ``RequestError`` with near names where there is none."""
    given = Path(name_or_path)
    if given.is_file():
        return given
    if "/" not in name_or_path and "\\" not in name_or_path and given.suffix == "":
        named = shipped.rulesets_folder() / f"{name_or_path}.yaml"
        if named.is_file():
            return named
    known = shipped_names()
    near = get_close_matches(given.stem, known, n=3)
    hint = f"是不是 did you mean: {', '.join(near)}？" if near else f"自带的有 shipped: {', '.join(known)}"
    message = f"找不到规则集 unknown rule set {name_or_path!r}"
    raise RequestError(f"{message}. {hint} 也可以给出文件路径 or give the path of a .yaml file.")


def shipped_names() -> list[str]:
    """The names of the shipped rule sets, sorted."""
    return sorted(path.stem for path in shipped.rulesets_folder().glob("*.yaml"))


def _gather(path: Path, gathering: _Gathering, trail: tuple[Path, ...]) -> None:
    """Read ``path`` and, before it, what it includes; a file included twice is read once."""
    if any(file.folder / Path(file.source.path).name == path.resolve() for file in gathering.files):
        return
    source = read_source(path)
    gathering.sources.append(source)
    head = _head(source)
    if head is None:
        return
    here = path.resolve()
    for index in range(len(head.include)):
        _include(index, source, here, gathering, trail)
    gathering.files.append(_File(source, head, here.parent))
    _define_lexicons(head, source, gathering)
    gathering.scoring = head.scoring or gathering.scoring


def _include(index: int, source: Source, here: Path, gathering: _Gathering, trail: tuple[Path, ...]) -> None:
    where, name = ("include", index), source.data["include"][index]
    included = _find_included(name, here.parent)
    if included is None:
        near = get_close_matches(name, shipped_names(), n=2)
        fix = f"是不是 did you mean: {' / '.join(near)}" if near else "放在同一文件夹里 put it in the same folder"
        source.fault(where, f"找不到要包含的规则集 cannot find {name!r} to include", fix)
    elif included in (*trail, here):
        source.fault(where, f"循环包含 {name!r} includes itself", "删去这一行 remove this line")
    elif len(gathering.sources) >= MAX_FILES:
        source.fault(where, f"包含的文件超过 {MAX_FILES} 个 more than {MAX_FILES} files included")
    else:
        _gather(included, gathering, (*trail, here))


def _find_included(name: str, folder: Path) -> Path | None:
    for root in (folder, shipped.rulesets_folder().resolve()):
        candidate = (root / f"{name}.yaml").resolve()
        if candidate.is_relative_to(root.resolve()) and candidate.is_file():
            return candidate
    return None


def _head(source: Source) -> RuleSetFile | None:
    if not isinstance(source.data, dict):
        message = "规则集是一组 键: 值 a rule set is a mapping of keys to values"
        source.fault((), message, "从 ruleset: 名称 写起 start with ruleset: name")
        return None
    try:
        return RuleSetFile.model_validate(source.data)
    except ValidationError as error:
        note_faults(error, (), source, known=RuleSetFile.model_fields)
        return None


def _define_lexicons(head: RuleSetFile, source: Source, gathering: _Gathering) -> None:
    reader = ConditionReader(source, {**gathering.lexicons, **head.lexicons})
    for name, phrases in head.lexicons.items():
        if name in gathering.lexicons:
            message = f"词表重名 lexicon {name!r} is already defined by an included set"
            source.fault(("lexicons", name), message, "换个名称 rename it")
        gathering.lexicons[name] = reader.expand(list(phrases), ("lexicons", name))


def _rules(file: _File, lexicons: Mapping[str, list[str]]) -> list[Rule]:
    reader = ConditionReader(file.source, lexicons)
    rules = [_rule(raw, ("rules", index), file.source, reader) for index, raw in enumerate(file.head.rules)]
    return [rule for rule in rules if rule is not None]


def _rule(raw: Any, where: Where, source: Source, reader: ConditionReader) -> Rule | None:
    if not isinstance(raw, dict):
        source.fault(where, "每条规则是一组 键: 值 a rule is a mapping of keys to values")
        return None
    try:
        spec = RuleFile.model_validate(raw)
    except ValidationError as error:
        note_faults(error, where, source, known=RuleFile.model_fields)
        return None
    condition = reader.read(getattr(spec, spec.kind), (*where, spec.kind))
    when = reader.read(spec.when, (*where, "when")) if spec.when is not None else None
    within = reader.scope(spec.within, (*where, "within"))
    excuses = [_excuse(one, (*where, "unless", index), source, reader) for index, one in enumerate(spec.unless)]
    if condition is None or None in excuses:
        return None
    return Rule(spec, condition, when, tuple(excuse for excuse in excuses if excuse is not None), within)


def _excuse(raw: Any, where: Where, source: Source, reader: ConditionReader) -> Excuse | None:
    own, condition = reader.read_with(raw, where, ExcuseFile.model_fields)
    try:
        head = ExcuseFile.model_validate(own)
    except ValidationError as error:
        note_faults(error, where, source, known=ExcuseFile.model_fields)
        return None
    before, after = (head.before_s, head.after_s) if head.near_s is None else (head.near_s, head.near_s)
    return Excuse(head.id, head.why, condition, before, after) if condition else None


def _refuse_duplicates(files: list[_File]) -> None:
    seen: dict[str, str] = {}
    for file in files:
        for index, raw in enumerate(file.head.rules):
            rule_id = raw.get("id") if isinstance(raw, dict) else None
            if not isinstance(rule_id, str):
                continue
            line = file.source.places.get(("rules", index, "id"), (0, 0))[0]
            if rule_id in seen:
                message = f"规则编号重复 duplicate rule id {rule_id!r}, first in {seen[rule_id]}"
                file.source.fault(("rules", index, "id"), message, "换个编号 choose another id")
            seen.setdefault(rule_id, f"{file.source.path}:{line}")


def _sha256(head: RuleSetFile, scoring: Scoring, rules: list[Rule], gathering: _Gathering) -> str:
    """A hash over the resolved set: the same rules give the same hash, however the file is laid out."""
    resolved = {
        "ruleset": head.ruleset,
        "version": head.version,
        "scoring": scoring.model_dump(mode="json"),
        "lexicons": gathering.lexicons,
        "rules": [rule.spec.model_dump(mode="json") for rule in rules],
    }
    text = json.dumps(resolved, ensure_ascii=False, sort_keys=True, default=_as_text)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_text(value: object) -> object:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)
