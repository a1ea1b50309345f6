"""``QA208`` 句式里有匹配不到的写法 an alternative that can never match

Part of an expression asks for a character that text as heard never holds (see QA203); the rest of it can match.

    regex: 'VIP|vip'              # VIP is heard as vip
    regex: '(请讲，|请说)您的问题'

Fix: take the alternative out, or write it in the form that is heard.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.expressions import characters_never_heard, never_matches
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """Expressions of the own file that can match, but not in every way that is written."""
    for each in subject.own_phrasings:
        if each.operator != "pattern" or never_matches(each.text):
            continue
        lost = characters_never_heard(each.text)
        if lost:
            named = " ".join(f"“{character}”" for character in lost)
            message = f"识别文本里没有 {named}，带它的写法匹配不到 no text as heard has {named}"
            yield subject.at_phrase(each, message, "删去，或用小写、简体、半角 take it out, or write what is heard")
