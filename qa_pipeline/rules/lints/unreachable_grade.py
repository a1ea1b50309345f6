"""``QA408`` 到不了的等级 a grade that no call can reach

    ceiling: 100
    grades: [{grade: 卓越, from: 110}, {grade: 优秀, from: 85}, {grade: 普通, from: 0}]

No score is over ``ceiling``, and none is over ``base`` and the bonuses together. Fix: lower the band.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """The bands that the own file writes."""
    scoring = subject.file.head.scoring
    if scoring is None:
        return
    given = sum((rule.spec.score.most_given for rule in subject.specs.values()), Decimal(0))
    bonus = given if scoring.bonus_max is None else min(given, scoring.bonus_max)
    most = min(scoring.ceiling, scoring.base + bonus)
    for index, band in enumerate(scoring.grades):
        if band.from_score > most:
            message = f"等级 {band.grade} 从 {band.from_score} 起，最高只有 {most}  no score is over {most}"
            where = ("scoring", "grades", index)
            yield Found(subject.file.source, where, message, "降低起点 lower the band", about=band.grade)
