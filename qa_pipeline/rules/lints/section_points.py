"""``QA402`` 分项的分值和规则不合 points that do not sum to their section

A section's ``weight`` is the most it can lose (``method: deduct``) or its share (``earn``). Under ``deduct``, where all
rules of the section together take less than its weight, part of the weight can never be lost: the sheet says 30 and
means 20. Under ``earn`` the points only weigh the rules against one another, but a reader of the sheet adds them up.

    sections: {接待礼仪: {weight: 30}}     # and its rules take 12 + 8

Fix: change the weight or the points. A section may take more than its weight: it is capped.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """The sections that the own file weighs, against what their rules take."""
    scoring = subject.file.head.scoring
    if scoring is None:
        return
    for name, section in scoring.sections.items():
        rules = [rule.spec for rule in subject.specs.values() if rule.spec.section == name]
        taken = sum((spec.score.most_taken for spec in rules), Decimal(0))
        if taken < section.weight or (scoring.method == "earn" and taken != section.weight):
            message = f"分项 {name} 权重 {section.weight}，规则合计 {taken}  the rules' points sum to {taken}"
            where = ("scoring", "sections", name)
            yield Found(subject.file.source, where, message, "改权重或分值 change the weight or the points", about=name)
