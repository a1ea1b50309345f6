"""``QA105`` 规则集没有标题或出处 the rule set has no title or source

Reports and pages show the title; ``source`` names the standard that the set implements. (A rule without a title is a
fault, not a warning.)

    title: 供热服务热线
    source: 供热服务质量规范 2024
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """The set's own title, and its source where it writes rules."""
    head, source = subject.file.head, subject.file.source
    if not head.title.strip():
        yield Found(source, ("ruleset",), "规则集没有标题 the set has no title", "写 write title:", about="title")
    if head.rules and not head.source.strip():
        message, fix = "规则集没有出处 the set names no source", "写 source: 实施的标准 write source: the standard"
        yield Found(source, ("ruleset",), message, fix, about="source")
