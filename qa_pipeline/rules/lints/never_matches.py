"""``QA203`` 永远匹配不到的句式 an expression that can never match

Expressions see text as heard: simplified, half-width, lower case, without punctuation or spaces. One that asks for a
comma, a space, a capital or a traditional character is never found. Phrases are brought into the same form, so they
always can be.

    regex: '您好，请问'     # no comma is ever there
    regex: '您好请问'       # better
    regex: 'VIP客户'        # vip客户

Fix: take the character out, or write it in the form that is heard.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.expressions import characters_never_heard, never_matches
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.ERROR


def check(subject: Subject) -> Iterator[Found]:
    """Expressions of the own file in which a character must stand that normalised text never holds."""
    for each in subject.own_phrasings:
        if each.operator == "pattern" and never_matches(each.text):
            named = " ".join(f"“{character}”" for character in characters_never_heard(each.text))
            message = f"识别文本里没有 {named}，永远匹配不到 can never match: text as heard has no {named}"
            fix = "去掉标点和空格，字母小写，用简体半角 no punctuation or spaces, lower case, simplified"
            yield subject.at_phrase(each, message, fix)
