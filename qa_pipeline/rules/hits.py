"""Evidence whose words are cut out when somebody reads them.

A dense call has some 200 places at which a condition finds something, and 20 that a scorecard shows: of the others
only the times and the turn are ever asked.
"""

from __future__ import annotations

from typing import Any

from qa_pipeline.features import Passage
from qa_pipeline.records import Evidence, Role


class Hit(Evidence):
    """``passage.text[first:last]`` as evidence. To everybody who looks at it, the evidence that it stands for.

    Made by ``hit_in``. Called as a class, as ``dataclasses.replace`` calls it, it makes plain evidence.
    """

    __slots__ = ("_first", "_last", "_passage")
    _passage: Passage
    _first: int
    _last: int

    def __new__(cls, *args: Any, **fields: Any) -> Evidence:  # type: ignore[misc]
        """Plain evidence."""
        return Evidence(*args, **fields)

    @property
    def role(self) -> Role | None:
        """Whose words these are."""
        return self._passage.role

    @property
    def turn(self) -> int | None:
        """The index of the turn."""
        return self._passage.index

    @property
    def quote(self) -> str:
        """The utterances that the match touches."""
        return self._passage.quote(self._first, self._last)

    @property
    def matched(self) -> str:
        """The words as recognised."""
        return self._passage.matched(self._first, self._last)

    @property
    def confidence(self) -> float | None:
        """The recogniser's for these words."""
        return self._passage.confidence(self._first, self._last)

    @property
    def plain(self) -> Evidence:
        """The same, all cut out: what leaves a judging."""
        return Evidence(
            self.role, self.start, self.end, self.quote, self.matched, self.note, self.turn, self.confidence,
            self.operator, self.excuse,
        )  # fmt: skip


_new = object.__new__
_set_passage, _set_first, _set_last = (
    getattr(Hit, name).__set__ for name in ("_passage", "_first", "_last")
)  # Evidence is frozen; its slots are filled here, once
_set_start, _set_end, _set_note, _set_operator, _set_excuse = (
    getattr(Evidence, name).__set__ for name in ("start", "end", "note", "operator", "excuse")
)


def hit_in(passage: Passage, first: int, last: int, note: str = "", excuse: str = "") -> Hit:
    """``passage.text[first:last]`` (not empty) as evidence, by an operator still to be named."""
    hit: Hit = _new(Hit)
    _set_passage(hit, passage)
    _set_first(hit, first)
    _set_last(hit, last)
    start, end = passage.times(first, last)
    _set_start(hit, start)
    _set_end(hit, end)
    _set_note(hit, note)
    _set_operator(hit, "")
    _set_excuse(hit, excuse)
    return hit


def name(hit: Hit, operator: str) -> None:
    """Say who found it: once, by the condition that asked for it, before anybody else sees it."""
    _set_operator(hit, operator)


def plain(evidence: Evidence) -> Evidence:
    """``evidence`` with all its words cut out."""
    return evidence.plain if isinstance(evidence, Hit) else evidence
