"""What need not be asked again of a call that was judged before: rules with the fingerprints that they had then.

Their outcomes are told again in the rules' present words and points. All others are judged, and with them whatever they
ask for: an outcome that comes back from a table points at times to the millisecond, which is exact enough to be told,
not to be reckoned with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from qa_pipeline.records import Evidence, Outcome, RuleOutcome
from qa_pipeline.rules.fingerprint import unchanged
from qa_pipeline.rules.judge import restated
from qa_pipeline.rules.loader import Rule, RuleSet, index_of, references_of

Said = tuple[Outcome, str, tuple[Evidence, ...]]
"""An outcome, why, and what it points at."""


@dataclass(frozen=True)
class Reuse:
    """How a set judges a call that was judged before: the ``retold`` rules are told again, the ``asked`` ones asked.

    ``ruleset`` is the set, with an index over the words of the asked rules only.
    """

    ruleset: RuleSet
    retold: tuple[Rule, ...]
    asked: frozenset[str]

    def known(self, said: Callable[[str], Said | None]) -> dict[str, RuleOutcome] | None:
        """The outcomes of the retold rules, as ``said`` has them by rule; None where it lacks one."""
        known: dict[str, RuleOutcome] = {}
        for rule in self.retold:
            before = said(rule.spec.id)
            if before is None:
                return None
            known[rule.spec.id] = restated(rule, *before)
        return known


def reuse(ruleset: RuleSet, now: Mapping[str, str], before: Mapping[str, str]) -> Reuse:
    """What of a judging by rules with the fingerprints ``before`` serves ``ruleset``, whose own are ``now``."""
    same = unchanged(before, now)
    return telling(ruleset, same)


def telling(ruleset: RuleSet, told: Iterable[str]) -> Reuse:
    """The set where the outcomes of ``told`` are known, save those that other rules must ask for."""
    rules = {rule.spec.id: rule for rule in ruleset.rules}
    asked = _reached(rules.keys() - set(told), rules)
    retold = tuple(rule for rule_id, rule in rules.items() if rule_id not in asked)
    if not retold:
        return Reuse(ruleset, (), frozenset(rules))
    return Reuse(narrowed(ruleset, asked), retold, asked)


def narrowed(ruleset: RuleSet, asked: Iterable[str]) -> RuleSet:
    """The same set, in which only the words of the rules that are asked are looked for."""
    wanted = set(asked)
    return replace(ruleset, index=index_of(rule for rule in ruleset.rules if rule.spec.id in wanted))


def _reached(begin: Iterable[str], rules: Mapping[str, Rule]) -> frozenset[str]:
    """The rules of ``begin``, those that they ask for, and so on."""
    found: set[str] = set()
    waiting = list(begin)
    while waiting:
        rule_id = waiting.pop()
        if rule_id not in found:
            found.add(rule_id)
            waiting += references_of(rules[rule_id])
    return frozenset(found)
