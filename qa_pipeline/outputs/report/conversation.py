"""The transcript as a conversation: every hit marked where it was said, private parts masked, findings beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

from qa_pipeline.outputs.report.masking import CallMask
from qa_pipeline.text.privacy import PrivateSpan

Row: TypeAlias = Mapping[str, Any]
WHOLE = 0.4
"""Evidence without words that covers this share of the call is about the call, not about a moment."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding as the page shows it; ``number`` counts from 1 in time order. All texts are masked."""

    number: int
    row: Row
    quote: str
    matched: str
    note: str
    whole: bool

    @property
    def tone(self) -> str:
        """What the page colours it by: lost, bonus, alert or note."""
        points = self.row["points"] or 0
        if points < 0:
            return "lost"
        if points > 0:
            return "bonus"
        return "alert" if str(self.row["indicator"]).startswith("预警") else "note"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an utterance's text.

    ``marks`` are the findings that point at it, the narrowest first; ``ends`` those whose words end with it.
    ``private``: the text is a mask's label.
    """

    text: str
    marks: tuple[Finding, ...] = ()
    ends: tuple[Finding, ...] = ()
    private: bool = False


@dataclass
class Line:
    """One utterance. ``findings`` are those told below it; ``hit`` whether one points at it as a whole."""

    row: Row
    pieces: tuple[Piece, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    gap: float = 0.0
    overlaps: bool = False
    hit: bool = False

    @property
    def grouped(self) -> list[list[Finding]]:
        """The findings told below it, those of one rule together."""
        by_rule: dict[str, list[Finding]] = {}
        for finding in self.findings:
            by_rule.setdefault(finding.row["rule_id"], []).append(finding)
        return list(by_rule.values())


@dataclass(frozen=True, slots=True)
class Conversation:
    """``lines`` in time order, ``whole`` what concerns the whole call, ``findings`` all of them in time order."""

    lines: tuple[Line, ...]
    whole: tuple[Finding, ...]
    findings: tuple[Finding, ...]


def conversation(call: Row, utterances: Sequence[Row], findings: Sequence[Row], mask: CallMask) -> Conversation:
    """The conversation of one call."""
    ordered = sorted(findings, key=lambda row: (row["start_s"], row["end_s"], row["rule_id"]))
    shown = tuple(_finding(number, row, call, mask) for number, row in enumerate(ordered, 1))
    lines = [Line(row) for row in utterances]
    _timing(lines)
    marks: list[list[tuple[int, int, Finding]]] = [[] for _ in lines]
    for finding in shown:
        if not finding.whole and (at := _line_of(finding, lines)) is not None:
            lines[at].findings.append(finding)
            _mark(finding, lines, marks)
    for index, line in enumerate(lines):
        line.pieces = tuple(_pieces(line.row["text"], mask.spans(index), marks[index]))
    placed = {finding.number for line in lines for finding in line.findings}
    return Conversation(tuple(lines), tuple(f for f in shown if f.number not in placed), shown)


def _finding(number: int, row: Row, call: Row, mask: CallMask) -> Finding:
    length = (row["end_s"] or 0.0) - (row["start_s"] or 0.0)
    whole = bool(call["duration_s"]) and length > WHOLE * call["duration_s"] and not row["quote"]
    return Finding(number, row, mask.text(row["quote"]), mask.text(row["matched"]), mask.text(row["note"]), whole)


def _timing(lines: Sequence[Line]) -> None:
    heard_until = 0.0
    for line in lines:
        line.gap = max(0.0, line.row["start_s"] - heard_until)
        line.overlaps = line.row["start_s"] < heard_until - 0.3
        heard_until = max(heard_until, line.row["end_s"])


def _line_of(finding: Finding, lines: Sequence[Line]) -> int | None:
    """The utterance below which a finding stands: its speaker's own that holds what matched, else the first that it
    touches, else the last that had begun by then.
    """
    matched, role = finding.row["matched"], finding.row["role"]
    touched = [
        index
        for index, line in enumerate(lines)
        if role in (None, line.row["role"]) and _touches(finding.row, line.row)
    ]
    holding = [index for index in touched if matched and matched in lines[index].row["text"]]
    begun = [index for index, line in enumerate(lines) if line.row["start_s"] <= finding.row["start_s"]]
    return next(iter(holding), next(iter(touched), begun[-1] if begun else None))


def _touches(finding: Row, utterance: Row) -> bool:
    """Whether they share any time; evidence may be a single moment."""
    start, end = finding["start_s"], max(finding["end_s"], finding["start_s"] + 0.01)
    return bool(utterance["start_s"] < end and utterance["end_s"] > start)


def _mark(finding: Finding, lines: Sequence[Line], marks: Sequence[list[tuple[int, int, Finding]]]) -> None:
    """Mark what matched in every utterance of the speaker that the evidence touches; the line where it is not found."""
    matched, role = finding.row["matched"], finding.row["role"]
    for index, line in enumerate(lines):
        row = line.row
        if not _touches(finding.row, row) or role not in (None, row["role"]):
            continue
        at = _nearest(row, matched, finding.row["start_s"]) if matched else -1
        if at >= 0:
            marks[index].append((at, at + len(matched), finding))
        elif finding in line.findings and row["text"]:
            line.hit = True


def _nearest(row: Row, matched: str, start: float) -> int:
    """Where ``matched`` stands in the utterance; of several places the one nearest in time, at an even pace."""
    text, seconds = row["text"], max(0.01, row["end_s"] - row["start_s"])
    expected = (start - row["start_s"]) / seconds * len(text)
    places = []
    at = text.find(matched)
    while at >= 0:
        places.append(at)
        at = text.find(matched, at + 1)
    return min(places, key=lambda place: abs(place - expected), default=-1)


def _pieces(text: str, private: Sequence[PrivateSpan], marks: Sequence[tuple[int, int, Finding]]) -> Iterator[Piece]:
    """``text`` cut where a mark or a mask begins or ends; a masked stretch stays one piece, marked if any of it is."""
    hidden = [(span.start, span.end, span.kind.label) for span in private]
    edges = {0, len(text), *(edge for start, end, _ in hidden for edge in (start, end))}
    edges |= {edge for a, b, _ in marks for edge in (a, b) if not any(start < edge < end for start, end, _ in hidden)}
    labels = {(start, end): label for start, end, label in hidden}
    narrow_first = sorted(marks, key=lambda mark: (mark[1] - mark[0], mark[2].number))
    for start, end in pairwise(sorted(edges)):
        here = [(b, f) for a, b, f in narrow_first if a < end and b > start]
        label = labels.get((start, end))
        ends = tuple(sorted((f for b, f in here if start < b <= end), key=lambda f: f.number))
        yield Piece(label or text[start:end], tuple(f for _, f in here), ends, label is not None)
