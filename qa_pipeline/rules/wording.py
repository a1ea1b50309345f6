"""A condition as written, put into words for a QA lead who reads no YAML: Markdown list items, nested.

Operators are called by the Chinese name at the head of their manual; what a condition holds is listed under it.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from qa_pipeline.rules.conditions import COMBINATORS
from qa_pipeline.rules.operators import operator, operator_names

_WHO = {"agent": "客服", "customer": "客户", "unknown": "未知"}
_COMBINED = {"all": "全部成立 all of", "any": "至少一个成立 any of", "none": "一个都没有 none of"}
_PHASES = {"opening": "开头", "body": "中间", "closing": "结尾"}
_SIDES = {"before": "之前 before", "after": "之后 after", "around": "前后 around"}
_WHICH = {"any": "任何一处", "each": "每一处", "first": "第一处", "last": "最后一处"}
_UNITS = {"seconds": "秒", "turns": "话轮"}
_TERMS = {
    **{"at_least": "至少", "at_most": "至多", "min_chars": "至少几个字", "by": "谁"},
    **{"max_s": "超过几秒", "min_s": "至少几秒"},
    **{"min_overlap_s": "重叠至少几秒", "ignore_first_s": "开头几秒不看", "ignore_last_s": "最后几秒不看"},
    **{"max_per_100": "每百字超过", "min_count": "至少几次", "max_per_minute": "每分钟超过几个字"},
    **{"field": "字段", "is": "是", "is_not": "不是", "one_of": "其中之一", "match": "比对", "rule": "规则"},
    **{"seconds": "秒内", "turns": "话轮内", "within_s": "几秒内", "kind": "种类", "ordered": "按次序"},
}
_CHINESE_NAME = re.compile(r"``\w+`` \((.+?)\)")


@dataclass(frozen=True, slots=True)
class Words:
    """Puts conditions into words; ``names`` are what ``$name`` stands for: lists of phrases and single values."""

    names: Mapping[str, Any]

    def condition(self, raw: Any, depth: int = 0) -> Iterator[str]:
        """The condition as list items, its parts indented under it."""
        if not isinstance(raw, dict):
            yield _item(depth, str(raw))
            return
        own = {key: value for key, value in raw.items() if key == "within" or key in COMBINATORS or _is_operator(key)}
        name = next((key for key in own if key != "within"), "")
        beside = "".join(f"`{raw[key]}`：" for key in ("id",) if key in raw)
        where = f"（{self.scope(raw['within'])}）" if "within" in raw else ""
        if name in COMBINATORS:
            yield _item(depth, f"{beside}{_COMBINED[name]}{where}：")
            for part in raw[name]:
                yield from self.condition(part, depth + 1)
        else:
            yield from self._operator(name, raw.get(name) or {}, beside, where, depth)
        if "within" in raw:
            yield from self.anchor(raw["within"], depth + 1)

    def _operator(self, name: str, given: Any, beside: str, where: str, depth: int) -> Iterator[str]:
        parameters = dict(given) if isinstance(given, dict) else {}
        who = _WHO.get(parameters.pop("role", ""), "")
        said = self._said(name, parameters)
        held = {key: value for key, value in parameters.items() if _holds_conditions(value)}
        rest = [f"{_TERMS.get(key, key)}: {self.value(value)}" for key, value in parameters.items() if key not in held]
        about = f"（{', '.join(rest)}）" if rest else ""
        yield _item(depth, f"{beside}{who}{chinese_name(name)} `{name}`{about}{where}{said}")
        for value in held.values():
            for part in value if isinstance(value, list) else [value]:
                yield from self.condition(part, depth + 1)

    def _said(self, name: str, parameters: dict[str, Any]) -> str:
        """What is listened for, taken out of the parameters."""
        if name == "pattern" and isinstance(parameters.get("regex"), str):
            return f"：{_code(str(self.named(parameters.pop('regex'))))}"
        phrases = parameters.get("any")
        if isinstance(phrases, list) and all(isinstance(phrase, str) for phrase in phrases):
            parameters.pop("any")
            return f"：{self.phrases(phrases)}"
        return ""

    def phrases(self, phrases: list[str]) -> str:
        """A list of phrases, a lexicon by its name and size."""
        return "、".join(self._phrase(phrase) for phrase in phrases)

    def _phrase(self, phrase: str) -> str:
        named = self.names.get(phrase[1:]) if phrase.startswith("$") else None
        if isinstance(named, list):
            return f"词表 `{phrase}`（{len(named)} 个）"
        return plain(phrase)

    def value(self, value: Any) -> str:
        """A parameter's value; what a name stands for before the name."""
        if isinstance(value, list):
            return "、".join(self.value(item) for item in value)
        if isinstance(value, str) and value.startswith("$") and value[1:] in self.names:
            named = self.names[value[1:]]
            return f"词表 `{value}`" if isinstance(named, list) else f"{named} `{value}`"
        if isinstance(value, bool):
            return "true" if value else "false"
        return _WHO.get(str(value), plain(str(value)))

    def named(self, value: Any) -> Any:
        """What ``$name`` stands for; anything else is itself."""
        return self.names.get(value[1:], value) if isinstance(value, str) and value.startswith("$") else value

    def scope(self, raw: Any) -> str:
        """Which part of the call is looked at, on one line; a condition beside which to look is only announced."""
        return "，".join(self._scope_parts(raw)) if isinstance(raw, dict) else plain(str(raw))

    def _scope_parts(self, raw: dict[str, Any]) -> Iterator[str]:
        for key, value in raw.items():
            match key:
                case "role":
                    yield f"只看{_WHO.get(value, value)}"
                case "turns" | "seconds" if isinstance(value, dict):
                    unit = "话轮" if key == "turns" else "秒"
                    end, many = next(iter(value.items()), ("first", ""))
                    yield f"{'前' if end == 'first' else '最后'} {self.value(many)} {unit}"
                case "share" if isinstance(value, dict):
                    yield f"通话的 {float(value.get('from', 0)):.0%}–{float(value.get('to', 1)):.0%}"
                case "phase":
                    yield f"{_PHASES.get(value, value)}阶段"
                case "before" | "after" | "around" if isinstance(value, dict):
                    yield self._side(key, value)
                case _:
                    yield f"{key}: {self.value(value)}"

    def _side(self, key: str, raw: dict[str, Any]) -> str:
        near = [f"，{self.value(raw[unit])} {name}内" for unit, name in _UNITS.items() if unit in raw]
        which = raw.get("which", "any")
        return f"下面这一条的{_WHICH.get(str(which), f'第 {which} 处')}{_SIDES[key]}{''.join(near)}"

    def anchor(self, scope: Any, depth: int) -> Iterator[str]:
        """The condition beside whose hits a scope looks, as list items; nothing where it has none."""
        for side in _SIDES:
            if isinstance(scope, dict) and isinstance(scope.get(side), dict):
                yield from self.condition(scope[side], depth)


def plain(text: str) -> str:
    """Text that Markdown shows as it is written."""
    return re.sub(r"([\\`*<>|\[\]])", r"\\\1", text)


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def _item(depth: int, text: str) -> str:
    return f"{'  ' * depth}- {text}"


def _is_operator(name: str) -> bool:
    return name in operator_names()


def _holds_conditions(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return bool(parts) and all(
        isinstance(part, dict) and any(key in COMBINATORS or _is_operator(key) for key in part) for part in parts
    )


@cache
def chinese_name(name: str) -> str:
    """What the operator's manual calls it first: 静音 of ``dead_air`` (静音、冷场)."""
    if not _is_operator(name):
        return name
    manual = inspect.cleandoc(sys.modules[operator(name).__module__].__doc__ or "")
    called = _CHINESE_NAME.match(manual)
    return called[1].split("、")[0] if called else name
