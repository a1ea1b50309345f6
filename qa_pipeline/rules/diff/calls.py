"""One call under two rule sets: which rules say something else of it, and what that makes of its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from qa_pipeline.features import CallFeatures
from qa_pipeline.records import Evidence, Outcome, RuleOutcome
from qa_pipeline.rules.diff.changes import same_rules
from qa_pipeline.rules.judge import Judgement, judge, judge_some
from qa_pipeline.rules.loader import RuleSet, index_of
from qa_pipeline.rules.schema import ScoreSpec

ZERO = Decimal(0)
_NOTHING_TO_REPORT = (None, Outcome.PASS, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a call stands under one set; None where too little could be told, or where the set gives none."""

    score: Decimal | None
    grade: str | None
    line_grade: str | None
    vetoed: bool


UNMOVED = Standing(None, None, None, False)
"""How a call stands that was not judged in full: as before."""


@dataclass(frozen=True, slots=True)
class RuleDelta:
    """What one rule says of one call, before and after; an outcome is None where the rule was not in force.

    ``gained`` and ``lost`` are hits at places where the other set has none, in time order. ``weighs``: whether what it
    says differently can change the score: points, a failure of a rule that vetoes, or what ``earn`` divides by.
    """

    rule_id: str
    before: Outcome | None
    after: Outcome | None
    points_before: Decimal
    points_after: Decimal
    hits_before: int
    hits_after: int
    gained: tuple[Evidence, ...] = ()
    lost: tuple[Evidence, ...] = ()
    weighs: bool = True

    @property
    def differs(self) -> bool:
        """Whether it says something else. A rule that is new, or gone, and has nothing to report says nothing."""
        told = [outcome for outcome in (self.before, self.after) if outcome not in _NOTHING_TO_REPORT]
        turned = bool(told) if self.comes_or_goes else self.before is not self.after
        return turned or bool(self.points or self.gained or self.lost)

    @property
    def comes_or_goes(self) -> bool:
        """Whether the rule is in force in one of the sets only."""
        return self.before is None or self.after is None

    @property
    def points(self) -> Decimal:
        """The points that it gives more (takes less, where positive) than before."""
        return self.points_after - self.points_before


@dataclass(frozen=True, slots=True)
class CallDelta:
    """One call, judged by both sets. ``rules`` are those that had to be judged twice, in the order of the new set.

    ``source`` is the file in the corpus, where there is one for each call.
    """

    call: str
    source: str
    before: Standing
    after: Standing
    rules: tuple[RuleDelta, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Calls are told in this order."""
        return self.call, self.source

    @property
    def differing(self) -> tuple[RuleDelta, ...]:
        """The rules that say something else: those that explain the change, the ones that weigh most first."""
        differing = [rule for rule in self.rules if rule.differs]
        return tuple(sorted(differing, key=lambda rule: (-abs(rule.points), -len(rule.gained) - len(rule.lost))))

    @property
    def weighing(self) -> tuple[RuleDelta, ...]:
        """Those of them that can change a score; else all; else what came or went, whose worth alone may change it."""
        told = tuple(rule for rule in self.differing if rule.weighs) or self.differing
        return told or tuple(rule for rule in self.rules if rule.comes_or_goes and rule.weighs)

    @property
    def changed(self) -> bool:
        """Whether a rule or the score says something else."""
        return self.before != self.after or any(rule.differs for rule in self.rules)

    @property
    def unmoved(self) -> bool:
        """Whether the call was not judged in full, since no rule says anything else of it."""
        return self.before is UNMOVED

    @property
    def shift(self) -> Decimal | None:
        """By how much the score rises; None where one of the two is missing."""
        if self.before.score is None or self.after.score is None:
            return None
        return self.after.score - self.before.score


class Comparison:
    """Two rule sets, ready to judge calls. What is equal in both is judged once, from the same features.

    ``quick``: a call of which no rule says anything else is not judged by the other rules at all, where the scoring is
    the same too. How it stands is then not known, only that it stands as it did.
    """

    def __init__(self, old: RuleSet, new: RuleSet, *, quick: bool = False) -> None:
        self.same = same_rules(old, new)
        fresh = [rule for rule in new.rules if rule.spec.id not in self.same]
        # Only the words of the rules that are asked again are looked for again.
        self._new = replace(new, index=index_of(fresh))
        self._old = old
        gone = [rule.spec.id for rule in old.rules if all(rule.spec.id != other.spec.id for other in new.rules)]
        self._touched = (*(rule.spec.id for rule in fresh), *gone)
        was = [rule for rule in old.rules if rule.spec.id not in self.same]
        self._old_touched = replace(old, index=index_of(was))
        self._few = ({rule.spec.id for rule in was}, {rule.spec.id for rule in fresh})
        self._quick = quick and _scores_alike(old, new)
        self._kinds = {rule.spec.id: rule.spec.kind for rule in (*old.rules, *new.rules)}
        self._weighing = {rule.spec.id for rule in (*old.rules, *new.rules) if _weighs(rule.spec.score)}
        self._earned = "earn" in (old.scoring.method, new.scoring.method)

    def compare(self, call: CallFeatures, source: str = "") -> CallDelta:
        """Judge ``call`` by both sets. Pure: the same call and sets give the same answer."""
        if self._quick and (unmoved := self._unmoved(call, source)):
            return unmoved
        old = judge(call, self._old)
        before = {outcome.rule_id: outcome for outcome in old.outcomes}
        known = {rule_id: outcome for rule_id, outcome in before.items() if rule_id in self.same}
        new = judge(call, self._new, known)
        deltas = self._deltas(before, {outcome.rule_id: outcome for outcome in new.outcomes})
        return CallDelta(call.transcript.recording_id, source, _standing(old), _standing(new), deltas)

    def _unmoved(self, call: CallFeatures, source: str) -> CallDelta | None:
        """The answer where no rule says anything else; None where one does, and the call must be judged in full."""
        sets = (self._old_touched, self._new)
        was, now = (judge_some(call, ruleset, few) for ruleset, few in zip(sets, self._few, strict=True))
        deltas = self._deltas(was, now)
        alike = all(_alike(was.get(delta.rule_id), now.get(delta.rule_id)) for delta in deltas)
        return CallDelta(call.transcript.recording_id, source, UNMOVED, UNMOVED, deltas) if alike else None

    def _deltas(self, before: Mapping[str, RuleOutcome], after: Mapping[str, RuleOutcome]) -> tuple[RuleDelta, ...]:
        return tuple(self._delta(rule_id, before.get(rule_id), after.get(rule_id)) for rule_id in self._touched)

    def _delta(self, rule_id: str, before: RuleOutcome | None, after: RuleOutcome | None) -> RuleDelta:
        was, now = _hits(before), _hits(after)
        if self._kinds[rule_id] == "require" and len(was) == len(now):
            was, now = (), ()  # it lacks the same thing; where a reader should look for it is no second hit
        lost, gained = _unmet(was, now)
        weighs = rule_id in self._weighing and (self._earned or _failed(before) != _failed(after))
        points_before, points_after = (outcome.points if outcome else ZERO for outcome in (before, after))
        return RuleDelta(
            rule_id,
            before.outcome if before else None,
            after.outcome if after else None,
            points_before,
            points_after,
            before.n_hits if before else 0,
            after.n_hits if after else 0,
            gained,
            lost,
            weighs or points_before != points_after,
        )


def _failed(outcome: RuleOutcome | None) -> bool:
    return outcome is not None and outcome.outcome is Outcome.FAIL


def _alike(before: RuleOutcome | None, after: RuleOutcome | None) -> bool:
    """Whether two outcomes count alike, whatever the other rules say, and their hits lie at the same places."""
    if before is None or after is None:
        other = before or after
        return other is None or other.outcome is Outcome.NOT_APPLICABLE
    facts = [(o.outcome, o.points, o.worth, o.in_reach, o.indicator) for o in (before, after)]
    places = [[(f.evidence.role, f.evidence.start, f.evidence.end) for f in o.findings] for o in (before, after)]
    return facts[0] == facts[1] and places[0] == places[1]


def _scores_alike(old: RuleSet, new: RuleSet) -> bool:
    """Whether equal outcomes make equal scores: the same scoring, and the same rules that veto."""
    vetoes = [{rule.spec.id for rule in ruleset.rules if rule.spec.score.veto} for ruleset in (old, new)]
    return old.scoring == new.scoring and vetoes[0] == vetoes[1]


def _weighs(score: ScoreSpec) -> bool:
    return bool(score.veto or score.most_taken or score.most_given)


def _standing(judgement: Judgement) -> Standing:
    score = judgement.score
    return Standing(score.value, score.grade, judgement.line_grade, score.vetoed)


def _hits(outcome: RuleOutcome | None) -> Sequence[Evidence]:
    return [finding.evidence for finding in outcome.findings] if outcome else ()


def _unmet(was: Sequence[Evidence], now: Sequence[Evidence]) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """The hits of each side that meet none of the other; each meets one at most, the earliest first."""
    lost, gained = list(was), []
    for hit in now:
        met = next((other for other in lost if _meet(hit, other)), None)
        if met is None:
            gained.append(hit)
        else:
            lost.remove(met)
    return tuple(lost), tuple(gained)


def _meet(one: Evidence, other: Evidence) -> bool:
    """Whether both point at the same thing: the same side's words, or the same silence, at overlapping times."""
    if one.role is not other.role:
        return False
    same_place = (one.start, one.end) == (other.start, other.end)
    return same_place or max(one.start, other.start) < min(one.end, other.end)
