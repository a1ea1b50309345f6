"""``QA207`` 太短，不能近似匹配 too short for approximate matching

``match: fuzzy`` and ``match: pinyin`` look for phrases of fewer than four characters exactly: a shorter one is too
easily found where it was not said. The list promises more than it does.

    phrase: {any: [归定, 我们也没办法], match: pinyin}     # 归定 is looked for as written

Fix: write more of the sentence, or move the phrase to a list that is matched exactly.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.operators.phrase import MIN_APPROXIMATE
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.NOTE


def check(subject: Subject) -> Iterator[Found]:
    """Short phrases of the own file in approximate lists."""
    for each in subject.own_phrasings:
        if each.operator == "phrase" and each.match != "exact" and len(each.text) < MIN_APPROXIMATE:
            message = f"“{each.written}”不到 {MIN_APPROXIMATE} 个字，match: {each.match} 不起作用 is matched exactly"
            yield subject.at_phrase(each, message, "写长一点，或另列 write more, or list it apart")
