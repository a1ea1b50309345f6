"""One call under two rule sets: which rules say something else of it, and what that makes of its score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from qa_pipeline.features import CallFeatures
from qa_pipeline.records import Evidence, Outcome, RuleOutcome
from qa_pipeline.rules.diff.changes import same_rules
from qa_pipeline.rules.fingerprint import fingerprints, unchanged
from qa_pipeline.rules.judge import Judgement, judge, judge_some, judgement_of, restated
from qa_pipeline.rules.loader import Rule, RuleSet
from qa_pipeline.rules.reuse import Reuse, Said, telling
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


class Earlier(Protocol):
    """What a scored folder says of a call already."""

    @property
    def ruleset_sha256(self) -> str:
        """The set that judged it then."""

    @property
    def rules(self) -> Mapping[str, str]:
        """The fingerprints of that set's rules; none where they are worth nothing now."""

    @property
    def told(self) -> tuple[Decimal | None, str | None, str | None, bool]:
        """Score, grade, line grade, veto."""

    def said(self, rule_id: str) -> Said | None:
        """What a rule said then; None where it was not in force."""


@dataclass(frozen=True)
class Subject:
    """One call of a corpus. ``features`` are made when they are asked for, and that may be never."""

    call: str
    source: str
    features: Callable[[], CallFeatures]
    earlier: Earlier | None = None


class _LostError(Exception):
    """The folder lacks an outcome that it should hold."""


@dataclass(frozen=True)
class _Way:
    """How both sets judge a call that was judged by rules with certain fingerprints; none: it never was."""

    old: Reuse
    new: Reuse


class Comparison:
    """Two rule sets, ready to judge calls. What is equal in both is judged once, from the same features; what equal
    rules have found before, as a scored folder tells, is not judged at all.

    ``quick``: a call of which no rule says anything else is not judged by the other rules at all, where the scoring is
    the same too. How it stands is then not known, only that it stands as it did, unless the folder tells.
    """

    def __init__(self, old: RuleSet, new: RuleSet, *, quick: bool = False) -> None:
        self._old, self._new = old, new
        self._prints = fingerprints(old), fingerprints(new)
        self.same = same_rules(old, new)
        self._alike = self.same | unchanged(*self._prints)  # judged alike; worth and words may differ
        self._was = tuple(rule for rule in old.rules if rule.spec.id not in self.same)
        self._now = tuple(rule for rule in new.rules if rule.spec.id not in self.same)
        after = {rule.spec.id for rule in new.rules}
        gone = (rule.spec.id for rule in old.rules if rule.spec.id not in after)
        self._touched = (*(rule.spec.id for rule in self._now), *gone)
        self._bare = _Way(telling(old, ()), telling(new, self._alike))
        self._few = telling(old, self.same).ruleset
        self._ways: dict[str, _Way] = {}
        self._scores_alike = _scores_alike(old, new)
        self._quick = quick and self._scores_alike
        self._kinds = {rule.spec.id: rule.spec.kind for rule in (*old.rules, *new.rules)}
        self._weighing = {rule.spec.id for rule in (*old.rules, *new.rules) if _weighs(rule.spec.score)}
        self._earned = "earn" in (old.scoring.method, new.scoring.method)

    def compare(self, call: CallFeatures, source: str = "") -> CallDelta:
        """Judge ``call`` by both sets. Pure: the same call and sets give the same answer."""
        return self.compare_one(Subject(call.transcript.recording_id, source, lambda: call))

    def compare_one(self, one: Subject) -> CallDelta:
        """The same of a call of which something may be known. The answer does not depend on what is."""
        earlier = one.earlier if one.earlier is not None and one.earlier.rules else None
        if earlier is not None:
            way = self._way(earlier)
            try:
                return self._from_outcomes(one, earlier, way) if not way.old.asked else self._in_full(one, way, earlier)
            except _LostError:
                pass
        return (self._quickly(one) if self._quick else None) or self._in_full(one, self._bare, None)

    def _way(self, earlier: Earlier) -> _Way:
        if earlier.ruleset_sha256 not in self._ways:
            in_old, in_new = (unchanged(earlier.rules, prints) for prints in self._prints)
            way = _Way(telling(self._old, in_old), telling(self._new, self._alike | in_new))
            self._ways[earlier.ruleset_sha256] = way
        return self._ways[earlier.ruleset_sha256]

    def _in_full(self, one: Subject, way: _Way, earlier: Earlier | None) -> CallDelta:
        """The answer where the old set must be asked: both judge, what is alike once."""
        call = one.features()
        old = judge(call, way.old.ruleset, None if earlier is None else _told(way.old.retold, earlier))
        before = {outcome.rule_id: outcome for outcome in old.outcomes}
        told = [rule for rule in self._new.rules if earlier is None or rule.spec.id not in way.new.asked]
        known = {rule.spec.id: self._again(rule, before) for rule in told if rule.spec.id in self._alike}
        if earlier is not None:
            known |= _told([rule for rule in told if rule.spec.id not in self._alike], earlier)
        return self._moved(one, old, judge(call, way.new.ruleset, known))

    def _quickly(self, one: Subject) -> CallDelta | None:
        """The answer where no rule says anything else; None where one does, and the call must be judged in full."""
        call = one.features()
        was = judge_some(call, self._few, [rule.spec.id for rule in self._was])
        alike = [rule for rule in self._now if rule.spec.id in self._alike]
        asked = [rule.spec.id for rule in self._now if rule.spec.id not in self._alike]
        now = judge_some(call, self._bare.new.ruleset, asked)
        now |= {rule.spec.id: self._again(rule, was) for rule in alike}
        return self._unmoved(one, was, now, UNMOVED)

    def _from_outcomes(self, one: Subject, earlier: Earlier, way: _Way) -> CallDelta:
        """The answer where all that the old set says is known, and of the new one what is alike."""
        asked = [rule.spec.id for rule in self._now if rule.spec.id in way.new.asked]
        found = judge_some(one.features(), way.new.ruleset, asked) if asked else {}
        was = _told(self._was, earlier)
        now = {**_told([rule for rule in self._now if rule.spec.id not in found], earlier), **found}
        if self._scores_alike and earlier.ruleset_sha256 == self._old.identity.sha256:
            score, grade, line_grade, vetoed = earlier.told
            plain = None if score is None else score.normalize() + ZERO
            if unmoved := self._unmoved(one, was, now, Standing(plain, grade, line_grade, vetoed)):
                return unmoved
        before = _told(self._old.rules, earlier)
        after = {**_told([rule for rule in self._new.rules if rule.spec.id not in found], earlier), **found}
        old = judgement_of(tuple(before[rule.spec.id] for rule in self._old.rules), self._old)
        return self._moved(one, old, judgement_of(tuple(after[r.spec.id] for r in self._new.rules), self._new))

    def _again(self, rule: Rule, before: Mapping[str, RuleOutcome]) -> RuleOutcome:
        """What an equal rule of the old set said, as ``rule`` tells it."""
        outcome = before[rule.spec.id]
        if rule.spec.id in self.same:
            return outcome
        hits = [finding.evidence for finding in outcome.findings]
        return restated(rule, outcome.outcome, outcome.reason, hits)

    def _unmoved(
        self, one: Subject, was: Mapping[str, RuleOutcome], now: Mapping[str, RuleOutcome], standing: Standing
    ) -> CallDelta | None:
        """The answer where no rule says anything else; else None."""
        if not all(_alike(was.get(rule_id), now.get(rule_id)) for rule_id in self._touched):
            return None
        return CallDelta(one.call, one.source, standing, standing, self._deltas(was, now))

    def _moved(self, one: Subject, old: Judgement, new: Judgement) -> CallDelta:
        before, after = ({outcome.rule_id: outcome for outcome in judged.outcomes} for judged in (old, new))
        return CallDelta(one.call, one.source, _standing(old), _standing(new), self._deltas(before, after))

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
    places = [[(hit.role, hit.start, hit.end) for hit in _hits(o)] for o in (before, after)]
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


def _told(rules: Iterable[Rule], earlier: Earlier) -> dict[str, RuleOutcome]:
    """What equal rules said, as ``rules`` tell it. Raises _LostError."""
    told: dict[str, RuleOutcome] = {}
    for rule in rules:
        said = earlier.said(rule.spec.id)
        if said is None:
            raise _LostError
        told[rule.spec.id] = restated(rule, *said)
    return told


def _hits(outcome: RuleOutcome | None) -> Sequence[Evidence]:
    """The hits at times to the millisecond, as tables hold them: where they come from must not be seen."""
    return [_to_the_millisecond(finding.evidence) for finding in outcome.findings] if outcome else ()


def _to_the_millisecond(hit: Evidence) -> Evidence:
    start, end = round(hit.start, 3), round(hit.end, 3)
    return hit if (start, end) == (hit.start, hit.end) else replace(hit, start=start, end=end)


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
