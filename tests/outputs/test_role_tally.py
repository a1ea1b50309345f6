from dataclasses import replace

import pytest

from qa_pipeline.outputs.role_tally import RoleTally
from qa_pipeline.outputs.tally import Tally, count
from qa_pipeline.pipeline import name_heard, score_heard
from qa_pipeline.records import Recording, Role, Scorecard, Transcript, Utterance
from qa_pipeline.rules import RuleSet, load

AGENT_SAYS, CUSTOMER_SAYS = (
    "您好，工号二零一七为您服务，请问有什么可以帮您？",
    "你好，我家暖气不热，我想问一下你们什么时候修。",
)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load("red-lines")


def _heard(agent_on: int, channels: int = 2) -> Transcript:
    said = (
        Utterance(Role.UNKNOWN, agent_on % channels, 0.5, 4.0, AGENT_SAYS),
        Utterance(Role.UNKNOWN, (1 - agent_on) % channels, 5.0, 8.0, CUSTOMER_SAYS),
    )
    return Transcript("x", 10.0, channels, said)


def _card(rules: RuleSet, agent_on: int, given: int | None = None, team: str = "", channels: int = 2) -> Scorecard:
    recording = Recording("x", "x.wav", "x.wav", {"team": team or None}, given)
    card = score_heard(recording, _heard(agent_on, channels), rules)
    assert isinstance(card, Scorecard)
    return card


def _tally(cards: list[Scorecard]) -> RoleTally:
    tally = RoleTally()
    for card in cards:
        tally.add(card)
    return tally


def test_a_team_whose_channels_are_swapped_is_named(rules: RuleSet) -> None:
    cards = [_card(rules, 0, given=0, team="一组")] * 5 + [_card(rules, 1, given=0, team="二组")] * 4
    (warning,) = _tally(cards).warnings()
    assert warning.startswith("团队 二组：4 通里 4 通")
    assert "接反" in warning


def test_a_whole_batch_that_is_swapped_is_one_warning(rules: RuleSet) -> None:
    cards = [_card(rules, 1, given=0, team=team) for team in ("一组", "二组") for _ in range(3)]
    (warning,) = _tally(cards).warnings()
    assert warning.startswith("整批录音")
    (alone,) = _tally([_card(rules, 1, given=0)] * 3).warnings()
    assert alone.startswith("整批录音")


def test_right_channels_and_few_calls_are_no_warning(rules: RuleSet) -> None:
    assert list(_tally([_card(rules, 0, given=0, team="一组")] * 9).warnings()) == []
    assert list(_tally([_card(rules, 1, given=0, team="一组")] * 2).warnings()) == []


def test_a_team_recorded_on_the_other_side_is_named_where_nobody_said_which(rules: RuleSet) -> None:
    cards = [_card(rules, 0, team="一组")] * 8 + [_card(rules, 1, team="二组")] * 4
    told = list(_tally(cards).warnings())
    assert any("团队 二组：4 通里 4 通的客服在声道 1" in warning for warning in told)
    assert list(_tally(cards[:8] + [_card(rules, 0, team="二组")] * 4).warnings()) == []


def test_calls_without_roles_are_counted(rules: RuleSet) -> None:
    silent = replace(_heard(0), utterances=())
    mixed = _tally([_card(rules, 0), _card(rules, 0, channels=1)])
    mixed.add(silent)
    assert (mixed.calls, mixed.unknown, mixed.mono) == (3, 2, 1)


def test_the_summary_says_so(rules: RuleSet) -> None:
    tally = Tally()
    for card in [_card(rules, 1, given=0, team="一组")] * 3 + [_card(rules, 0, channels=1)]:
        tally.add(count(card))
    tally.add(count(name_heard(Recording("y", "y.wav", "y.wav"), _heard(0))))
    known = {"status": "finished", "out": "o", "expected": 5, "skipped": {}, "model": None, "model_why": None}
    summary = tally.summary(**known, wall_s=1.0, warnings=["早先的"])
    assert (summary.roles_unknown, summary.roles_unknown_mono) == (1, 1)
    assert summary.warnings[0] == "早先的"
    assert "接反" in summary.warnings[1]
    assert summary.with_warnings == 3
    assert summary.as_json()["roles_unknown"] == 1
