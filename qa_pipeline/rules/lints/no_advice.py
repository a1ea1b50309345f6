"""``QA104`` 扣分的规则没有建议 a rule that takes points gives no advice

A finding that takes points should say what to do better: it is what an agent reads.

    advice: 说明原因，再给出能做的一步。
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """Rules of the own file that take points or veto, without advice."""
    for raw, rule in subject.own_rules:
        score = rule.spec.score
        if (score.most_taken or score.veto) and not rule.spec.advice.strip():
            message = "扣分而没有建议 takes points and gives no advice"
            yield subject.at_rule(raw, "score", message, "写 advice: 怎样做更好 write advice: what to do better")
