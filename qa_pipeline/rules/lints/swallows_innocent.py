"""``QA301`` 禁语碰到平常的好话 a banned phrase swallows an innocent one

Somebody bans 客气 and every 不客气 loses points. Each banned phrase and expression is tried on some eighty wordings
that good agents use all day (``qa_pipeline/rules/innocent.txt``): phrases as they stand, expressions as the rule judges
them, guards and excuses considered. (What this set itself requires or suggests is looked at by QA302 to QA304.)

    forbid: {phrase: {role: agent, any: [客气]}}          # 不客气, 您太客气了
    forbid: {phrase: {role: agent, any: [少跟我客气]}}     # better

Fix: write more of the sentence, or ask for it where it is an offence (``within``, ``all``).
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.expressions import finds
from qa_pipeline.rules.lints._said import blames, innocent_wordings
from qa_pipeline.rules.phrasings import Phrasing
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject
from qa_pipeline.text.normalise import normalise

LEVEL = Level.ERROR
SHOWN = 3


def check(subject: Subject) -> Iterator[Found]:
    """What the own file bans, and the innocent wordings that it touches."""
    heard = {wording: normalise(wording).text for wording in innocent_wordings()}
    for each in {p.where: p for p in subject.banned if subject.is_own(p.source)}.values():
        touched = [wording for wording, text in heard.items() if _touches(each, wording, text, subject)]
        if touched:
            named = "、".join(f"“{wording}”" for wording in touched[:SHOWN])
            rest = f" 等 {len(touched)} 句 and {len(touched) - SHOWN} more" if len(touched) > SHOWN else ""
            what = f"“{each.written}”" if each.operator == "phrase" else "这个句式"
            message = f"{what}会把 {named}{rest} 也算进去 also hits innocent words"
            yield subject.at_phrase(each, message, "写得更完整 write more of the sentence")


def _touches(each: Phrasing, wording: str, text: str, subject: Subject) -> bool:
    if each.operator == "phrase":
        return each.text in text
    return finds(each.text, text) and blames(subject, each.rule_id, wording)
