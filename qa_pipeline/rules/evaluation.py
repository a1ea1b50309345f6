"""Measured, not believed: a rule set against calls that people have labelled.

What is compared, for each label. A *good behaviour* is positive where it was shown (label true; the rule passes); a
*fault* or a *fact* where it happened (label true; the rule fails). Then:

- ``fail`` of a good behaviour, ``pass`` of a fault: not found.
- ``not_applicable``: not found. The rule's author says that there was nothing to see; where the label says there was,
  that is a miss, and where it agrees, a right rejection.
- ``cannot_tell``: not found either, since nobody is told anything; counted apart, by what the label says.
- A label of null (does not apply) leaves the call out. A rule that fails there accuses wrongly all the same: counted
  apart as ``false_on_null``.
- A label that no rule of the set looks for is never found; its F1 of 0 stays in the mean. A label that is true of no
  call and was found in none has no F1 and is left out.
- Of a label that several rules look for (the families of banned phrases), one that finds it is enough.

``by_fail`` turns good behaviours round (positive: missing, the rule fails), which is how a finding reads.

Places: a labelled utterance is hit where a finding of the label's rules touches it in time and is its speaker's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qa_pipeline.features import call_features
from qa_pipeline.records import Evidence, Finding, Outcome, RuleOutcome, RuleSetIdentity, Score, Utterance
from qa_pipeline.rules.agreement import Counts, kappa_of, mean, rank_correlation
from qa_pipeline.rules.judge import judge
from qa_pipeline.rules.labels import LABELS, Kind, Label, LabelledCall
from qa_pipeline.rules.loader import RuleSet

TOUCHES_S = 0.05
"""Labels and findings are timed by different hands; what lies no further apart touches."""

NO_GRADE = "-"
MACRO_F1, PRECISION, GRADE_KAPPA = 0.85, 0.9, 0.7


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the set says of one label on one call, beside what is true. ``outcomes`` are those of the label's rules."""

    label: Label
    call: LabelledCall
    truth: bool | None
    outcomes: tuple[RuleOutcome, ...]

    @property
    def found(self) -> bool:
        """Whether a rule found it."""
        wanted = Outcome.PASS if self.label.kind is Kind.GOOD else Outcome.FAIL
        return any(outcome.outcome is wanted for outcome in self.outcomes)

    @property
    def cannot_tell(self) -> bool:
        """Whether a rule cannot tell, and none found it."""
        return not self.found and any(o.outcome is Outcome.CANNOT_TELL for o in self.outcomes)

    @property
    def not_applicable(self) -> bool:
        """Whether no rule applies."""
        return bool(self.outcomes) and all(o.outcome is Outcome.NOT_APPLICABLE for o in self.outcomes)

    @property
    def accuses(self) -> bool:
        """Whether a rule fails."""
        return any(o.outcome is Outcome.FAIL for o in self.outcomes)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the label's rules found, in time order."""
        found = [finding for outcome in self.outcomes for finding in outcome.findings]
        return tuple(sorted(found, key=lambda f: (f.evidence.start, f.evidence.end)))


@dataclass(frozen=True)
class LabelResult:
    """One label over all calls. ``rules`` are those of the set that look for it; none: nobody does."""

    label: Label
    rules: tuple[str, ...]
    verdicts: tuple[Verdict, ...]

    @cached_property
    def counts(self) -> Counts:
        """Found against true, over the calls to which the label applies."""
        return Counts.of((v.truth, v.found) for v in self.verdicts if v.truth is not None)

    @property
    def by_fail(self) -> Counts:
        """The same where the positive is that the rule fails, good behaviours included."""
        return self.counts.turned if self.label.kind is Kind.GOOD else self.counts

    def cannot_tell(self, truth: bool | None) -> int:
        """On how many calls with that label nothing could be told."""
        return sum(v.truth is truth and v.cannot_tell for v in self.verdicts)

    def not_applicable(self, truth: bool | None) -> int:
        """On how many calls with that label no rule applied."""
        return sum(v.truth is truth and v.not_applicable for v in self.verdicts)

    @property
    def false_on_null(self) -> int:
        """On how many calls to which the label does not apply a rule fails."""
        return sum(v.truth is None and v.accuses for v in self.verdicts)

    @cached_property
    def places(self) -> tuple[int, int]:
        """How many of the labelled utterances were hit, and how many there are; none for faults of omission."""
        if not self.label.located or self.label.kind is Kind.GOOD:
            return 0, 0
        hits = [touched for verdict in self.verdicts for touched in _touched(verdict)]
        return sum(hits), len(hits)

    @property
    def wrong(self) -> tuple[Verdict, ...]:
        """The misses and false alarms, those on calls without the label included, in order of the calls."""
        return tuple(v for v in self.verdicts if (v.accuses if v.truth is None else v.found is not v.truth))


def _touched(verdict: Verdict) -> Iterator[bool]:
    """For each utterance in which the label is evident, whether a finding touches it."""
    for index in verdict.call.file.evidence_by_key.get(verdict.label.key, ()):
        utterance = verdict.call.utterance(index)
        if utterance is not None:
            yield any(touches(finding.evidence, utterance) for finding in verdict.findings)


def touches(evidence: Evidence, utterance: Utterance) -> bool:
    """Whether the evidence is of that speaker (or of nobody's) and meets the utterance in time."""
    if evidence.role not in (utterance.role, None):
        return False
    return evidence.start <= utterance.end + TOUCHES_S and evidence.end >= utterance.start - TOUCHES_S


@dataclass(frozen=True, slots=True)
class Graded:
    """The score and grade of one call beside those a person gave."""

    call: LabelledCall
    score: Score


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and what it has to reach; ``value`` is None where there is nothing to measure it on."""

    name: str
    value: float | None
    at_least: float

    @property
    def reached(self) -> bool:
        """Whether it is reached; what was not measured is not."""
        return self.value is not None and self.value >= self.at_least


@dataclass(frozen=True)
class Evaluation:
    """A rule set measured on labelled calls; ``results`` in the order of ``LABELS``, without those nobody labelled.

    ``grades`` are the set's, from the highest down.
    """

    ruleset: RuleSetIdentity
    grades: tuple[str, ...]
    results: tuple[LabelResult, ...]
    graded: tuple[Graded, ...]

    @property
    def macro_f1(self) -> float | None:
        """The mean F1 over the labels that have one."""
        return self._mean_f1(lambda result: result.counts)

    @property
    def macro_f1_by_fail(self) -> float | None:
        """The mean F1 where each positive is a rule that fails."""
        return self._mean_f1(lambda result: result.by_fail)

    def _mean_f1(self, counts: Callable[[LabelResult], Counts]) -> float | None:
        return mean([f1 for result in self.results if (f1 := counts(result).f1) is not None])

    def pooled(self, prefix: str) -> Counts:
        """The counts of all labels whose key begins so, added up."""
        return sum((r.counts for r in self.results if r.label.key.startswith(prefix)), Counts())

    @property
    def confusion(self) -> Mapping[tuple[str, str], int]:
        """How many calls of each grade a person gave got each grade of the set; ``-`` where it gives none."""
        return Counter((g.call.grade, g.score.grade or NO_GRADE) for g in self.graded if g.call.grade is not None)

    @property
    def grade_kappa(self) -> float | None:
        """Cohen's kappa over grades."""
        return kappa_of(self.confusion)

    @property
    def score_error(self) -> float | None:
        """Mean absolute difference between the set's score and the person's, in points."""
        return mean([abs(ours - theirs) for ours, theirs in self._scores])

    @property
    def score_rank_correlation(self) -> float | None:
        """Spearman's rho between the set's scores and the person's."""
        return rank_correlation([ours for ours, _ in self._scores], [theirs for _, theirs in self._scores])

    @property
    def _scores(self) -> list[tuple[float, float]]:
        both = ((g.score.value, g.call.score) for g in self.graded)
        return [(float(ours), theirs) for ours, theirs in both if ours is not None and theirs is not None]

    @property
    def targets(self) -> tuple[Target, ...]:
        """What the shipped default set is held to; a false accusation costs more than a miss."""
        return (
            Target("宏平均 macro F1", self.macro_f1, MACRO_F1),
            Target("服务禁语准确率 banned-phrase precision", self.pooled("banned_phrase").precision, PRECISION),
            Target("红线准确率 red-line precision", self.pooled("redline_").precision, PRECISION),
            Target("等级一致性 grade kappa", self.grade_kappa, GRADE_KAPPA),
        )


def evaluate(calls: Sequence[LabelledCall], ruleset: RuleSet) -> Evaluation:
    """Judge every call by the set and compare with what is labelled."""
    judged = [(call, judge(call_features(call.transcript), ruleset)) for call in calls]
    outcomes = [(call, {o.rule_id: o for o in judgement.outcomes}) for call, judgement in judged]
    results = (_result(label, outcomes, ruleset) for label in LABELS)
    graded = tuple(Graded(call, judgement.score) for call, judgement in judged)
    grades = tuple(band.grade for band in ruleset.scoring.grades)
    return Evaluation(ruleset.identity, grades, tuple(result for result in results if result.verdicts), graded)


def _result(
    label: Label, calls: Sequence[tuple[LabelledCall, Mapping[str, RuleOutcome]]], ruleset: RuleSet
) -> LabelResult:
    rules = tuple(rule.spec.id for rule in ruleset.rules if label.measures(rule.spec.id))
    verdicts = tuple(
        Verdict(label, call, call.truth[label.key], tuple(outcomes[rule_id] for rule_id in rules))
        for call, outcomes in calls
        if label.key in call.truth
    )
    return LabelResult(label, rules, verdicts)
