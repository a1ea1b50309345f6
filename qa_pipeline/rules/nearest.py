"""What in a dialogue came nearest to the phrases of a rule that did not find any: often a homophone or a missing 了."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.records import Outcome, Role, Utterance
from qa_pipeline.rules.cases import Expected
from qa_pipeline.rules.expressions import literal_runs
from qa_pipeline.rules.packs import Pack
from qa_pipeline.rules.phrasings import Phrasing, phrasings_of
from qa_pipeline.rules.testing import CaseResult
from qa_pipeline.text.normalise import normalise

LEAST = 60.0
"""Per cent alike below which nothing is said: two characters of three."""


@dataclass(frozen=True, slots=True)
class Near:
    """``said`` (as heard) in an utterance is ``alike`` per cent the wanted words; 100: the very words."""

    said: str
    wanted: str
    alike: float
    utterance: Utterance

    def __str__(self) -> str:
        start = f"{self.utterance.start:.1f} s"
        if self.alike >= 100:
            return f"{start} 说了“{self.wanted}”，别的条件不成立 is said; something else of the rule does not hold"
        return f"{start} “{self.said}”最像“{self.wanted}”（{self.alike:.0f}%）  came nearest"


def nearest(result: CaseResult, pack: Pack) -> Near | None:
    """The nearest miss of a case in which the rule should have found its words and did not; None where none is near."""
    if not _found_too_little(result):
        return None
    candidates = (near for said in result.case.transcript.utterances for near in _in(said, result.case.rule_id, pack))
    best = max(candidates, key=lambda near: (near.alike, len(near.wanted)), default=None)
    return best if best is not None and best.alike >= LEAST else None


def _found_too_little(result: CaseResult) -> bool:
    """A ``forbid`` or ``reward`` that should fire and does not, or a ``require`` that should be met and is not."""
    said, findings = result.outcome.outcome, result.outcome.findings
    if result.case.expected is Expected.FIRES:
        return not findings
    return result.case.expected is Expected.SILENT and said is Outcome.FAIL and not _marks_words(result)


def _marks_words(result: CaseResult) -> bool:
    return any(finding.evidence.matched and finding.evidence.operator for finding in result.outcome.findings)


def _in(said: Utterance, rule_id: str, pack: Pack) -> Iterator[Near]:
    from rapidfuzz.fuzz import partial_ratio_alignment

    text = normalise(said.text).text
    listed = {each for p in phrasings_of(pack.rules[rule_id], pack) for each in _wanted(p, said.role)}
    for wanted, whole in sorted(listed):
        found = partial_ratio_alignment(wanted, text) if len(wanted) <= len(text) else None
        if found is not None and (whole or found.score < 100):  # a part of an expression that is there tells nothing
            yield Near(text[found.dest_start : found.dest_end], wanted, found.score, said)


def _wanted(phrasing: Phrasing, role: Role) -> Sequence[tuple[str, bool]]:
    """What the rule listens for in the words of that role, and whether it is all of a phrase."""
    if phrasing.slot not in ("require", "forbid", "reward") or phrasing.denied:
        return ()
    if phrasing.role and role.value != phrasing.role:
        return ()
    if phrasing.operator == "phrase":
        return [(phrasing.text, True)]
    return [(run, False) for run in literal_runs(phrasing.text)]
