"""The score's arithmetic, step by step, with each rule's title and the findings behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from qa_pipeline.outputs.report.conversation import Finding

Row: TypeAlias = Mapping[str, Any]
_RULE = re.compile(r"([+-]\d+(?:\.\d+)?) (.+)")
_BASE = re.compile(r"(\D+) (\d+(?:\.\d+)?)")
_RESULT = re.compile(r"= (\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the sum: ``points`` "" where it is a remark. ``listed`` are titles of rules that the line names."""

    points: str
    title: str
    rule_id: str = ""
    findings: tuple[Finding, ...] = ()
    listed: tuple[str, ...] = ()
    kind: str = ""


def steps(call: Row, titles: Mapping[str, str], findings: Sequence[Finding]) -> Iterator[Step]:
    """The lines of ``calls.score_steps`` in order."""
    for line in (call["score_steps"] or "").splitlines():
        yield _step(line, titles, findings)


def _step(line: str, titles: Mapping[str, str], findings: Sequence[Finding]) -> Step:
    if match := _RESULT.fullmatch(line):
        return Step(f"= {match[1]}", "得分 score", kind="total")
    if match := _RULE.fullmatch(line):
        points, what = match.groups()
        kind = "taken" if points.startswith("-") else "given"
        if what not in titles:
            return Step(points, what, kind=kind)
        behind = tuple(f for f in findings if f.row["rule_id"] == what and not f.whole)
        return Step(points, titles[what], what, behind, kind=kind)
    if match := _BASE.fullmatch(line):
        return Step(match[2], match[1], kind="base")
    head, colon, tail = line.partition(": ")
    names = tail.split(", ")
    if colon and all(name in titles for name in names):
        return Step("", head, listed=tuple(titles[name] for name in names))
    return Step("", line)
