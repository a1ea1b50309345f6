"""``QA403`` 分项权重之和不是基础分 weights that do not sum to the base

    base: 100
    sections: {接待礼仪: {weight: 30}, 沟通技巧: {weight: 40}, 问题解决: {weight: 20}}     # 90

Under ``deduct`` less than the base means that a call which does everything wrong keeps points; more, that the last
faults cost nothing. Fix: make the weights sum to ``base``.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """The sum of the weights that the own file writes."""
    scoring = subject.file.head.scoring
    if scoring is None or not scoring.sections:
        return
    total = sum((section.weight for section in scoring.sections.values()), Decimal(0))
    if total != scoring.base:
        message = f"权重合计 {total}，基础分 {scoring.base}  the weights sum to {total}, the base is {scoring.base}"
        fix = "让两者相等 make them equal"
        yield Found(subject.file.source, ("scoring", "sections"), message, fix, about="sections")
