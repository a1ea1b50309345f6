"""The whole answer of a comparison: what is written differently, over which calls, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_pipeline.rules.diff.changes import Changes, Side, Spot
from qa_pipeline.rules.diff.tally import Tally


@dataclass(frozen=True, slots=True)
class Unread:
    """One call of the corpus that could not be compared, and why."""

    source: str
    message: str


@dataclass(frozen=True)
class CorpusNote:
    """Over which calls the sets were compared. ``rebuilt``: they came out of scorecards, not out of transcripts.

    ``unread`` are calls that could not be compared, ``skipped`` counts by reason what is no call. ``limited`` are the
    rules that were compared, and that look at what a rebuilt call no longer shows as it was.
    """

    path: str
    rebuilt: bool
    unread: tuple[Unread, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    limited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blame:
    """A rule that explains changed calls, how many of them, and the line that changed. No rule: the scoring did."""

    rule_id: str
    calls: int
    spot: Spot

    def __str__(self) -> str:
        return f"{self.spot} {self.rule_id or 'scoring'} ({self.calls})"


@dataclass(frozen=True)
class Diff:
    """Two rule sets over a corpus."""

    old: Side
    new: Side
    changes: Changes
    corpus: CorpusNote
    tally: Tally

    def blame(self, rules: Mapping[str, int]) -> tuple[Blame, ...]:
        """The rules that explain so many calls each, the one that explains most first."""
        found = [Blame(rule_id, calls, self.spot(rule_id)) for rule_id, calls in rules.items()]
        return tuple(sorted(found, key=lambda blame: (-blame.calls, blame.rule_id)))

    def spot(self, rule_id: str) -> Spot:
        """The changed line because of which a rule says something else; the scoring's where no rule does."""
        change = self.changes.rule(rule_id) if rule_id else None
        if change is not None:
            return self.spot(change.asks[0]) if change.asks and not change.keys else change.spot
        return self.changes.scoring[0].spot if self.changes.scoring else self.new.own_file

    def title(self, rule_id: str) -> str:
        """What people call the rule."""
        for side in (self.new, self.old):
            raw = side.pack.rules.get(rule_id)
            if raw is not None:
                return str(raw.data["title"])
        return rule_id
