"""The files of a rule set: where the named one lies, and what it includes.

An included set is looked for beside the file that includes it, then one folder up, then among the shipped ones; a name
can never lead outside those folders.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from qa_pipeline import __version__, shipped
from qa_pipeline.errors import Fault, RequestError
from qa_pipeline.rules.conditions import note_faults
from qa_pipeline.rules.schema import RuleSetFile
from qa_pipeline.rules.source import Source, read_source

MAX_FILES = 50


@dataclass(frozen=True, slots=True)
class File:
    """One file of a set: where it lies, its text with places, and its contents checked key by key."""

    path: Path
    source: Source
    head: RuleSetFile


@dataclass
class Files:
    """All files of a set, each included one before the file that includes it; the set's own file is the last."""

    files: list[File] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    shipped_at: Path = field(default_factory=shipped.rulesets_folder)

    @property
    def faults(self) -> list[Fault]:
        """Every fault noted so far, in all files."""
        return [fault for source in self.sources for fault in source.faults]


def find_rule_set(name_or_path: str) -> Path:
    """The file of a rule set named or given by path. Raises ``RequestError`` with near names where there is none."""
    given = Path(name_or_path)
    if given.is_file():
        return given
    named = shipped.rulesets_folder() / f"{name_or_path}.yaml"
    inside = named.resolve().is_relative_to(shipped.rulesets_folder().resolve())
    if inside and named.is_file():
        return named
    known = shipped_names()
    near = get_close_matches(name_or_path, known, n=3)
    hint = f"是不是 did you mean: {', '.join(near)}？" if near else f"自带的有 shipped: {', '.join(known)}"
    message = f"找不到规则集 unknown rule set {name_or_path!r}"
    raise RequestError(f"{message}. {hint} 也可以给出文件路径 or give the path of a .yaml file.")


def shipped_names() -> list[str]:
    """The names of the shipped rule sets, sorted; those in folders as ``folder/name``."""
    root = shipped.rulesets_folder()
    paths = (path.relative_to(root).with_suffix("") for path in root.rglob("*.yaml"))
    return sorted(path.as_posix() for path in paths if "cases" not in path.parts)


def gather(path: Path, shipped_at: Path | None = None) -> Files:
    """Read a rule set's file and all it includes. Faults are noted; only what is no YAML at all raises.

    ``shipped_at`` is where shipped sets are looked for, if not in this installation.
    """
    files = Files(shipped_at=shipped_at or shipped.rulesets_folder())
    _gather(path, files, trail=())
    return files


def _gather(path: Path, files: Files, trail: tuple[Path, ...]) -> None:
    here = path.resolve()
    if any(file.path == here for file in files.files):
        return
    source = read_source(path)
    files.sources.append(source)
    head = _head(source)
    if head is None:
        return
    for index, name in enumerate(head.include):
        included = _included(name, index, source, (*trail, here), files.shipped_at)
        if included is not None and len(files.sources) < MAX_FILES:
            _gather(included, files, (*trail, here))
        elif included is not None:
            source.fault(("include", index), f"包含的文件超过 {MAX_FILES} 个 more than {MAX_FILES} files included")
    files.files.append(File(here, source, head))


def _head(source: Source) -> RuleSetFile | None:
    if not isinstance(source.data, dict):
        message = "规则集是一组 键: 值 a rule set is a mapping of keys to values"
        source.fault((), message, "从 ruleset: 名称 写起 start with ruleset: name")
        return None
    try:
        head = RuleSetFile.model_validate(source.data)
    except ValidationError as error:
        note_faults(error, (), source, known=RuleSetFile.model_fields)
        head = _what_is_left(source.data, error)
    if _version(head.engine.removeprefix(">=")) > _version(__version__):
        message = f"需要 qa-pipeline {head.engine}，现在是 {__version__}  needs a newer engine"
        source.fault(("engine",), message, "升级 upgrade: pip install -U qa-pipeline")
    return head


def _what_is_left(data: dict[str, Any], error: ValidationError) -> RuleSetFile:
    """The file without its faulty keys, so that what the sound ones hold is checked in the same run."""
    faulty = {complaint["loc"][0] for complaint in error.errors(include_url=False) if complaint["loc"]}
    sound = {key: value for key, value in data.items() if key not in faulty}
    return RuleSetFile.model_validate({"ruleset": "faulty", "version": "0", **sound})


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _included(name: str, index: int, source: Source, trail: tuple[Path, ...], shipped_at: Path) -> Path | None:
    """The file that ``name`` means; ``trail`` are the files that include one another, down to the one that asks."""
    here = trail[-1]
    for root in (here.parent, here.parent.parent, shipped_at.resolve()):
        candidate = (root / f"{name}.yaml").resolve()
        if not candidate.is_relative_to(root) or not candidate.is_file():
            continue
        if candidate not in trail:
            return candidate
        source.fault(("include", index), f"循环包含 {name!r} includes itself", "删去这一行 remove this line")
        return None
    near = get_close_matches(name, shipped_names(), n=2)
    fix = f"是不是 did you mean: {' / '.join(near)}" if near else "放在同一文件夹里 put it in the same folder"
    source.fault(("include", index), f"找不到要包含的规则集 cannot find {name!r} to include", fix)
    return None
