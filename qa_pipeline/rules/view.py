"""What a condition sees of a call: the part its scope leaves, and an honest refusal where the call cannot show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Evidence, Role, RuleOutcome, Seconds, Span
from qa_pipeline.rules.guards import guard_for
from qa_pipeline.rules.index import Texts
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.schema import Guard

MAX_LOST_SHARE = 0.2
"""Where more than this share of the speech in view was not understood, neither presence nor absence can be told."""


class CannotTell(Exception):  # noqa: N818 -- an answer, not an error
    """The call does not show what is asked; the message says why, in words a QA lead reads."""


def _no_outcomes(rule_id: str) -> RuleOutcome:
    raise CannotTell(f"没有规则 {rule_id} 的结果 no outcome of rule {rule_id}")


@dataclass(frozen=True)
class View:
    """A call seen through a scope.

    ``role`` narrows whose words count, ``window`` which seconds, ``turn_range`` which turns by index (inclusive),
    ``first_turns`` / ``last_turns`` how many of the role's own turns. ``outcome_of`` gives another rule's outcome,
    ``texts`` what the rule set's index found in each turn, ``asking`` names the operator that looks.
    """

    call: CallFeatures
    window: Span
    role: Role | None = None
    first_turns: int | None = None
    last_turns: int | None = None
    turn_range: tuple[int, int] | None = None
    min_confidence: float = 0.0
    guards: frozenset[Guard] = frozenset()
    asking: str = ""
    outcome_of: Callable[[str], RuleOutcome] = field(default=_no_outcomes, compare=False)
    texts: Texts | None = field(default=None, compare=False)

    @classmethod
    def of(cls, call: CallFeatures, min_confidence: float = 0.0) -> View:
        """The whole call."""
        return cls(call, Span(0.0, call.duration), min_confidence=min_confidence)

    def between(self, start: Seconds, end: Seconds) -> View:
        """This view narrowed to ``[start, end]``; an empty one where they do not meet."""
        start, end = max(start, self.window.start), min(end, self.window.end)
        return self.but(window=Span(min(start, end), end))

    def but(self, **changes: Any) -> View:
        """A copy with some fields changed. As ``dataclasses.replace``, at a tenth of its cost: rules do it all day."""
        copy = object.__new__(View)
        copy.__dict__.update(self.__dict__, **changes)
        return copy

    def speaker(self, role: Role | None) -> Role | None:
        """Whose words count: ``role`` where a condition names one, else the scope's."""
        return role or self.role

    def passages(self, role: Role | None = None) -> Sequence[Passage]:
        """The turns in view whose words count, in order.

        Raises ``CannotTell`` where a role is asked for and nobody knows who is who, where the agent was not heard at
        all, or where the recogniser was too unsure of the words.
        """
        role = self.speaker(role)
        self._refuse_what_was_not_heard(role)
        turns = self.call.turns_of(role)
        if self.first_turns is not None:
            turns = turns[: self.first_turns]
        if self.last_turns is not None:
            turns = turns[-self.last_turns :]
        if self.turn_range is None and self.window.start <= 0 and self.window.end >= self.call.duration:
            return turns
        return [p for p in turns if self._in_view(p)]

    def holds_nothing_for(self, operator: Operator) -> bool:
        """Whether the set's index knows already that no turn of the call holds what ``operator`` looks for."""
        return self.texts is not None and self.texts.hold_nothing_for(operator)

    def refusal(self, role: Role | None) -> str:
        """Why words of ``role`` cannot be judged in this call (see ``passages``); empty where they can."""
        try:
            self._refuse_what_was_not_heard(self.speaker(role))
        except CannotTell as refusal:
            return str(refusal)
        return ""

    def hit(self, passage: Passage, start: int, end: int, note: str = "") -> Evidence:
        """``passage.text[start:end]`` as evidence, weighed by the guards in force."""
        evidence = passage.evidence(start, end, note, self.asking)
        guard = guard_for(self.guards, self.call, passage, start, end) if self.guards else None
        return evidence if guard is None else replace(evidence, excuse=guard.value)

    def phrase_hits(
        self, operator: Operator, role: Role | None
    ) -> Sequence[tuple[Passage, Sequence[tuple[int, int]]]] | None:
        """The turns in view that hold the operator's phrases, by the set's index; None where it must look itself.

        Refuses like ``passages``.
        """
        found = self.texts.phrase_hits(operator) if self.texts is not None else None
        if found is None:
            return None
        seen = self._seen(role, found)
        return [(passage, hits) for passage, hits in found if passage.index in seen]

    def candidates(self, operator: Operator, role: Role | None) -> Sequence[Passage]:
        """The turns in view in which the operator's pattern can match, in order. Refuses like ``passages``."""
        return self._in_sight(self.texts.candidates(operator) if self.texts is not None else None, role)

    def squeezed_candidates(self, operator: Operator, role: Role | None) -> Sequence[Passage]:
        """The same for the turns without their fillers."""
        return self._in_sight(self.texts.squeezed_candidates(operator) if self.texts is not None else None, role)

    def _in_sight(self, found: Sequence[Passage] | None, role: Role | None) -> Sequence[Passage]:
        """Those of the turns ``found`` that are in view; all in view where nothing is known of any."""
        if found is None:
            return self.passages(role)
        seen = self._seen(role, found)
        return [passage for passage in found if passage.index in seen]

    def _seen(self, role: Role | None, found: Sequence[object]) -> frozenset[int]:
        """The turns in view by index, where anything was ``found`` at all; refuses like ``passages`` in any case."""
        if found:
            return frozenset(passage.index for passage in self.passages(role))
        self._refuse_what_was_not_heard(self.speaker(role))
        return frozenset()

    def require_sides(self, what: str) -> None:
        """Raise ``CannotTell`` unless agent and customer were recorded apart."""
        self.require_roles()
        if not self.call.sides_apart:
            raise CannotTell(f"单声道录音，无法判断{what} both sides share one channel")

    def require_roles(self) -> None:
        """Raise ``CannotTell`` unless it is known who is the agent and who the customer."""
        if not self.call.roles_known:
            raise CannotTell("分不清客服和客户 roles are unknown")

    def shows(self, evidence: Evidence) -> bool:
        """Whether ``evidence`` begins within the view's window."""
        return self.window.start <= evidence.start <= self.window.end

    def _in_view(self, passage: Passage) -> bool:
        if self.turn_range and not self.turn_range[0] <= passage.index <= self.turn_range[1]:
            return False
        return passage.end >= self.window.start and passage.start <= self.window.end

    def _refuse_what_was_not_heard(self, role: Role | None) -> None:
        call = self.call
        if not call.utterances:
            raise CannotTell("没有识别到说话内容 no words were recognised")
        if role is not None:
            self.require_roles()
        if role is Role.AGENT and not call.agent_heard:
            raise CannotTell("没有识别到客服说话 nothing the agent said was recognised")
        lost = call.lost_share(role, self.window)
        if lost > MAX_LOST_SHARE:
            raise CannotTell(f"这一段有 {lost:.0%} 的话没有听清 too much of what was said there was not understood")
        confidence = call.confidence(role) if self.min_confidence else None
        if confidence is not None and confidence < self.min_confidence:
            raise CannotTell(f"识别置信度低（{confidence:.2f}）the recogniser was unsure of the words")
