"""``QA304`` 同一句话又要求又禁止 the same words are required and banned

    require: {phrase: {role: agent, any: [请稍等]}}
    forbid:  {phrase: {role: agent, any: [请稍等]}}

Whatever the agent does is wrong. Fix: decide; or say where each holds (``when``, ``within``).
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.ERROR


def check(subject: Subject) -> Iterator[Found]:
    """Phrases that one rule wants and another bans, each banned phrase once."""
    wanted = {each.text: each for each in subject.wanted if each.operator == "phrase"}
    banned = {(each.source.path, each.where): each for each in subject.banned if each.operator == "phrase"}
    for each in banned.values():
        other = wanted.get(each.text)
        if other is not None:
            message = f"{other.rule_id} 要求“{each.written}”，{each.rule_id} 又禁止 one rule wants it, another bans it"
            fix = "留一个，或写明各在何时 keep one, or say when each holds"
            yield from subject.quarrel(subject.at_phrase(each, message, fix), subject.at_phrase(other, message, fix))
