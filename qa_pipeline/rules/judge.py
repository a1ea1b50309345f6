"""One call against one rule set: what each rule says of it, why, and what that makes of the score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from qa_pipeline.features import CallFeatures
from qa_pipeline.records import Evidence, Finding, Outcome, Role, RuleOutcome, Score
from qa_pipeline.rules.conditions import evaluate_in
from qa_pipeline.rules.hits import plain
from qa_pipeline.rules.index import Texts
from qa_pipeline.rules.line_grades import line_grades
from qa_pipeline.rules.loader import Excuse, Rule, RuleSet
from qa_pipeline.rules.scoring import score_call
from qa_pipeline.rules.verdict import Verdict
from qa_pipeline.rules.view import View

ZERO = Decimal(0)
MOST_SETTLED = 32
"""Outcomes of a rule that are kept; reasons that name words are without end."""

_GUARDS = {"quoted": "引用", "negated": "否定", "echo": "复述客户的话", "polite_turn": "转折后给了办法"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule set says of one call; outcomes in the order of the rules."""

    outcomes: tuple[RuleOutcome, ...]
    score: Score
    line_grade: str | None = None
    line_grade_min: str | None = None
    line_grade_max: str | None = None


def judge(call: CallFeatures, ruleset: RuleSet, known: Mapping[str, RuleOutcome] | None = None) -> Judgement:
    """Evaluate every rule on ``call`` and score it. Pure: the same call and set give the same judgement.

    ``known`` are outcomes by rule that need not be asked again, such as those of an equal rule in another set.
    """
    return judgement_of(_Judging(call, ruleset, known).outcomes(), ruleset)


def judgement_of(outcomes: tuple[RuleOutcome, ...], ruleset: RuleSet) -> Judgement:
    """What the outcomes of all rules of ``ruleset``, in their order, make of the call."""
    vetoes = {o.outcome for rule, o in zip(ruleset.rules, outcomes, strict=True) if rule.vetoes}
    vetoed, may_be = Outcome.FAIL in vetoes, Outcome.CANNOT_TELL in vetoes
    score = score_call(outcomes, ruleset.scoring, vetoed, may_be)
    scoring = ruleset.scoring
    if scoring.line_grades is None:
        return Judgement(outcomes, score)
    return Judgement(outcomes, score, *line_grades(outcomes, scoring.line_grades, scoring.min_told))


def judge_only(call: CallFeatures, ruleset: RuleSet, rule_id: str) -> RuleOutcome:
    """What one rule of the set says of ``call``, as ``judge`` would have it; the others are not asked."""
    return _Judging(call, ruleset).outcome_of(rule_id)


def judge_some(call: CallFeatures, ruleset: RuleSet, rule_ids: Iterable[str]) -> dict[str, RuleOutcome]:
    """What some rules of the set say of ``call``, and those that they ask for."""
    judging = _Judging(call, ruleset)
    return {rule_id: judging.outcome_of(rule_id) for rule_id in rule_ids}


def restated(rule: Rule, outcome: Outcome, reason: str, hits: Sequence[Evidence]) -> RuleOutcome:
    """An outcome that was found earlier, with its ``hits``, in the words and points that ``rule`` has now."""
    if not hits:
        return _settled(rule, outcome, reason)
    return _given(rule, hits, reason) if rule.kind == "reward" else _failed(rule, hits, reason)


class _Judging:
    """One call being judged: rules that ask for another's outcome get it, whatever their order in the file."""

    def __init__(self, call: CallFeatures, ruleset: RuleSet, known: Mapping[str, RuleOutcome] | None = None) -> None:
        self._rules = {rule.spec.id: rule for rule in ruleset.rules}
        self._known = dict(known or {})
        whole = View.of(call, ruleset.scoring.min_confidence)
        self._view = whole.asked_by(self.outcome_of, Texts(ruleset.index, call))

    def outcomes(self) -> tuple[RuleOutcome, ...]:
        """The outcome of every rule, in the order of the rules."""
        return tuple(self.outcome_of(rule_id) for rule_id in self._rules)

    def outcome_of(self, rule_id: str) -> RuleOutcome:
        """What one rule says; each is asked once."""
        if rule_id not in self._known:
            self._known[rule_id] = judge_rule(self._rules[rule_id], self._view)
        return self._known[rule_id]


def judge_rule(rule: Rule, view: View) -> RuleOutcome:
    """What one rule says of the call in ``view``."""
    if rule.when is not None:
        applies = rule.when.settle(view)
        if applies.holds is None:
            return _cannot_tell(rule, applies.reason)
        if not applies.holds:
            return _settled(rule, Outcome.NOT_APPLICABLE, "这通电话不适用 does not apply to this call")
    verdict = evaluate_in(rule.within, view.guarded(rule.guards), rule.condition.evaluate)
    if verdict.holds is None:
        return _cannot_tell(rule, verdict.reason)
    if verdict.vacant and not verdict.holds:
        return _settled(rule, Outcome.NOT_APPLICABLE, "没有出现要看的情形 what the rule looks beside did not happen")
    return _SETTLE[rule.kind](rule, verdict, view)


def _required(rule: Rule, verdict: Verdict, view: View) -> RuleOutcome:
    if verdict.holds:
        return _settled(rule, Outcome.PASS, _seen(verdict.evidence))
    for excuse in rule.excuses:
        excused = excuse.condition.settle(view)
        if excused.holds:
            return _settled(rule, Outcome.NOT_APPLICABLE, f"{excuse.why}（{excuse.id}）")
        if excused.holds is None:
            return _cannot_tell(rule, excused.reason)
    missing = _where_missing(rule.within.narrow(view) if rule.within else view)
    return _failed(rule, [missing], verdict.reason or f"没有做到 not found where it is required: {rule.spec.title}")


def _forbidden(rule: Rule, verdict: Verdict, view: View) -> RuleOutcome:
    held: list[Evidence] = []
    excused = [f"{_GUARDS[e.excuse]}“{e.matched}”（{e.excuse}）" for e in verdict.excused]
    doubtful: list[str] = []
    for evidence in verdict.evidence:
        excuse, reason = _excuse_for(evidence, rule.excuses, view)
        if excuse is not None:
            excused.append(f"{excuse.why}（{excuse.id}）")
        elif reason:
            doubtful.append(reason)
        else:
            held.append(evidence)
    if verdict.holds and not verdict.evidence:
        held.append(_everywhere(view))
    if held:
        return _failed(rule, held, f"{len(held)} 处 hits")
    if doubtful:
        return _cannot_tell(rule, "；".join(dict.fromkeys(doubtful)))
    if excused:
        return _settled(rule, Outcome.PASS, "有理由，不算 excused: " + "；".join(dict.fromkeys(excused)))
    if rule.spec.silent == "cannot_tell":
        return _cannot_tell(rule, rule.spec.why_silent)
    return _settled(rule, Outcome.PASS, "没有出现 not found")


def _rewarded(rule: Rule, verdict: Verdict, view: View) -> RuleOutcome:
    if not verdict.holds:
        return _settled(rule, Outcome.FAIL, "没有出现，不加分 not found, nothing added")
    return _given(rule, verdict.evidence or [_everywhere(view)], _seen(verdict.evidence))


def _everywhere(view: View) -> Evidence:
    """The hit of a condition such as ``none``, which holds without pointing anywhere: the whole call."""
    return Evidence(None, view.window.start, view.window.end)


def _excuse_for(evidence: Evidence, excuses: Sequence[Excuse], view: View) -> tuple[Excuse | None, str]:
    """The first excuse that holds for this hit; else the reason why one cannot be told, if any."""
    unsure = ""
    for excuse in excuses:
        around = view
        if excuse.before_s is not None or excuse.after_s is not None:
            around = view.between(evidence.start - (excuse.before_s or 0.0), evidence.end + (excuse.after_s or 0.0))
        verdict = excuse.condition.settle(around)
        if verdict.holds:
            return excuse, ""
        if verdict.holds is None:
            unsure = verdict.reason
    return None, unsure


def _failed(rule: Rule, hits: Sequence[Evidence], reason: str) -> RuleOutcome:
    return _with_hits(rule, Outcome.FAIL, reason, hits, -(rule.spec.score.deduct or ZERO))


def _given(rule: Rule, hits: Sequence[Evidence], reason: str) -> RuleOutcome:
    return _with_hits(rule, Outcome.PASS, reason, hits, rule.spec.score.add or ZERO)


def _with_hits(rule: Rule, outcome: Outcome, reason: str, hits: Sequence[Evidence], each: Decimal) -> RuleOutcome:
    findings = _findings(rule, hits, _shares(len(hits), each, rule.spec.score.max))
    points = sum((finding.points for finding in findings), ZERO)
    return _outcome(rule, outcome, reason, points, findings)


def _shares(hits: int, each: Decimal, most: Decimal | None) -> list[Decimal]:
    """The points of each hit: once per call where there is no ``most``, else ``each`` until ``most`` is reached."""
    if most is None:
        return [each, *[ZERO] * (hits - 1)]
    shares: list[Decimal] = []
    left = most
    for _ in range(hits):
        share = min(abs(each), left)
        left -= share
        shares.append(share if each > 0 else -share)
    return shares


def _findings(rule: Rule, hits: Sequence[Evidence], shares: Sequence[Decimal]) -> tuple[Finding, ...]:
    spec = rule.spec
    return tuple(
        Finding(spec.id, spec.title, spec.indicator, spec.severity, points, plain(evidence), spec.advice, spec.suggest)
        for evidence, points in zip(hits, shares, strict=True)
    )


def _settled(rule: Rule, outcome: Outcome, reason: str) -> RuleOutcome:
    """An outcome that neither takes nor gives. Most of a call's are of a few kinds, and are made once."""
    key = outcome, reason
    known = rule.settled.get(key)
    if known is None:
        known = _outcome(rule, outcome, reason, ZERO, ())
        if len(rule.settled) < MOST_SETTLED:
            rule.settled[key] = known
    return known


def _cannot_tell(rule: Rule, reason: str) -> RuleOutcome:
    return _settled(rule, Outcome.CANNOT_TELL, reason)


def _outcome(rule: Rule, outcome: Outcome, reason: str, points: Decimal, findings: tuple[Finding, ...]) -> RuleOutcome:
    spec = rule.spec
    return RuleOutcome(
        spec.id,
        spec.indicator,
        outcome,
        points,
        findings,
        reason,
        worth=spec.score.most_taken,
        in_reach=spec.score.most_given,
        title=spec.title,
        veto=spec.score.veto,
    )


def _seen(evidence: Sequence[Evidence]) -> str:
    """Where a required thing was found, in words."""
    if not evidence:
        return "符合 as required"
    first = evidence[0]
    minutes, seconds = divmod(int(first.start), 60)
    what = first.matched or first.note
    return f"见 at {minutes:02d}:{seconds:02d} {what}" if what else f"见 at {minutes:02d}:{seconds:02d}"


def _where_missing(scoped: View) -> Evidence:
    """Where a reader should look for what is missing: the first turn in scope, else the whole scope."""
    role = scoped.role or Role.AGENT
    passages = [p for p in scoped.call.passages if p.role is role]
    if scoped.last_turns is not None:
        passages = passages[-scoped.last_turns :]
    if passages and (scoped.first_turns or scoped.last_turns):
        return passages[0].whole("这里没有做到 missing here")
    return Evidence(role if passages else None, scoped.window.start, scoped.window.end, note="全程没有 nowhere")


_SETTLE: Mapping[str, Callable[[Rule, Verdict, View], RuleOutcome]] = {
    "forbid": _forbidden,
    "require": _required,
    "reward": _rewarded,
}
