"""A comparison as plain data, for programs. Points and scores are decimals written as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from qa_pipeline.records import Evidence, Outcome
from qa_pipeline.rules.diff.calls import CallDelta, RuleDelta, Standing
from qa_pipeline.rules.diff.changes import RuleChange, Side, Spot
from qa_pipeline.rules.diff.gates import GateResult
from qa_pipeline.rules.diff.result import Diff
from qa_pipeline.rules.diff.tally import Example, Flips, RuleTally, cents


def as_data(diff: Diff, gates: tuple[GateResult, ...]) -> dict[str, Any]:
    """All of it, in a fixed order."""
    return {
        "old": _side(diff.old),
        "new": _side(diff.new),
        "corpus": {
            "path": diff.corpus.path,
            "rebuilt_from_scorecards": diff.corpus.rebuilt,
            "unread": [{"source": one.source, "message": one.message} for one in diff.corpus.unread],
            "skipped": dict(diff.corpus.skipped),
            "limited_rules": list(diff.corpus.limited),
        },
        "rules": [_rule(change, diff) for change in diff.changes.rules],
        "names": [
            {"name": c.name, "added": list(c.added), "removed": list(c.removed), "place": _spot(c.spot)}
            for c in diff.changes.names
        ],
        "scoring": [
            {"key": c.key, "before": c.before, "after": c.after, "place": _spot(c.spot)} for c in diff.changes.scoring
        ],
        "calls": _calls(diff),
        "most_changed": [_call(delta) for delta in diff.tally.most_changed.items],
        "gates": [_gate(gate) for gate in gates],
    }


def _side(side: Side) -> dict[str, Any]:
    identity = side.identity
    return {
        "name": side.located.label,
        "ruleset": identity.id,
        "version": identity.version,
        "sha256": identity.sha256,
    }


def _spot(spot: Spot | None) -> dict[str, Any] | None:
    return None if spot is None else {"file": spot.file, "line": spot.line, "column": spot.column}


def _rule(change: RuleChange, diff: Diff) -> dict[str, Any]:
    keys = [{"key": key.key, "via": list(key.via), "place": _spot(key.spot)} for key in change.keys]
    tally = diff.tally.rules.get(change.rule_id, RuleTally())
    return {
        "rule_id": change.rule_id,
        "title": change.title,
        "change": change.kind.value,
        "keys": keys,
        "asks": list(change.asks),
        "why": change.why,
        "place": _spot(change.spot),
        "was": _spot(change.was),
        **_tally(tally),
    }


def _tally(tally: RuleTally) -> dict[str, Any]:
    outcomes = sorted(tally.outcomes.items(), key=lambda item: tuple(map(str, item[0])))
    return {
        "hits": {"before": tally.hits_before, "after": tally.hits_after},
        "gained": {"hits": tally.gained, "calls": tally.calls_gained, "first": _examples(tally.gained_examples.items)},
        "lost": {"hits": tally.lost, "calls": tally.calls_lost, "first": _examples(tally.lost_examples.items)},
        "calls_changed": tally.calls_changed,
        "points": _text(tally.points),
        "outcomes": [{"before": _name(b), "after": _name(a), "calls": count} for (b, a), count in outcomes],
    }


def _examples(examples: list[Example]) -> list[dict[str, Any]]:
    return [{"call": e.call, "source": e.source, **_evidence(e.evidence)} for e in examples]


def _calls(diff: Diff) -> dict[str, Any]:
    tally = diff.tally
    means = tally.means()
    return {
        "compared": tally.calls,
        "changed": tally.changed,
        "not_judged_in_full": tally.unmoved,
        "scored_by_both": tally.scored,
        "score_gained": tally.score_gained,
        "score_lost": tally.score_lost,
        "mean": {"before": str(means[0]), "after": str(means[1])} if means else None,
        "mean_shift": None if tally.mean_shift is None else str(cents(tally.mean_shift)),
        "shift_quantiles": {str(percent): str(shift) for percent, shift in tally.quantiles().items()},
        "grades": _flips(tally.grades, diff),
        "line_grades": _flips(tally.line_grades, diff),
        "vetoes": {"gained": tally.vetoes.counts["", "veto"], "lost": tally.vetoes.counts["veto", ""]},
    }


def _flips(flips: Flips, diff: Diff) -> dict[str, Any]:
    counts = sorted((pair, count) for pair, count in flips.counts.items() if count)
    return {
        "flips": flips.flipped,
        "matrix": [{"before": before, "after": after, "calls": count} for (before, after), count in counts],
        "explained_by": [
            {"rule_id": blame.rule_id, "calls": blame.calls, "place": _spot(blame.spot)}
            for blame in diff.blame(flips.rules)
        ],
    }


def _call(delta: CallDelta) -> dict[str, Any]:
    return {
        "call": delta.call,
        "source": delta.source,
        "before": _standing(delta.before),
        "after": _standing(delta.after),
        "shift": _text(delta.shift),
        "rules": [_delta(rule) for rule in delta.differing],
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "score": _text(standing.score),
        "grade": standing.grade,
        "line_grade": standing.line_grade,
        "vetoed": standing.vetoed,
    }


def _delta(rule: RuleDelta) -> dict[str, Any]:
    return {
        "rule_id": rule.rule_id,
        "before": _name(rule.before),
        "after": _name(rule.after),
        "points": _text(rule.points),
        "gained": [_evidence(hit) for hit in rule.gained],
        "lost": [_evidence(hit) for hit in rule.lost],
    }


def _evidence(hit: Evidence) -> dict[str, Any]:
    return {
        "role": hit.role.value if hit.role else None,
        "start_s": round(hit.start, 3),
        "end_s": round(hit.end, 3),
        "quote": hit.quote,
        "matched": hit.matched,
        "note": hit.note,
    }


def _gate(gate: GateResult) -> dict[str, Any]:
    return {
        "gate": gate.gate,
        "crossed": gate.crossed,
        "found": gate.found,
        "explained_by": [
            {"rule_id": blame.rule_id, "calls": blame.calls, "place": _spot(blame.spot)} for blame in gate.blame
        ],
        "calls": list(gate.calls),
    }


def _name(outcome: Outcome | None) -> str | None:
    return outcome.value if outcome else None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
