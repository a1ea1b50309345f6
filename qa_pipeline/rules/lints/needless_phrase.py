"""``QA204`` 多余的短语 a needless phrase

A shorter phrase of the same list stands inside it, so wherever the longer is said the shorter is found anyway. The
longer one changes only how much is quoted.

    any: [我们也没办法, 没办法]     # the first is needless, or the second too wide

Fix: take out the longer, or, where the shorter is too wide, the shorter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from qa_pipeline.rules.phrasings import Phrasing
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.NOTE


def check(subject: Subject) -> Iterator[Found]:
    """Phrases of the own file that hold another phrase of every list they stand in."""
    lists: dict[object, list[Phrasing]] = defaultdict(list)
    for each in subject.phrasings:
        if each.operator == "phrase" and each.match == "exact":
            lists[each.listed_at].append(each)
    needless: dict[object, tuple[Phrasing, str]] = {}
    for members in lists.values():
        texts = {member.text: member.written for member in members}
        for member in members:
            inner = next((t for t in texts if t != member.text and t in member.text), None) if member.text else None
            if inner is not None and subject.is_own(member.source):
                needless.setdefault(member.where, (member, texts[inner]))
    for member, inner in needless.values():
        message = f"“{member.written}”里已有“{inner}” is found by the shorter phrase anyway"
        yield subject.at_phrase(member, message, "删去一个 take one out")
