"""``QA407`` 永远不成立的条件 a condition that can never hold

- ``all`` asks for something, and for ``none`` of the same;
- ``count`` with ``at_least`` over ``at_most``;
- ``share`` that ends before it begins;
- ``when`` asks for the very thing that the rule requires: then the rule can only pass.

    all: [{phrase: {any: [投诉]}}, {none: [{phrase: {any: [投诉]}}]}]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.source import Where
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.ERROR
_FIX = "改写条件 rewrite the condition"


def check(subject: Subject) -> Iterator[Found]:
    """The conditions that the own file writes."""
    for raw, rule in subject.own_rules:
        spec = rule.spec
        for key, part in raw.parts.items():
            if key in ("when", "within", "unless", spec.kind) and subject.is_own(part.source):
                for where, why in _dead(part.value, part.where):
                    yield Found(part.source, where, why, _FIX, spec.id)
        if spec.when is not None and spec.when == spec.require:
            yield subject.at_rule(raw, "when", "when 就是要求本身，规则永远通过 the rule always passes", _FIX)


def _dead(value: Any, where: Where) -> Iterator[tuple[Where, str]]:
    if isinstance(value, dict):
        if isinstance(value.get("all"), list) and _contradicts(value["all"]):
            yield (*where, "all"), "all 里又要又不要同一件事 asks for a thing and for none of it"
        for name, low, high in (("count", "at_least", "at_most"), ("share", "from", "to")):
            bounds = value.get(name)
            if isinstance(bounds, dict) and _crossed(bounds.get(low), bounds.get(high)):
                yield (*where, name), f"{low} 大于 {high}，永远不成立 {low} is over {high}"
    for key, inner in _inside(value):
        yield from _dead(inner, (*where, key))


def _inside(value: Any) -> list[tuple[str | int, Any]]:
    return list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())


def _contradicts(parts: list[Any]) -> bool:
    denied = [part for each in parts if isinstance(each, dict) for part in each.get("none") or ()]
    return any(part in denied for part in parts)


def _crossed(low: Any, high: Any) -> bool:
    return isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high
