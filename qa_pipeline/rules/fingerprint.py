"""By what a rule's outcome was found: equal fingerprints, equal outcomes of the same call.

A fingerprint is over everything written of a rule that can change what it says of a call, with the lexicons and
parameters that it names; over the rules that it asks by ``finding``; and over what the set asks of all its rules. It is
not over points, indicator, severity and advice: those are told anew when an outcome is told again (``judge.restated``).
Nor is it over the program, which may judge otherwise tomorrow: whoever keeps fingerprints keeps the program's beside
them (``engines.provenance``).

A rule that is only written differently has another fingerprint, and is judged again for nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qa_pipeline.rules.packs import Pack, RawRule

if TYPE_CHECKING:
    from qa_pipeline.rules.loader import RuleSet

TOLD_ANEW = ("indicator", "source", "score", "severity", "advice", "suggest", "lint_ignore")
"""Keys of a rule that shape how an outcome is told and counted, never which it is."""


def written(raw: RawRule, pack: Pack) -> str:
    """A digest of what the files write of a rule, as far as it decides outcomes, and of the names that it mentions."""
    own = {key: value for key, value in raw.data.items() if key not in TOLD_ANEW}
    more = [[part.value for part in parts] for parts in (raw.more, raw.excuses)]
    text = _plain([own, *more])
    named = {name: value for name, value in pack.names.items() if _plain(f"${name}")[1:-1] in text}
    return _digest([text, named])


def fingerprints(ruleset: RuleSet) -> dict[str, str]:
    """The fingerprint of each rule of ``ruleset``; none for a rule that was not read from a file."""
    from qa_pipeline.rules.loader import references_of

    rules = {rule.spec.id: rule for rule in ruleset.rules}
    found: dict[str, str] = {}

    def fingerprint(rule_id: str) -> str:
        if rule_id not in found:
            rule = rules[rule_id]
            asked = [fingerprint(other) for other in sorted(references_of(rule))]  # the loader refuses circles
            whole = bool(rule.written) and all(asked)
            found[rule_id] = _digest([rule.written, ruleset.scoring.min_confidence, asked]) if whole else ""
        return found[rule_id]

    return {rule_id: digest for rule_id in rules if (digest := fingerprint(rule_id))}


def unchanged(before: Mapping[str, str], now: Mapping[str, str]) -> frozenset[str]:
    """The rules that have the same fingerprint in both."""
    return frozenset(rule_id for rule_id, digest in now.items() if before.get(rule_id) == digest)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _digest(value: Any) -> str:
    return hashlib.sha256(_plain(value).encode("utf-8", "surrogatepass")).hexdigest()[:32]
