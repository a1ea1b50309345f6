"""A YAML file a person wrote, read as plain data with the place of every part.

Only data is accepted: no tags, no anchors or aliases (so no alias bombs), no duplicate keys, bounded size and depth.
All faults of a file are collected, each with its line and column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from qa_pipeline.errors import Fault, RuleSetError

MAX_BYTES = 2_000_000
MAX_DEPTH = 40

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it (every wheel is): ten times as fast, and the same places."""

_TEXT = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp")

Where: TypeAlias = tuple[str | int, ...]
"""A place in the data: the keys and indices that lead there."""


@dataclass
class Source:
    """``data`` as plain dicts, lists and scalars; ``places`` gives line and column (from 1) of every part."""

    path: str
    data: Any = None
    places: dict[Where, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, where: Where, message: str, fix: str = "") -> Fault:
        """Note a fault at ``where``, or at the nearest part above it that is written in the file."""
        while where and where not in self.places:
            where = where[:-1]
        line, column = self.places.get(where, (0, 0))
        fault = Fault(self.path, line, column, message, fix)
        self.faults.append(fault)
        return fault


def read_source(path: Path, shown_as: str | None = None) -> Source:
    """Read a YAML file. What can be faulted without knowing the schema is in ``faults`` (``data`` may be partial).

    Raises ``RuleSetError`` where the file cannot be read as YAML at all.
    """
    source = Source(shown_as or str(path))
    text = _text_of(path, source)
    try:
        _look_over(text, source)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise RuleSetError([_syntax_fault(source.path, error)]) from None
    if node is None:
        raise RuleSetError([Fault(source.path, 0, 0, "文件是空的 the file is empty")])
    source.data = _plain(node, (), source)
    return source


def _text_of(path: Path, source: Source) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RuleSetError([Fault(source.path, 0, 0, f"读不到文件 cannot be read: {error.strerror}")]) from None
    if len(raw) > MAX_BYTES:
        raise RuleSetError([Fault(source.path, 0, 0, f"文件超过 {MAX_BYTES} 字节 larger than {MAX_BYTES} bytes")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        fault = Fault(source.path, 0, 0, "不是 UTF-8 not UTF-8 text", "另存为 UTF-8 编码 save it as UTF-8")
        raise RuleSetError([fault]) from None


def _syntax_fault(path: str, error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    problem = getattr(error, "problem", None) or str(error)
    message = f"不是合法的 YAML not valid YAML: {problem}"
    return Fault(path, line, column, message, "检查缩进、引号和冒号 check indent, quotes and colons")


def _look_over(text: str, source: Source) -> None:
    """Refuse aliases, and nesting on which a parser that recurses would break."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > 2 * MAX_DEPTH:
            raise RuleSetError([Fault(source.path, 0, 0, "嵌套太深 nested too deeply")])
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            mark = event.start_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
            fault = Fault(
                source.path,
                line,
                column,
                "不支持锚点和别名 anchors and aliases (& *) are not supported",
                "用 lexicons 和 $名称 代替 use a lexicon and $name",
            )
            raise RuleSetError([fault])


def _plain(node: yaml.Node, where: Where, source: Source) -> Any:
    source.places[where] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if len(where) > MAX_DEPTH:
        source.fault(where, "嵌套太深 nested too deeply")
        return None
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, where, source))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*where, index), source) for index, child in enumerate(node.value)]
    return _scalar(node, where, source)


def _pairs(node: yaml.MappingNode, where: Where, source: Source) -> Iterator[tuple[str, Any]]:
    seen: dict[str, int] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else None
        line = key_node.start_mark.line + 1
        if key is None or key_node.tag == "tag:yaml.org,2002:merge":
            source.fault(where, f"第 {line} 行的键不是普通名称 the key on line {line} is not a plain name")
            continue
        if key in seen:
            source.places[(*where, key)] = (line, key_node.start_mark.column + 1)
            message = f"键重复 duplicate key {key!r}, first on line {seen[key]}"
            source.fault((*where, key), message, "删去一个 remove one")
            continue
        seen[key] = line
        value = _plain(value_node, (*where, key), source)
        source.places[(*where, key)] = (line, key_node.start_mark.column + 1)
        yield key, value


def _scalar(node: yaml.Node, where: Where, source: Source) -> Any:
    if node.tag in _TEXT:  # nearly everything: no need of a loader of its own
        return str(node.value)
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError):
        message = f"不支持的写法 not plain data: {node.tag}"
        source.fault(where, message, "写成普通文字或数字 write plain text or a number")
        return None
