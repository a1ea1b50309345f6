import pytest
from hypothesis import given
from pydantic import ValidationError

from qa_pipeline.rules.operators.attitude import Attitude
from tests.rules.calls import DIALOGUES, call, found, found_anywhere, inside

RUDE = "客服: 我跟你讲了多少遍了，还要我讲"
KIND = "客服: 您慢慢说，我都记着"


def test_a_rude_utterance_is_found_and_a_kind_one_is_not():
    hits = found(
        "attitude",
        {"role": "agent", "kind": "annoyed", "above": 0.5},
        call(KIND, "客户: 好的，我想问一下退费的事", RUDE),
    )
    assert [hit.turn for hit in hits] == [2]
    assert hits[0].matched in RUDE
    assert hits[0].note.startswith("像是烦躁（0.")


def test_any_is_every_fault_together():
    assert found("attitude", {"kind": "any", "above": 0.5}, call(RUDE))
    assert not found("attitude", {"kind": "any", "above": 0.5}, call(KIND))


def test_so_many_utterances_are_asked_for():
    twice = call(RUDE, "客户: 我再问一句", "客服: 说了几遍了你还问，烦不烦")
    assert found("attitude", {"role": "agent", "kind": "annoyed", "above": 0.4, "at_least": 2}, twice)
    assert not found("attitude", {"role": "agent", "kind": "annoyed", "above": 0.4, "at_least": 2}, call(RUDE))


def test_below_finds_the_whole_of_what_sounds_innocent():
    hits = found("attitude", {"role": "agent", "kind": "any", "below": 0.3}, call(KIND, "客户: 好", RUDE))
    assert [hit.turn for hit in hits] == [0]
    assert hits[0].matched == "您慢慢说，我都记着"


def test_what_the_other_side_said_just_before_is_heard_too():
    answer = "客服: 那您让家里孩子弄吧"
    shares = {
        before: found("attitude", {"role": "agent", "kind": "contempt", "above": 0.001}, call(before, answer))[0].note
        for before in ("客户: 我不会用手机", "客户: 谢谢你啊姑娘")
    }
    assert len(set(shares.values())) == 2


def test_short_utterances_are_not_judged():
    assert not found("attitude", {"kind": "any", "above": 0.1, "min_chars": 30}, call(RUDE))


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"kind": "rude", "above": 0.5},
        {"kind": "any"},
        {"kind": "any", "above": 1},
        {"kind": "any", "above": 0.5, "below": 0.1},
    ],
)
def test_what_is_incoherent_is_refused(raw):
    with pytest.raises(ValidationError):
        Attitude.model_validate(raw)


@given(DIALOGUES)
def test_evidence_lies_inside_the_call(features):
    assert inside(features, found_anywhere("attitude", {"kind": "any", "above": 0.3}, features))
