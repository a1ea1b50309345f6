"""``QA102`` 没有用例证明规则会沉默 no case shows the rule silent

A rule that fires on everything passes every case under ``fires``. A near miss shows where it ends: the same words of
the customer, quoted, denied, or in another meaning.

    - rule: rude-closing
      silent:
        - {why: 客户说的, 客户: 没事我挂了}

Fix: write a near miss under ``silent`` (or, for a rule that is never silent, ``not_applicable`` or
``cannot_tell``).
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.cases import Expected
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING
_QUIET = (Expected.SILENT, Expected.NOT_APPLICABLE, Expected.CANNOT_TELL)


def check(subject: Subject) -> Iterator[Found]:
    """Rules of the own file without a case that is held to be silent."""
    shown = {case.rule_id for case in subject.cases if case.expected in _QUIET and not case.how.todo}
    for raw, rule in subject.own_rules:
        if rule.spec.id not in shown:
            message, fix = "没有不报的用例 no case shows it silent", "写一条相近而不该报的 add a near miss under silent"
            yield subject.at_rule(raw, "id", message, fix)
