"""Guards: words that are said without being meant. They decide whether an agent can trust the tool.

``quoted``       (引用) 您刚才说"没办法"; 不要跟客户说这是规定; the speaker names the words, they are not his own.
``negated``      (否定) 我们不会不管您; 不是说随便您.
``echo``         (复述) the agent gives back what the customer has just reported, to confirm it or to feel with him.
``polite_turn``  (转折) 虽然有规定，不过我帮您申请: a limit (no insult) is followed, in the same turn, by help.

Each works on the normalised text of one turn, so none depends on punctuation; quotation marks, where the recogniser
writes them, are used as well. Each looks at a few dozen characters around the match, so a long turn costs no more than
a short one. A guarded match stays visible: it becomes the reason of a pass, with the guard's name.

How often they are wrong is measured on hard sentences of our own (tests/rules/hard_sentences, where the commands and
the history stand). On the last batch, written after all tuning and met for the first time, precision / recall were:
quoted 0.83 / 0.83, negated 0.89 / 0.67, echo 0.71 / 0.83, polite_turn 0.89 / 0.80. These sentences are chosen to
mislead, and few (88): everyday calls are easier, but a reviewer should look at what a guard let pass.
"""

from __future__ import annotations

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.rules.guards.echo import is_echo
from qa_pipeline.rules.guards.negated import is_negated
from qa_pipeline.rules.guards.polite_turn import turns_polite
from qa_pipeline.rules.guards.quoted import is_quoted
from qa_pipeline.rules.schema import Guard

__all__ = ["guard_for"]


def guard_for(guards: frozenset[Guard], call: CallFeatures, passage: Passage, start: int, end: int) -> Guard | None:
    """The first guard in force that covers ``passage.text[start:end]``; None where the words are meant."""
    if Guard.QUOTED in guards and is_quoted(passage, start, end):
        return Guard.QUOTED
    if Guard.NEGATED in guards and is_negated(passage.text, start, end):
        return Guard.NEGATED
    if Guard.ECHO in guards and is_echo(call, passage, start, end):
        return Guard.ECHO
    return Guard.POLITE_TURN if Guard.POLITE_TURN in guards and turns_polite(passage, start, end) else None
