"""Judging takes short cuts; a judging that takes none says the same.

Without short cuts every condition is evaluated, every operator looks at every turn itself, and nothing is remembered.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.features import CallFeatures, Passage, call_features
from qa_pipeline.records import Evidence, Role, RuleOutcome, Transcript, Utterance, Word
from qa_pipeline.rules import RuleSet, judge, load
from qa_pipeline.rules.conditions import Check, Combination, evaluate_in
from qa_pipeline.rules.hits import hit_in, plain
from qa_pipeline.rules.index import TextIndex
from qa_pipeline.rules.judge import judge_only
from qa_pipeline.rules.verdict import Verdict, all_hold, any_holds, combine
from qa_pipeline.rules.view import View
from qa_pipeline.transcribe.stored import read_stored

DIALOGUES = Path(__file__).parents[1] / "dialogues"


@pytest.fixture(scope="module")
def hotline() -> RuleSet:
    return load("hotline")


def transcripts() -> Iterator[Transcript]:
    """Labelled calls, some spoiled: unsure words, one channel, nobody knows who speaks, lines in disorder."""
    rng = random.Random(3)
    for number, path in enumerate(sorted((DIALOGUES / "tuning").glob("*.json"))[:12]):
        call = read_stored(path)
        yield call
        spoil = (unsure, mono, unknown, shuffled)[number % 4]
        yield replace(call, **spoil(call, rng))


def unsure(call: Transcript, rng: random.Random) -> dict:
    return {"utterances": tuple(replace(u, confidence=rng.choice((0.1, 0.3, 0.5))) for u in call.utterances)}


def mono(call: Transcript, _rng: random.Random) -> dict:
    return {"channels": 1, "utterances": tuple(replace(u, channel=0) for u in call.utterances)}


def unknown(call: Transcript, _rng: random.Random) -> dict:
    return {"utterances": tuple(replace(u, role=Role.UNKNOWN, channel=0) for u in call.utterances)}


def shuffled(call: Transcript, rng: random.Random) -> dict:
    texts = [u.text for u in call.utterances]
    rng.shuffle(texts)
    return {"utterances": tuple(replace(u, text=t) for u, t in zip(call.utterances, texts, strict=True))}


def evaluate_plainly(self: Check | Combination, view: View) -> Verdict:
    look = self._look if isinstance(self, Check) else lambda narrowed: look_plainly(self, narrowed)
    return evaluate_in(self.scope, view, look)


def look_plainly(combination: Combination, view: View) -> Verdict:
    verdicts = [part.evaluate(view) for part in combination.parts]
    if combination.kind == "all":
        return combine(verdicts, all_hold(v.holds for v in verdicts))
    either = combine(verdicts, any_holds(v.holds for v in verdicts))
    if combination.kind == "any":
        return either
    return Verdict(None if either.holds is None else not either.holds, reason=either.reason)


@pytest.fixture
def no_short_cuts(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for kind in (Check, Combination):
        monkeypatch.setattr(kind, "evaluate", evaluate_plainly)
        monkeypatch.setattr(kind, "settle", evaluate_plainly)
    monkeypatch.setattr(TextIndex, "answers_for", lambda self, operator, role: False)
    return monkeypatch


def outcomes(calls: list[CallFeatures], ruleset: RuleSet) -> list[tuple[RuleOutcome, ...]]:
    return [judge(call, ruleset).outcomes for call in calls]


def test_short_cuts_change_no_outcome(hotline: RuleSet, request: pytest.FixtureRequest):
    calls = [call_features(transcript) for transcript in transcripts()]
    quickly = outcomes(calls, hotline)
    request.getfixturevalue("no_short_cuts")
    plainly = outcomes([call_features(call.transcript) for call in calls], hotline)
    for quick, slow in zip(quickly, plainly, strict=True):
        for one, other in zip(quick, slow, strict=True):
            assert one == other
    assert {o.outcome for call in quickly for o in call} >= {"pass", "fail", "cannot_tell", "not_applicable"}


def test_what_is_remembered_for_one_rule_says_nothing_else_of_another(hotline: RuleSet):
    """In whatever order rules are asked, and whichever alone: what equal conditions share does not depend on it."""
    call = call_features(read_stored(sorted((DIALOGUES / "tuning").glob("*.json"))[0]))
    together = {outcome.rule_id: outcome for outcome in judge(call, hotline).outcomes}
    backwards = replace(hotline, rules=tuple(reversed(hotline.rules)))
    assert {outcome.rule_id: outcome for outcome in judge(call, backwards).outcomes} == together
    for rule in hotline.rules:
        assert judge_only(call, hotline, rule.spec.id) == together[rule.spec.id]


def test_features_are_the_same_whatever_set_asked_for_them_first(hotline: RuleSet):
    path = sorted((DIALOGUES / "tuning").glob("*.json"))[1]
    used, fresh = call_features(read_stored(path)), call_features(read_stored(path))
    judge(used, load("evaluation-12345"))
    assert judge(used, hotline) == judge(fresh, hotline)


words = st.lists(st.text(alphabet="您好规定啊，。a", min_size=1, max_size=3), min_size=1, max_size=5)


@given(words, words, st.booleans(), st.data())
def test_a_hit_is_the_evidence_that_it_stands_for(first: list[str], second: list[str], timed: bool, data):
    passage = Passage(3, Role.AGENT, (said(first, 1.0, timed), said(second, 9.0, not timed)))
    if not passage.text:
        return
    start = data.draw(st.integers(0, len(passage.text) - 1))
    end = data.draw(st.integers(start + 1, len(passage.text)))
    hit, whole = hit_in(passage, start, end, "note"), passage.evidence(start, end, "note")
    assert plain(hit) == whole and type(plain(hit)) is Evidence
    assert replace(hit, note="other") == replace(whole, note="other")
    assert (hit.start, hit.end, hit.matched, hit.turn) == (whole.start, whole.end, whole.matched, whole.turn)


def said(texts: list[str], start: float, timed: bool) -> Utterance:
    times = [Word(start + i, start + i + 0.9, text, 0.9) for i, text in enumerate(texts)]
    words = tuple(times) if timed else ()
    return Utterance(Role.AGENT, 0, start, start + len(texts), "".join(texts), 0.8, words)
