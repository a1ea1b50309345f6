"""``QA103`` 规则没有出处 the rule names no source

An agent who appeals asks: where does that stand? ``source`` names the passage of the standard, or the decision.

    source: 服务规范 2024 第 12 条
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """Rules of the own file without a source."""
    for raw, rule in subject.own_rules:
        if not rule.spec.source.strip():
            yield subject.at_rule(raw, "id", "没有出处 no source", "写 source: 标准的哪一条 write source: the passage")
