"""``QA206`` 两条规则禁同一句话 two rules ban the same words

Whoever says it loses points twice for one thing. It happens most easily across sets that a third one includes.

    # taboos.yaml          forbid: {phrase: {any: [随便你]}}     score: {deduct: 5}
    # banned-phrases.yaml  forbid: {phrase: {any: [随便你]}}     score: {deduct: 5}

Rules without points only remind, and are not looked at. Fix: leave the phrase to one rule; in a set that only
includes both, ``disable`` or ``override`` one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from qa_pipeline.rules.phrasings import Phrasing
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """Phrases that rules with points ban twice, where the own file writes one of them or includes both."""
    by_text: dict[str, dict[str, Phrasing]] = defaultdict(dict)
    for each in subject.banned:
        if each.operator == "phrase" and subject.specs[each.rule_id].spec.score.most_taken:
            by_text[each.text].setdefault(each.rule_id, each)
    for twice in by_text.values():
        first, *others = twice.values()
        for other in others:
            yield from _found(first, other, subject)


def _found(first: Phrasing, other: Phrasing, subject: Subject) -> Iterator[Found]:
    message = f"“{other.written}”在 {first.rule_id} 和 {other.rule_id} 都扣分 both rules take points for it"
    fix = "留给一条规则 leave it to one rule"
    return subject.quarrel(subject.at_phrase(other, message, fix), subject.at_phrase(first, message, fix))
