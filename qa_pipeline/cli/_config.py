"""``qa-pipeline.toml``: options under the names that the command line has, for whoever runs the same thing every night.

::

    language = "zh"                 # 每个有这个选项的命令 every command that has this option

    [score]
    ruleset = "rulesets/ours.yaml"
    batch-size = 16

    [rules.diff]
    no-new-veto = true

The file is ``qa-pipeline.toml`` in the working folder, or what ``--config`` or ``QA_PIPELINE_CONFIG`` names. What
stands on the command line goes before it. Paths are as on the command line: from the working folder.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from qa_pipeline.errors import Fault, RequestError

FILE = "qa-pipeline.toml"
_NOT_THERE = {"help", "config", "version"}


class ConfigError(RequestError):
    """The configuration file cannot be used; says every fault with its line."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


def read_config(path: Path | None, root: TyperGroup) -> dict[str, Any]:
    """The defaults that the file gives to the commands of ``root``, nested as typer wants them.

    Without ``path``, that of the working folder if there is one. Raises ``RequestError`` where the file cannot be
    read, ``ConfigError`` for options and commands that do not exist.
    """
    if path is None:
        path = Path(FILE)
        if not path.is_file():
            return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise RequestError(f"{path}: 读不了这个配置文件 this configuration cannot be read: {why}") from None
    except tomllib.TOMLDecodeError as error:
        raise RequestError(f"{path}: 不是合法的 TOML is no valid TOML: {error}") from None
    reader = _Reader(path, text, [])
    defaults = reader.group(root, found, (), {})
    if reader.faults:
        raise ConfigError(tuple(sorted(reader.faults)))
    return defaults


@dataclass
class _Reader:
    """One reading of one file; ``faults`` gathers what is wrong with it."""

    path: Path
    text: str
    faults: list[Fault]

    def group(
        self, group: TyperGroup, table: Mapping[str, Any], place: tuple[str, ...], shared: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The defaults of the commands below ``group``; plain keys of ``table`` hold for all that have the option."""
        plain = {key: value for key, value in table.items() if key not in group.commands}
        known = {name for command in _below(group) for name in _options(command)}
        for key in plain.keys() - known:
            self._unknown(key, place, {*known, *group.commands})
        shared = {**shared, **plain}
        return {
            name: self._command(command, table.get(name, {}), (*place, name), shared)
            for name, command in group.commands.items()
        }

    def _command(self, command: Any, table: Any, place: tuple[str, ...], shared: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(table, dict):
            self._fault(place[-1], place[:-1], f"写成表 write a table: [{'.'.join(place)}]")
            return {}
        if isinstance(command, TyperGroup):
            return self.group(command, table, place, shared)
        options = _options(command)
        for key in table.keys() - options.keys():
            self._unknown(key, place, set(options))
        given = {name: value for name, value in {**shared, **table}.items() if name in options}
        return {options[name].name: self._value(options[name], name, value, place) for name, value in given.items()}

    def _value(self, option: Any, name: str, value: Any, place: tuple[str, ...]) -> Any:
        """``value`` as typer takes a default: a list only where the option may be repeated."""
        many = getattr(option, "multiple", False) or option.nargs == -1
        if isinstance(value, dict) or (isinstance(value, list) and not many):
            self._fault(name, place, f"`{name}` 只能有一个值 takes one value")
            return None
        if many and not isinstance(value, list):
            return [value]
        return value if isinstance(value, list | bool) else str(value)

    def _unknown(self, key: str, place: tuple[str, ...], known: set[str]) -> None:
        near = get_close_matches(key, sorted(known), n=2)
        hint = f"是不是 did you mean: {', '.join(near)}？" if near else f"可用 known: {', '.join(sorted(known))}"
        where = f" [{'.'.join(place)}]" if place else ""
        self._fault(key, place, f"没有这个选项 unknown option `{key}`{where}", hint)

    def _fault(self, key: str, place: tuple[str, ...], message: str, fix: str = "") -> None:
        self.faults.append(Fault(str(self.path), self._line(key, place), 1, message, fix))

    def _line(self, key: str, place: tuple[str, ...]) -> int:
        """The line on which ``key`` stands in its table: TOML's reader does not tell."""
        header = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
        current: tuple[str, ...] = ()
        for number, line in enumerate(self.text.splitlines(), 1):
            if match := header.match(line):
                current = tuple(part.strip(" \"'") for part in match[1].split("."))
                if current == (*place, key):
                    return number
            elif current == place and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line):
                return number
        return 0


def _below(group: TyperGroup) -> Iterator[Any]:
    for command in group.commands.values():
        if isinstance(command, TyperGroup):
            yield from _below(command)
        else:
            yield command


def _options(command: Any) -> dict[str, Any]:
    """What may be set of a command, by the name that a person types: ``--batch-size`` is ``batch-size``."""
    named = ((next((o for o in p.opts if o.startswith("--")), p.name or ""), p) for p in command.params)
    return {name.removeprefix("--"): p for name, p in named if name.removeprefix("--") not in _NOT_THERE}
