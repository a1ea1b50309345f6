"""``within``: which part of the call a condition looks at.

In a rule set::

    within: {role: agent, turns: {first: 2}}
    within: {phase: closing}
    within: {share: {from: 0.0, to: 0.2}}
    within:
      after: {phrase: {role: customer, any: [投诉]}, which: first, turns: 3}

All that is named holds at once. ``before``, ``after`` and ``around`` look beside the hits of another condition, for
so many ``seconds`` or ``turns`` (to the end of the call where neither is given). ``which`` says beside which of them:
``any`` (the default), ``each``, ``first``, ``last``, or a number (the n-th). Where that condition has no hit there is
no place to look: a rule that hangs on it alone does not apply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from sys import intern
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from qa_pipeline.features import CallFeatures
from qa_pipeline.records import Evidence, Role, Seconds, Span
from qa_pipeline.rules.schema import Strict
from qa_pipeline.rules.verdict import Condition
from qa_pipeline.rules.view import View

OPENING_S: Seconds = 20.0
"""The opening lasts until the customer's first turn ends, or this long after the answer where he says nothing."""

SIDES: tuple[Literal["before", "after", "around"], ...] = ("before", "after", "around")
"""Where to look beside the hits of another condition."""

CLOSING_TURNS = 3
"""The closing is the last turns of the call, this many."""


class Phase(StrEnum):
    """A part of the call: 开头 / 中间 / 结尾."""

    OPENING = "opening"
    BODY = "body"
    CLOSING = "closing"


class OneEnd(Strict):
    """The first or the last of something, one of the two."""

    first: float | None = None
    last: float | None = None

    @model_validator(mode="after")
    def _one_end(self) -> OneEnd:
        if (self.first is None) == (self.last is None):
            raise ValueError("写 first 或 last 之一 give either first or last")
        return self


class TurnScope(OneEnd):
    """The first or the last so many turns of the role in question (of everybody where none is)."""

    first: Annotated[int, Field(ge=1)] | None = None
    last: Annotated[int, Field(ge=1)] | None = None


class SecondScope(OneEnd):
    """The first or the last seconds of the recording; the first begin where the call is answered."""

    first: Annotated[Seconds, Field(gt=0)] | None = None
    last: Annotated[Seconds, Field(gt=0)] | None = None


class ShareScope(Strict):
    """A stretch of the call as shares of its length, 0 to 1."""

    from_share: float = Field(default=0.0, ge=0, le=1, alias="from")
    to_share: float = Field(default=1.0, ge=0, le=1, alias="to")


class AnchorFile(Strict):
    """What is written beside an anchor's condition."""

    which: Literal["any", "each", "first", "last"] | Annotated[int, Field(ge=1)] = "any"
    seconds: Seconds | None = Field(default=None, gt=0)
    turns: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_limit(self) -> AnchorFile:
        if self.seconds is not None and self.turns is not None:
            raise ValueError("seconds 和 turns 只能写一个 give either seconds or turns")
        return self


class ScopeFile(Strict):
    """``within`` as written."""

    role: Literal["agent", "customer"] | None = None
    turns: TurnScope | None = None
    seconds: SecondScope | None = None
    share: ShareScope | None = None
    phase: Phase | None = None
    before: Any = None
    after: Any = None
    around: Any = None

    @model_validator(mode="after")
    def _coherent(self) -> ScopeFile:
        if sum(side is not None for side in (self.before, self.after, self.around)) > 1:
            raise ValueError("before、after、around 只能写一个 give one of before, after, around")
        return self


@dataclass(frozen=True, slots=True)
class Anchor:
    """The hits of another condition, and how far from them to look."""

    side: Literal["before", "after", "around"]
    condition: Condition
    file: AnchorFile

    def chosen(self, hits: Sequence[Evidence]) -> Sequence[Evidence]:
        """The hits beside which to look."""
        which = self.file.which
        if which in ("any", "each"):
            return hits
        position = 0 if which == "first" else -1 if which == "last" else int(which) - 1
        return [hits[position]] if -len(hits) <= position < len(hits) else []

    def beside(self, hit: Evidence, view: View) -> View:
        """The view narrowed to the place beside ``hit``."""
        before, after = self.side in ("before", "around"), self.side in ("after", "around")
        if self.file.turns is not None and hit.turn is not None:
            low = hit.turn - (self.file.turns if before else -1)
            high = hit.turn + (self.file.turns if after else -1)
            return _narrow_turns(view, low if before or self.side == "after" else hit.turn, high)
        reach = self.file.seconds if self.file.seconds is not None else view.call.duration
        start = hit.start - reach if before else hit.end
        end = hit.end + reach if after else hit.start
        return view.between(start, end)


def _narrow_turns(view: View, low: int, high: int) -> View:
    if view.turn_range:
        low, high = max(low, view.turn_range[0]), min(high, view.turn_range[1])
    turns = view.call.passages[max(0, low) : max(0, high + 1)]
    if not turns:
        return view.but(turn_range=(low, high), window=Span(view.window.start, view.window.start))
    start, end = max(turns[0].start, view.window.start), min(max(p.end for p in turns), view.window.end)
    return view.but(turn_range=(low, high), window=Span(min(start, end), end))


@dataclass(frozen=True)
class Scope:
    """A scope ready to be applied."""

    file: ScopeFile
    anchor: Anchor | None = None

    @cached_property
    def key(self) -> str:
        """What ``narrow`` does, as written: a view is narrowed once by all scopes that do the same."""
        return intern(repr(self.file.model_copy(update=dict.fromkeys(SIDES))))

    @property
    def role(self) -> Role | None:
        """Whose words it narrows to, if anybody's."""
        return None if self.file.role is None else Role(self.file.role)

    def narrow(self, view: View) -> View:
        """``view`` narrowed by all but the anchor; a role or a number of turns replaces the one above."""
        file = self.file
        if file.role is not None:
            view = view.but(role=Role(file.role))
        if file.turns is not None:
            view = view.but(first_turns=file.turns.first, last_turns=file.turns.last)
        duration = view.call.duration
        if file.seconds is not None and file.seconds.first is not None:
            view = view.between(view.call.answered_at, view.call.answered_at + file.seconds.first)
        elif file.seconds is not None and file.seconds.last is not None:
            view = view.between(duration - file.seconds.last, duration)
        if file.share is not None:
            view = view.between(file.share.from_share * duration, file.share.to_share * duration)
        return view if file.phase is None else _phase(view, file.phase)


def _phase(view: View, phase: Phase) -> View:
    """The part of the call that ``phase`` means."""
    return _narrow_turns(view, *view.call.once(_turns_of_phase, phase)) if view.call.passages else view


def _turns_of_phase(call: CallFeatures, phase: Phase) -> tuple[int, int]:
    """The first and the last turn of ``phase``; each ends where the next begins."""
    turns = call.passages
    first_customer = next((p for p in turns if p.role is Role.CUSTOMER), None)
    opening_s = call.answered_at + OPENING_S
    begun = max((p.index for p in turns if p.start <= opening_s), default=0)
    last_opening = first_customer.index if first_customer else begun
    first_closing = max(last_opening + 1, len(turns) - CLOSING_TURNS)
    if phase is Phase.OPENING:
        return 0, last_opening
    if phase is Phase.CLOSING:
        return first_closing, len(turns)
    return last_opening + 1, first_closing - 1
