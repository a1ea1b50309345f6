"""What a condition sees of a call: the part its scope leaves, and an honest refusal where the call cannot show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Evidence, Role, RuleOutcome, Seconds, Span
from qa_pipeline.rules.guards import guard_for
from qa_pipeline.rules.hits import hit_in
from qa_pipeline.rules.index import Texts, Turns
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.schema import Guard

if TYPE_CHECKING:
    from qa_pipeline.rules.conditions import Combination

T = TypeVar("T")

MAX_LOST_SHARE = 0.25
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
    ``texts`` what the rule set's index found in each turn.

    A view remembers what conditions said of it (``answers``, kept by ``conditions``). Within one judging equal views
    are one: many rules look at the same part of a call.
    """

    call: CallFeatures
    window: Span
    role: Role | None = None
    first_turns: int | None = None
    last_turns: int | None = None
    turn_range: tuple[int, int] | None = None
    min_confidence: float = 0.0
    guards: frozenset[Guard] = frozenset()
    outcome_of: Callable[[str], RuleOutcome] = field(default=_no_outcomes, compare=False)
    texts: Texts | None = field(default=None, compare=False)
    answers: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    _known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, call: CallFeatures, min_confidence: float = 0.0) -> View:
        """The whole call."""
        return cls(call, Span(0.0, call.duration), min_confidence=min_confidence)

    def asked_by(self, outcome_of: Callable[[str], RuleOutcome], texts: Texts | None) -> View:
        """This view in a judging of its own, with what that one knows; nothing is remembered of an earlier one."""
        return replace(self, outcome_of=outcome_of, texts=texts, answers={}, _known={})

    def between(self, start: Seconds, end: Seconds) -> View:
        """This view narrowed to ``[start, end]``; an empty one where they do not meet."""
        start, end = max(start, self.window.start), min(end, self.window.end)
        return self.but(window=Span(min(start, end), end))

    def but(self, **changes: Any) -> View:
        """This view with some of what it shows changed; the one that was made before where there is one."""
        shown = {**self.__dict__, **changes}
        window: Span = shown["window"]
        key = (
            shown["role"], window.start, window.end, shown["guards"], shown["turn_range"], shown["first_turns"],
            shown["last_turns"],
        )  # fmt: skip
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = object.__new__(View)
            known.__dict__.update(shown, answers={})
        view: View = known
        return view

    def speaker(self, role: Role | None) -> Role | None:
        """Whose words count: ``role`` where a condition names one, else the scope's."""
        return role or self.role

    def passages(self, role: Role | None = None) -> Sequence[Passage]:
        """The turns in view whose words count, in order.

        Raises ``CannotTell`` where a role is asked for and nobody knows who is who, where the agent was not heard at
        all, or where the recogniser was too unsure of the words.
        """
        return self._turns(role)[0]

    def seen(self, role: Role | None = None) -> Callable[[Passage], bool]:
        """Tells which turns are among ``passages(role)``; refuses like it."""
        _, turns = self._turns(role)
        return lambda passage: bool(turns >> passage.index & 1)

    def in_turns(self, look: Callable[[str], Sequence[T]], role: Role | None) -> Sequence[tuple[Passage, T]]:
        """What ``look`` finds in the words of each turn in view, with its turn, in order; refuses like ``passages``.

        It is kept with the call, so ``look`` must depend on nothing but the words.
        """
        passages, turns = self._turns(role)
        found = self.call.in_turns(look, role or self.role)
        return (
            found
            if len(passages) == len(self.call.turns_of(role or self.role))
            else [one for one in found if turns >> one[0].index & 1]
        )

    def _turns(self, role: Role | None) -> tuple[Sequence[Passage], Turns]:
        """The same, and as bits."""
        role = role or self.role
        key = _TURNS[role]
        if key not in self.answers:
            self._refuse_what_was_not_heard(role)
            turns = self._in_view(self.call.turns_of(role))
            self.answers[key] = turns, sum(1 << passage.index for passage in turns)
        found: tuple[Sequence[Passage], Turns] = self.answers[key]
        return found

    def _in_view(self, turns: Sequence[Passage]) -> Sequence[Passage]:
        if self.first_turns is not None:
            turns = turns[: self.first_turns]
        if self.last_turns is not None:
            turns = turns[-self.last_turns :]
        if self.turn_range is not None:
            low, high = self.turn_range
            turns = [p for p in turns if low <= p.index <= high]
        start, end = self.window.start, self.window.end
        if start <= 0 and end >= self.call.duration:
            return turns
        return [p for p in turns if p.end >= start and p.start <= end]

    def awake(self, combination: Combination) -> Sequence[int] | None:
        """Which parts of ``combination`` may have something to say, in order; None where nobody knows beforehand.

        All others have ``NOTHING`` to say.
        """
        return self.texts.awake_parts(combination, self.role) if self.texts is not None and self._all_heard else None

    def holds_nothing_for(self, operator: Operator, role: Role | None) -> bool:
        """Whether it is known already that ``operator``, asked of the words of ``role``, has nothing to say."""
        return self.texts is not None and self._all_heard and self.texts.hold_nothing_for(operator, role or self.role)

    @property
    def _all_heard(self) -> bool:
        """Whether no condition on words can refuse, in whatever part of the call it looks."""
        known: bool | None = self._known.get("heard")
        if known is None:
            known = not self.call.words_lost and not any(map(self._refuses, (None, *Role)))
            self._known["heard"] = known
        return known

    def _refuses(self, role: Role | None) -> bool:
        try:
            self._refuse_what_was_not_heard(role)
        except CannotTell:
            return True
        return False

    def guarded(self, guards: frozenset[Guard]) -> View:
        """This view with other guards in force."""
        if guards == self.guards:
            return self
        known: View = self.answers.get(guards) or self.answers.setdefault(guards, self.but(guards=guards))
        return known

    def hit(self, passage: Passage, start: int, end: int, note: str = "") -> Evidence:
        """``passage.text[start:end]`` as evidence, weighed by the guards in force."""
        guard = guard_for(self.guards, self.call, passage, start, end) if self.guards else None
        return hit_in(passage, start, end, note, "" if guard is None else guard.value)

    def phrase_hits(
        self, operator: Operator, role: Role | None
    ) -> Sequence[tuple[Passage, Sequence[tuple[int, int]]]] | None:
        """The turns in view that hold the operator's phrases, by the set's index; None where it must look itself.

        Refuses like ``passages``.
        """
        _, seen = self._turns(role)
        return None if self.texts is None else self.texts.phrase_hits(operator, role or self.role, seen)

    def chances(
        self, operator: Operator, role: Role | None, squeezed: bool = False
    ) -> Sequence[tuple[Passage, tuple[int, ...]]]:
        """The turns in view in which the operator's pattern can match, in order, each with the alternatives that can.

        No alternatives: nobody knows which. ``squeezed``: the same for the turns without their fillers. Refuses like
        ``passages``.
        """
        passages, seen = self._turns(role)
        found = None if self.texts is None else self.texts.chances(operator, role or self.role, seen, squeezed)
        return [(passage, ()) for passage in passages] if found is None else found

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


_TURNS = {role: ("turns", role) for role in (None, *Role)}
