"""``QA501`` 没有用的豁免 an ignore that ignores nothing

``lint: ignore`` or ``lint_ignore`` names a code that has nothing to say here any more, or that does not exist. Left
alone it would hide the next one.

    lint: {ignore: {QA204: 原话照录 verbatim}}     # and no phrase is needless any more

Fix: take it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """The ignores that hid nothing; asked after all others, when it is known which did."""
    for ignore in subject.ignores:
        if not ignore.hidden:
            message = f"{ignore.code} 在这里没有什么可豁免的 hides nothing here"
            yield Found(ignore.source, ignore.where, message, "删去 take it out", ignore.rule_id, ignore.about)
