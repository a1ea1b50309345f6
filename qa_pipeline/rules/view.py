"""What a condition sees of a call: the part its scope leaves, and an honest refusal where the call cannot show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.features.timeline import Turns, bits_of
from qa_pipeline.records import Evidence, Role, RuleOutcome, Seconds, Span
from qa_pipeline.rules.found import Found
from qa_pipeline.rules.guards import guard_for
from qa_pipeline.rules.hits import hit_in
from qa_pipeline.rules.index import Texts
from qa_pipeline.rules.operators import Operator, Spotter
from qa_pipeline.rules.schema import Guard

if TYPE_CHECKING:
    from qa_pipeline.rules.conditions import Combination
    from qa_pipeline.rules.scope import Scope

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
        start = min(start, end)
        key = self.role, self.guards, self.turn_range, self.first_turns, self.last_turns, start, end
        known: View | None = self._known.get(key)
        return known if known is not None else self._made(key, {**self.__dict__, "window": Span(start, end)})

    def but(self, **changes: Any) -> View:
        """This view with some of what it shows changed; the one that was made before where there is one."""
        shown = {**self.__dict__, **changes}
        key = (*(shown[name] for name in _SHOWN), shown["window"].start, shown["window"].end)
        known: View | None = self._known.get(key)
        return known if known is not None else self._made(key, shown)

    def _made(self, key: tuple[Any, ...], shown: dict[str, Any]) -> View:
        """A view of what is ``shown``, remembered under ``key``."""
        made = self._known[key] = object.__new__(View)
        made.__dict__.update(shown, answers={})
        return made

    def narrowed(self, scope: Scope) -> View:
        """This view narrowed by all of ``scope`` but its anchor."""
        known: View | None = self.answers.get(scope.key)
        if known is None:
            known = self.answers[scope.key] = scope.narrow(self)
        return known

    def speaker(self, role: Role | None) -> Role | None:
        """Whose words count: ``role`` where a condition names one, else the scope's."""
        return role or self.role

    def passages(self, role: Role | None = None) -> Sequence[Passage]:
        """The turns in view whose words count, in order.

        Raises ``CannotTell`` where a role is asked for and nobody knows who is who, where the agent was not heard at
        all, or where the recogniser was too unsure of the words.
        """
        role = role or self.role
        seen, turns = self.turns(role), self.call.turns_of(role)
        return turns if seen == self.call.turn_bits(role) else [p for p in turns if seen >> p.index & 1]

    def seen(self, role: Role | None = None) -> Callable[[Passage], bool]:
        """Tells which turns are among ``passages(role)``; refuses like it."""
        turns = self.turns(role)
        return lambda passage: bool(turns >> passage.index & 1)

    def turns(self, role: Role | None = None) -> Turns:
        """The same as bits."""
        role = role or self.role
        key = _TURNS[role]
        seen: Turns | None = self.answers.get(key)
        if seen is None:
            if not self._all_heard:
                self._refuse_what_was_not_heard(role)
            seen = self.answers[key] = self._in_view(role)
        return seen

    def in_turns(self, look: Callable[[str], Sequence[T]], role: Role | None) -> Sequence[tuple[Passage, T]]:
        """What ``look`` finds in the words of each turn in view, with its turn, in order; refuses like ``passages``.

        It is kept with the call, so ``look`` must depend on nothing but the words.
        """
        seen = self.turns(role)
        return [one for one in self.call.in_turns(look, role or self.role) if seen >> one[0].index & 1]

    def _in_view(self, role: Role | None) -> Turns:
        turns = self.call.turn_bits(role)
        if self.first_turns is not None:
            turns &= bits_of(self.call.turns_of(role)[: self.first_turns])
        if self.last_turns is not None:
            turns &= bits_of([p for p in self.call.turns_of(role) if turns >> p.index & 1][-self.last_turns :])
        return turns & self._reached

    @property
    def _reached(self) -> Turns:
        """The turns within the window and the range of turns, whoever speaks."""
        reached: Turns | None = self.answers.get("reached")
        if reached is None:
            start, end = self.window.start, self.window.end
            whole = start <= 0 and end >= self.call.duration
            reached = -1 if whole else self.call.timeline.touching(start, end)
            if self.turn_range is not None:
                low, high = self.turn_range
                reached = reached & (1 << max(0, high + 1)) - 1 & -1 << max(0, low)
            self.answers["reached"] = reached
        return reached

    def awake(self, combination: Combination) -> Sequence[int] | None:
        """Which parts of ``combination`` may have something to say, in order; None where nobody knows beforehand.

        All others have ``NOTHING`` to say.
        """
        if self.texts is None or not self._all_heard:
            return None
        awake, turns = self.texts.awake_parts(combination, self.role)
        return awake if turns is None or turns & self._reached else ()

    def silent(self, operator: Operator) -> bool:
        """Whether it is known already that ``operator`` has nothing to say of this view."""
        if self.texts is None or not self._all_heard:
            return False
        role = operator.of_role() or self.role
        found = self.texts.found(operator, role)
        return found is not None and not found.turns & self.turns(role)

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
        return hit_in(passage, start, end, note, self._guard(passage, start, end) if self.guards else "")

    def _guard(self, passage: Passage, start: int, end: int) -> str:
        """The guard in force that covers ``passage.text[start:end]``, asked once a judging; empty where none does."""
        key = "guard", self.guards, passage.index, start, end
        known: str | None = self._known.get(key)
        if known is None:
            guard = guard_for(self.guards, self.call, passage, start, end)
            known = self._known[key] = "" if guard is None else guard.value
        return known

    def spotted(self, operator: Spotter) -> Sequence[Evidence]:
        """The operator's places in the turns in view as evidence, in order; refuses like ``passages``."""
        role = operator.of_role() or self.role
        turns = self.turns(role)
        found = None if self.texts is None else self.texts.found(operator, role)
        if found is None:
            found = Found(operator, operator.spots(self.call, role, None))
        return found.hits(turns, self)

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
_SHOWN = ("role", "guards", "turn_range", "first_turns", "last_turns")
"""What tells views of one call apart, beside the window."""
