"""What a condition sees of a call: the part its scope leaves, and an honest refusal where the call cannot show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Evidence, Role, Seconds, Span
from qa_pipeline.rules.schema import Scope


class CannotTell(Exception):  # noqa: N818 -- an answer, not an error
    """The call does not show what is asked; the message says why, in words a QA lead reads."""


@dataclass(frozen=True)
class View:
    """A call seen through a scope. ``role`` narrows whose words count, ``window`` when, ``turns`` which turns."""

    call: CallFeatures
    window: Span
    role: Role | None = None
    first_turns: int | None = None
    last_turns: int | None = None
    min_confidence: float = 0.0

    @classmethod
    def of(cls, call: CallFeatures, min_confidence: float = 0.0) -> View:
        """The whole call."""
        return cls(call, Span(0.0, call.duration), min_confidence=min_confidence)

    def scoped(self, scope: Scope | None) -> View:
        """This view narrowed by ``scope``; a role or a number of turns named there replaces the one above."""
        if scope is None:
            return self
        view = self
        if scope.role is not None:
            view = replace(view, role=Role(scope.role))
        if scope.turns is not None:
            view = replace(view, first_turns=scope.turns.first, last_turns=scope.turns.last)
        if scope.seconds is not None:
            view = view.between(*_seconds(scope.seconds.first, scope.seconds.last, self.call.duration))
        return view

    def between(self, start: Seconds, end: Seconds) -> View:
        """This view narrowed to ``[start, end]``."""
        start, end = max(start, self.window.start), min(end, self.window.end)
        return replace(self, window=Span(min(start, end), end))

    def passages(self, role: Role | None = None) -> Sequence[Passage]:
        """The turns in view whose words count, in order.

        Raises ``CannotTell`` where a role is asked for and nobody knows who is who, where the agent was not heard at
        all, or where the recogniser was too unsure of the words.
        """
        role = role or self.role
        self._refuse_what_was_not_heard(role)
        turns = [p for p in self.call.passages if role is None or p.role is role]
        if self.first_turns is not None:
            turns = turns[: self.first_turns]
        if self.last_turns is not None:
            turns = turns[-self.last_turns :]
        return [p for p in turns if p.end >= self.window.start and p.start <= self.window.end]

    def require_sides(self, what: str) -> None:
        """Raise ``CannotTell`` unless agent and customer were recorded apart."""
        if not self.call.roles_known:
            raise CannotTell(f"分不清客服和客户，无法判断{what} roles are unknown")
        if not self.call.sides_apart:
            raise CannotTell(f"单声道录音，无法判断{what} both sides share one channel")

    def shows(self, evidence: Evidence) -> bool:
        """Whether ``evidence`` begins within the view's window."""
        return self.window.start <= evidence.start <= self.window.end

    def _refuse_what_was_not_heard(self, role: Role | None) -> None:
        call = self.call
        if not call.utterances:
            raise CannotTell("没有识别到说话内容 no words were recognised")
        if role is not None and not call.roles_known:
            raise CannotTell("分不清客服和客户 roles are unknown")
        if role is Role.AGENT and not call.spoken(Role.AGENT):
            raise CannotTell("没有识别到客服说话 nothing the agent said was recognised")
        confidence = call.confidence(role)
        if confidence is not None and confidence < self.min_confidence:
            raise CannotTell(f"识别置信度低（{confidence:.2f}）the recogniser was unsure of the words")


def _seconds(first: Seconds | None, last: Seconds | None, duration: Seconds) -> tuple[Seconds, Seconds]:
    if first is not None:
        return 0.0, first
    return max(0.0, duration - (last or 0.0)), duration
