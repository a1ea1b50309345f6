"""``QA406`` 没有规则供给的指标 an indicator that no rule feeds

``line_grades`` counts an indicator that no rule feeds as not told, in every call: the range of grades widens, and a
key indicator keeps every call from the best grade.

    line_grades: {indicators: [接待礼仪/开头语, 接待礼仪/语气], key: [接待礼仪/语气]}     # no rule has that indicator

Fix: write a rule with this ``indicator``, correct the spelling, or take it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.source import Where
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """The indicators of the own file's ``line_grades``, key ones marked."""
    scoring = subject.file.head.scoring
    if scoring is None or scoring.line_grades is None:
        return
    fed = {rule.spec.indicator for rule in subject.specs.values()}
    for index, name in enumerate(scoring.line_grades.indicators):
        if name not in fed:
            key = "重点指标 key indicator " if name in scoring.line_grades.key else "指标 indicator "
            near = get_close_matches(name, fed, n=1)
            fix = f"是不是 did you mean: {near[0]}" if near else "写一条规则，或删去 write a rule, or take it out"
            where: Where = ("scoring", "line_grades", "indicators", index)
            yield Found(subject.file.source, where, f"{key}{name} 没有规则供给 no rule feeds it", fix, about=name)
