"""``QA303`` 禁语在要求的说法里 a banned phrase inside a required wording

Whoever says what one rule requires or rewards is blamed by another, guards and excuses considered.

    require: {phrase: {role: agent, any: [还有不清楚的地方吗]}}
    forbid:  {phrase: {role: agent, any: [不清楚]}}

Fix: write more of the banned sentence (我不清楚), or excuse it.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.lints._said import blames
from qa_pipeline.rules.phrasings import Phrasing
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.ERROR


def check(subject: Subject) -> Iterator[Found]:
    """Pairs of a banned phrase and a longer one that is wanted, each banned phrase once."""
    wanted = {each.text: each for each in subject.wanted if each.operator == "phrase"}
    told: set[object] = set()
    for banned in (each for each in subject.banned if each.operator == "phrase"):
        holding = next((w for text, w in wanted.items() if banned.text in text and banned.text != text), None)
        key = (banned.source.path, banned.where)
        if holding is None or key in told or not blames(subject, banned.rule_id, holding.written):
            continue
        told.add(key)
        yield from _found(banned, holding, subject)


def _found(banned: Phrasing, holding: Phrasing, subject: Subject) -> Iterator[Found]:
    message = (
        f"{holding.rule_id} 要求的“{holding.written}”里有禁语“{banned.written}”（{banned.rule_id}）"
        " a required wording holds a banned phrase"
    )
    fix = "把禁语写完整 write more of the banned sentence"
    return subject.quarrel(subject.at_phrase(banned, message, fix), subject.at_phrase(holding, message, fix))
