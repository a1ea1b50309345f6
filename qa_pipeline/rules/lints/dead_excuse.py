"""``QA401`` 用不到的理由 an excuse that is never reached

Excuses are asked one after the other, the first that holds counts. One is never reached where

- the rule is a ``reward``: there is nothing to excuse;
- an earlier excuse of the rule has the same condition and the same reach;
- it has the id of an earlier one, so that no reason tells which it was;
- it is what the rule requires: where that is missing, so is the excuse.

With ``require``, ``near_s``, ``before_s`` and ``after_s`` have no effect: there is no hit to count from.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.packs import Part
from qa_pipeline.rules.phrasings import excuse_parts
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.schema import RuleFile
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING
_REACH = ("near_s", "before_s", "after_s")
_FIX = "删去或改写 take it out or rewrite it"


def check(subject: Subject) -> Iterator[Found]:
    """The excuses that the own file writes."""
    for rule_id, rule in subject.specs.items():
        parts = excuse_parts(subject.pack.rules[rule_id])
        for position, part in enumerate(parts):
            why = _why_dead(part, parts[:position], rule.spec) if subject.is_own(part.source) else ""
            if why:
                yield Found(part.source, part.where, why, _FIX, rule_id, str(part.value.get("id", "")))


def _why_dead(part: Part, earlier: list[Part], spec: RuleFile) -> str:
    excuse = part.value
    if spec.kind == "reward":
        return "加分的规则不看理由 a reward asks for no excuse"
    if excuse.get("id") in [other.value.get("id") for other in earlier]:
        return f"理由 {excuse.get('id')!r} 重名 an earlier excuse has this id"
    if _asked(excuse) in [_asked(other.value) for other in earlier]:
        return "和前面的理由一样，轮不到它 the same as an earlier excuse"
    if spec.kind == "require" and _condition(excuse) == spec.require:
        return "理由就是要求本身 the excuse is the requirement itself"
    if spec.kind == "require" and any(key in excuse for key in _REACH):
        return "require 的理由看整通电话，秒数不起作用 seconds have no effect: an excuse of a require looks everywhere"
    return ""


def _condition(excuse: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in excuse.items() if key not in ("id", "why", *_REACH)}


def _asked(excuse: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in excuse.items() if key not in ("id", "why")}
