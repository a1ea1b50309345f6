"""What one side says, a turn a line, so that one search runs over all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from qa_pipeline.features.passages import Passage
from qa_pipeline.text.fillers import without_fillers
from qa_pipeline.text.pinyin import as_heard

if TYPE_CHECKING:
    from qa_pipeline.features.grams import Grams


@dataclass(frozen=True, slots=True)
class Line:
    """The words of a turn, also in UTF-8. Where fillers are left out, ``places`` says where each character stood."""

    passage: Passage
    text: str
    encoded: bytes
    places: tuple[int, ...] | None = None

    @classmethod
    def of(cls, passage: Passage, text: str, places: tuple[int, ...] | None = None) -> Line:
        """A line with its bytes, as the expressions' engine reads them."""
        return cls(passage, text, text.encode(), places)

    def as_said(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` (not empty) stands in the words of the turn."""
        return (start, end) if self.places is None else (self.places[start], self.places[end - 1] + 1)


@dataclass(frozen=True)
class Lines:
    """The turns of one side, and then, ``squeezed``, those that have fillers once more without them."""

    spoken: Sequence[Line]
    squeezed: Sequence[Line] = ()

    @cached_property
    def all(self) -> Sequence[Line]:
        """All lines; the number of a line is its place here."""
        return [*self.spoken, *self.squeezed]

    @cached_property
    def grams(self) -> Grams:
        """What stands in which line."""
        from qa_pipeline.features.grams import grams_of

        return grams_of([line.text for line in self.all])

    @cached_property
    def text(self) -> str:
        """The turns as they were said, as one text."""
        return "\n".join(line.text for line in self.spoken)

    @cached_property
    def starts(self) -> Sequence[int]:
        """Where in ``text`` each turn begins."""
        starts = [0]
        for line in self.spoken:
            starts.append(starts[-1] + len(line.text) + 1)
        return starts[:-1]


def lines_of(passages: Sequence[Passage]) -> Lines:
    """The lines of ``passages``."""
    squeezed = [(passage, without_fillers(passage.text)) for passage in passages]
    return Lines(
        [Line.of(passage, passage.text) for passage in passages],
        [Line.of(passage, shorter.text, shorter.places) for passage, shorter in squeezed if shorter is not None],
    )


def sounds_of(passages: Sequence[Passage]) -> Lines:
    """How ``passages`` sound, in the codes of ``text.pinyin``; the turns as they were said only."""
    return Lines([Line.of(passage, as_heard(passage.text)) for passage in passages])
