"""``QA202`` 禁用的短语太宽 a banned phrase is too wide

Two characters that everybody says every minute (可以, 没有, 知道), or an expression that can match a single character,
hit calls in which nothing is wrong.

    forbid: {phrase: {role: agent, any: [没有]}}
    forbid: {pattern: {role: agent, regex: '(烦|滚).?'}}

How common a word is, jieba's dictionary tells. Fix: write more of the sentence.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.expressions import least_characters
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject
from qa_pipeline.text.segment import how_common

LEVEL = Level.WARNING
COMMON = 5_000
"""Occurrences in the text that jieba's dictionary was counted on (60 million words): 不行 3,515, 知道 42,780."""


def check(subject: Subject) -> Iterator[Found]:
    """Phrases and expressions of the own file that are enough to be blamed, and say too little."""
    own = {each.where for each in subject.own_phrasings}
    for each in {p.where: p for p in subject.banned if subject.is_own(p.source) and p.where in own}.values():
        if each.operator == "phrase" and len(each.text) == 2 and how_common(each.text) >= COMMON:
            message = f"太常见，禁不得 too common to be banned: {each.written}"
            yield subject.at_phrase(each, message, "写出整句 write more of the sentence")
        elif each.operator == "pattern" and least_characters(each.text) == 1:
            message = "一个字就能匹配的句式 an expression that one character can match"
            yield subject.at_phrase(each, message, "写出更多 write more of what is said")
