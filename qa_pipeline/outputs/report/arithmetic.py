"""The score's arithmetic, step by step, with each rule's title and the findings behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from qa_pipeline.outputs.report.conversation import Finding

Row: TypeAlias = Mapping[str, Any]
_STEP = re.compile(r"([+-]\d+(?:\.\d+)?) (.+)")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the sum. ``points`` "" and ``title`` the whole line where it is no rule's."""

    points: str
    title: str
    rule_id: str = ""
    findings: tuple[Finding, ...] = ()
    result: bool = False

    @property
    def taken(self) -> bool:
        """Whether points went."""
        return self.points.startswith("-")


def steps(call: Row, titles: Mapping[str, str], findings: Sequence[Finding]) -> Iterator[Step]:
    """The lines of ``calls.score_steps`` in order."""
    for line in (call["score_steps"] or "").splitlines():
        match = _STEP.fullmatch(line)
        if match is None:
            yield Step("", _spelled_out(line, titles), result=line.startswith("="))
            continue
        points, what = match.groups()
        behind = tuple(f for f in findings if f.row["rule_id"] == what) if what in titles else ()
        yield Step(points, titles.get(what, what), what if what in titles else "", behind)


def _spelled_out(line: str, titles: Mapping[str, str]) -> str:
    """A line that lists rules, with their titles in place of their ids."""
    head, colon, tail = line.partition(": ")
    names = tail.split(", ")
    if not colon or not all(name in titles for name in names):
        return line
    return f"{head}：{'、'.join(titles[name] for name in names)}"
