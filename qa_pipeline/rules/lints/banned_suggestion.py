"""``QA302`` 建议的说法自己会被扣分 a suggested wording is itself an offence

The set tells the agent to say something and then blames whoever says it. Each ``suggest`` is judged by all rules of
the set as the only thing an agent says, guards and excuses considered.

    suggest: 按照规定办不了，我也没办法，您再问问别的部门。

Fix: change the suggestion, or the rule that it breaks.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.rules.lints._said import blaming
from qa_pipeline.rules.report import Level
from qa_pipeline.rules.subject import Found, Subject

LEVEL = Level.ERROR


def check(subject: Subject) -> Iterator[Found]:
    """Suggestions that a rule hits, where the own file writes the one or the other or includes both."""
    for rule_id, rule in subject.specs.items():
        suggested = rule.spec.suggest
        for outcome in blaming(subject, suggested) if suggested else ():
            other = subject.pack.rules[outcome.rule_id]
            marked = outcome.findings[0].evidence.matched
            message = f"建议的说法里有“{marked}”，会被 {outcome.rule_id} 判 the suggestion is hit by {outcome.rule_id}"
            here = subject.at_rule(subject.pack.rules[rule_id], "suggest", message, "换个说法 change the wording")
            yield from subject.quarrel(here, subject.at_rule(other, "id", message, "换个说法 change the wording"))
