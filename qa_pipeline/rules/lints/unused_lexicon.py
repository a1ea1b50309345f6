"""``QA404`` 没有用到的词表 an unused lexicon

No rule or lexicon of this set, of the sets beside it or of those checked in the same run names it (``$name``). Often
the name in the rule is another list's.

Fix: use it or take it out. A set that offers lists to sites that are elsewhere says so:

    lint: {ignore: {QA404: {greeting-formal: 站点的规则集会用 for the sites}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.schema import LexiconChange
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """Lexicons that the own file defines."""
    for name, written in subject.file.head.lexicons.items():
        if not isinstance(written, LexiconChange) and name not in subject.used_names:
            message, fix = f"词表 {name} 没有用到 nothing uses it", "用上或删去 use it or take it out"
            yield Found(subject.file.source, ("lexicons", name), message, fix, about=name)
