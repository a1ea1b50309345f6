"""``QA201`` 一个字的短语 a phrase of one character

One character stands inside a thousand words: 烦 in 麻烦您了, 滚 in 滚动. As something banned or required it says
nothing.

    any: [烦]              # 麻烦您了 is hit too
    any: [烦不烦, 真烦人]   # better

Fix: write the whole expression, or ask for it as a word (``words: true``). Lists that only count (fillers) are not
looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Found]:
    """Phrases of one character that make a condition hold by themselves."""
    for each in subject.own_phrasings:
        if each.operator == "phrase" and each.alone and len(each.text) == 1:
            message = f"只有一个字 one character only: {each.written}"
            yield subject.at_phrase(each, message, "写完整的说法 write the whole expression")
