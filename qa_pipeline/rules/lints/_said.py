"""What a rule set says of an agent who says one thing; and the wordings that nobody may be blamed for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from qa_pipeline.features import call_features
from qa_pipeline.records import Role, RuleOutcome, Transcript
from qa_pipeline.rules.dialogue import Line, LineFile, transcript_of
from qa_pipeline.rules.judge import judge, judge_only
from qa_pipeline.rules.subject import Subject

_WORDINGS = Path(__file__).parents[1] / "innocent.txt"
WORD_OPERATORS = ("phrase", "pattern", "similar")
"""Operators that judge the words themselves, not how or when they are said."""


@cache
def innocent_wordings() -> tuple[str, ...]:
    """What good agents say every day."""
    lines = _WORDINGS.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in map(str.strip, lines) if line and not line.startswith("#"))


def blames(subject: Subject, rule_id: str, said: str) -> bool:
    """Whether the rule is hit when the agent says just this, guards and excuses considered."""
    outcome = judge_only(call_features(_call(said)), subject.ruleset, rule_id)
    return _is_blamed(outcome, subject)


def blaming(subject: Subject, said: str) -> Sequence[RuleOutcome]:
    """The outcomes of all rules that are hit by the words, when the agent says just this."""
    judgement = judge(call_features(_call(said)), subject.ruleset)
    return [outcome for outcome in judgement.outcomes if _is_blamed(outcome, subject)]


def _call(said: str) -> Transcript:
    how = LineFile()
    return transcript_of([Line(Role.CUSTOMER, "喂您好", None, how), Line(Role.AGENT, said, None, how)], "said")


def _is_blamed(outcome: RuleOutcome, subject: Subject) -> bool:
    if subject.specs[outcome.rule_id].spec.kind != "forbid":
        return False
    return any(
        finding.evidence.role is Role.AGENT and finding.evidence.operator in WORD_OPERATORS
        for finding in outcome.findings
    )
