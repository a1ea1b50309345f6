"""``QA101`` 没有用例让规则报 no case makes the rule fire

Nobody has shown that the rule finds what it is for; a typing mistake in a phrase would stay unseen for months. A case
with ``todo`` does not count.

    - rule: rude-closing
      fires:
        - 客服: 没事我挂了

Fix: write a case under ``fires`` in the file ``cases/`` beside the rule set (see rule-cases.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.cases import Expected
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """Rules of the own file without a case that is held to fire."""
    shown = {case.rule_id for case in subject.cases if case.expected is Expected.FIRES and not case.how.todo}
    for raw, rule in subject.own_rules:
        if rule.spec.id not in shown:
            yield subject.at_rule(raw, "id", "没有要报的用例 no case makes it fire", "写一条 add a case under fires")
