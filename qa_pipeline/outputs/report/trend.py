"""This night beside earlier ones: a line for each, and what they come to together as the measure for this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.outputs.figures import EditionFigures, Figures, NightFigures, count_night
from qa_pipeline.outputs.night import Edition, Night, read_night
from qa_pipeline.outputs.words import WordCount, content_words

WORD_NIGHTS = 7
"""How many of the latest earlier nights the rising words are measured against."""


@dataclass(frozen=True, slots=True)
class Point:
    """One night under one rule-set version."""

    day: str
    edition: Edition
    figures: Figures


@dataclass(frozen=True, slots=True)
class Trend:
    """``points`` by day, this night's last. ``earlier`` are the earlier nights added up, by version.

    ``customer`` and ``agent`` count the words of the latest earlier nights.
    """

    points: tuple[Point, ...]
    earlier: dict[Edition, Figures]
    customer: WordCount
    agent: WordCount

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that judged these nights, as they came up."""
        return tuple(dict.fromkeys(point.edition.name for point in self.points))


def trend(night: NightFigures, history: Sequence[Path]) -> Trend:
    """The trend up to ``night`` over the scored folders of ``history``, in any order; ``night`` itself is left out."""
    here = night.night.folder.resolve()
    folders = list(dict.fromkeys(path.resolve() for path in history))
    earlier = sorted((count_night(read_night(path)) for path in folders if path != here), key=lambda n: n.day)
    sums: dict[Edition, Figures] = {}
    for each in earlier:
        for part in each.editions:
            sums.setdefault(part.edition, Figures()).merge(part.whole)
    customer, agent = WordCount(), WordCount()
    for each in earlier[-WORD_NIGHTS:]:
        count_words(each.night, customer, agent)
    points = [_point(each, part) for each in (*earlier, night) for part in each.editions]
    return Trend(tuple(points), sums, customer, agent)


def count_words(night: Night, customer: WordCount, agent: WordCount) -> None:
    """Count the content words of every call of ``night``, side by side."""
    said: dict[str, dict[str, set[str]]] = {row["recording_id"]: {} for row in night.calls}
    for recording, role, text in night.columns("utterances", ("recording_id", "role", "text")):
        if recording in said:
            said[recording].setdefault(role, set()).update(content_words(text))
    for sides in said.values():
        if sides:
            customer.add(sides.get("customer", ()))
            agent.add(sides.get("agent", ()))


def _point(night: NightFigures, part: EditionFigures) -> Point:
    return Point(night.day, part.edition, part.whole)
