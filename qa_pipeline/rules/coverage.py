"""What the cases of a run do not exercise: rules, excuses, phrases. Each is counted once, however many sets include it.

A rule is exercised where a case makes it fire, and where one shows it silent; an excuse where it is the reason of a
case's outcome; a phrase where somebody says it in a case of a rule that lists it. Known gaps (``todo``) do not count
while they are gaps. Expressions have no parts to count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from qa_pipeline.errors import RequestError
from qa_pipeline.records import Role
from qa_pipeline.rules.cases import Case, as_shown
from qa_pipeline.rules.phrasings import excuse_parts, phrasings_of
from qa_pipeline.rules.report import Status as Shown
from qa_pipeline.rules.source import Source, Where
from qa_pipeline.rules.testing import SetReport, Status
from qa_pipeline.text.normalise import normalise


class Kind(StrEnum):
    """What is counted."""

    FIRES = "fires"
    SILENT = "silent"
    EXCUSES = "excuses"
    PHRASES = "phrases"


NAMES = {
    Kind.FIRES: "有用例让它报的规则 rules that fire",
    Kind.SILENT: "有用例证明沉默的规则 rules shown silent",
    Kind.EXCUSES: "用到的理由 excuses used",
    Kind.PHRASES: "说到的短语 phrases said",
}


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One thing that a case may exercise, and where it is written."""

    kind: Kind
    file: str
    line: int
    column: int
    rule_id: str
    name: str

    @property
    def place(self) -> str:
        """``file:line:column``."""
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def label(self) -> str:
        """The rule, and what of it."""
        return f"{self.rule_id} {self.name}".rstrip()


@dataclass(frozen=True)
class Coverage:
    """The points of a run, each with whether a case exercises it."""

    points: Mapping[Point, bool]

    def counts(self, kind: Kind) -> tuple[int, int]:
        """How many points of a kind are exercised, and how many there are."""
        found = [covered for point, covered in self.points.items() if point.kind is kind]
        return sum(found), len(found)

    def percent(self, kind: Kind) -> float:
        """The share exercised, in per cent; 100 where there is nothing to exercise."""
        covered, total = self.counts(kind)
        return 100 * covered / total if total else 100.0

    def missing(self, kind: Kind) -> list[Point]:
        """The points of a kind that no case exercises, in file order."""
        return sorted(point for point, covered in self.points.items() if point.kind is kind and not covered)

    def line(self, kind: Kind) -> str:
        """One kind in words."""
        covered, total = self.counts(kind)
        return f"{NAMES[kind]} {covered}/{total} ({self.percent(kind):.0f}%)"


def coverage_of(reports: Sequence[SetReport]) -> Coverage:
    """The coverage of a run; a point is exercised where the cases of any set exercise it."""
    points: dict[tuple[Kind, str, Where], tuple[Point, bool]] = {}
    for report in reports:
        for (kind, source, where, rule_id, name), covered in _points(report):
            file = as_shown(Path(source.path).resolve()).as_posix()
            point = Point(kind, file, *source.places.get(where, (0, 0)), rule_id, name)
            before, already = points.get((kind, file, where), (point, False))
            points[kind, file, where] = (before, already or covered)
    return Coverage(dict(points.values()))


_Counted: TypeAlias = tuple[Kind, Source, Where, str, str]
"""What is counted, where it is written, the rule's id and its own name."""


def _points(report: SetReport) -> Iterator[tuple[_Counted, bool]]:
    """What one set's cases may exercise, and whether they do."""
    held = [result for result in report.results if result.status in (Status.PASSED, Status.CLOSED)]
    reasons: dict[str, str] = {}
    said: dict[str, list[dict[str, str]]] = {}
    for result in held:
        rule_id = result.case.rule_id
        reasons[rule_id] = reasons.get(rule_id, "") + result.outcome.reason
        said.setdefault(rule_id, []).append(_words(result.case))
    for rule_id in report.rules:
        raw = report.pack.rules[rule_id]
        for kind, lacking in ((Kind.FIRES, report.never_fires), (Kind.SILENT, report.never_silent)):
            yield (kind, raw.source, (*raw.where, "id"), rule_id, ""), rule_id not in lacking
        for part in excuse_parts(raw):
            name = str(part.value.get("id", ""))
            used = f"（{name}）" in reasons.get(rule_id, "")
            yield (Kind.EXCUSES, part.source, part.where, rule_id, name), used
        for each in phrasings_of(raw, report.pack):
            if each.operator == "phrase" and each.slot in ("require", "forbid", "reward"):
                exercised = any(each.text in words[each.role] for words in said.get(rule_id, ()))
                yield (Kind.PHRASES, each.source, each.where, rule_id, each.written), exercised


def _words(case: Case) -> dict[str, str]:
    """What each role says in a case, as heard; everybody under no name."""
    spoken = case.transcript.utterances
    by_role = {role.value: "".join(u.text for u in spoken if u.role is role) for role in Role}
    return {role: normalise(text).text for role, text in {**by_role, "": "\n".join(u.text for u in spoken)}.items()}


@dataclass(frozen=True, slots=True)
class Floor:
    """A coverage that must be reached, in per cent."""

    kind: Kind
    percent: float


def read_floors(written: Sequence[str]) -> list[Floor]:
    """``90`` (rules, fires and silent), or ``phrases=40``. Raises ``RequestError`` for anything else."""
    floors: list[Floor] = []
    for each in written:
        name, equals, number = each.rpartition("=")
        try:
            kinds = [Kind(name)] if equals else [Kind.FIRES, Kind.SILENT]
            percent = float(number)
        except ValueError:
            known = ", ".join(Kind)
            message = f"写成 write --fail-under 90 或 or --fail-under WHAT=90 (got {each!r}). WHAT: {known}"
            raise RequestError(message) from None
        if not 0 <= percent <= 100:
            raise RequestError(f"百分比在 0 到 100 之间 a percentage lies between 0 and 100 (got {each!r})")
        floors += [Floor(kind, percent) for kind in kinds]
    return floors


def reached(coverage: Coverage, floor: Floor) -> Shown:
    """Whether the floor is reached."""
    return Shown.PASSED if coverage.percent(floor.kind) >= floor.percent else Shown.FAILED
