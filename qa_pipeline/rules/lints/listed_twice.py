"""``QA205`` 同一个列表里重复 listed twice

Two phrases of one list are the same once punctuation, spaces, width, case and traditional forms are gone.

    any: [谢谢您, 谢谢您！, 謝謝您]

Fix: take out all but one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.source import Source, Where
from qa_pipeline.rules.subject import Found, Subject
from qa_pipeline.text.normalise import normalise

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """Phrases of the own file that stand earlier in the same lexicon, or in the same list of a condition."""
    told: set[Where] = set()
    first: dict[tuple[object, str], tuple[Source, Where]] = {}
    for owner, text, source, where, rule_id in _listed(subject):
        earlier = first.setdefault((owner, normalise(text).text), (source, where))
        if earlier != (source, where) and subject.is_own(source) and where not in told:
            told.add(where)
            line = earlier[0].places.get(earlier[1], (0, 0))[0]
            place = f"第 {line} 行" if subject.is_own(earlier[0]) else f"{Path(earlier[0].path).name}:{line}"
            message = f"“{text}”已在{place}  is already listed there"
            yield Found(source, where, message, "删去一个 take one out", rule_id, text)


def _listed(subject: Subject) -> Iterator[tuple[object, str, Source, Where, str]]:
    """Every listed phrase with the list it belongs to."""
    for name, parts in subject.pack.lexicons.items():
        yield from ((name, part.value, part.source, part.where, "") for part in parts if part.value[:1] != "$")
    for each in subject.phrasings:
        if each.operator == "phrase":
            yield (each.rule_id, each.listed_at), each.written, each.source, each.where, each.rule_id
