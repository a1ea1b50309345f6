"""``QA405`` 没有用到的参数 an unused parameter

A site that sets it believes that it changes something.

Fix: name it in a rule (``max_s: $dead-air-max-s``) or take it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """Parameters that the own file declares or changes."""
    for name in subject.file.head.parameters:
        if name not in subject.used_names:
            message = f"参数 {name} 没有用到 nothing uses it"
            where = ("parameters", name)
            yield Found(subject.file.source, where, message, "用上或删去 use it or take it out", about=name)
