import itertools

import pytest
from hypothesis import given, settings

from qa_pipeline.features.floor import BREATH_S, Limits
from qa_pipeline.records import Role, Word
from tests.rules.timed import TIMED_CALLS, timed

CALL = timed(
    "0-2 客服: 您好请讲",
    "3-8 客户: 我家的暖气一直不热你们看了两次",
    "7-9 客服: 好的您住哪里",
    "10-12 客户: 阳光小区",
    speech=[[(0, 2), (7, 9)], [(3, 5), (5.5, 8), (10, 12)]],
)


@pytest.mark.parametrize(
    ("moment", "role"),
    [(0, None), (1, Role.AGENT), (2, Role.AGENT), (2.5, Role.AGENT), (9, Role.AGENT), (11, Role.CUSTOMER)],
)
def test_who_spoke_last(moment, role):
    assert CALL.floor.last_speaker(moment) is role


def test_what_was_said_when_without_word_times():
    side = CALL.floor.side(Role.CUSTOMER)
    assert side.said(3, 8) == "我家的暖气一直不热你们看了两次"
    assert side.said(3, 5.4) == "我家的暖气一直"
    assert side.said(8.5, 9.5) == ""


def test_what_was_said_by_word_times():
    words = (Word(0.0, 0.5, "您好", 1.0), Word(3.0, 3.5, "请讲", 1.0))
    features = timed("0-4 客服: 您好请讲")
    object.__setattr__(features.utterances[0], "words", words)
    assert features.floor.side(Role.AGENT).said(0, 1) == "您好"
    assert features.floor.side(Role.AGENT).said(2.5, 4) == "请讲"


def test_responses_are_gaps_between_turns():
    assert [(r.after.index, r.passage.index, r.gap) for r in CALL.floor.responses] == [(0, 1, 1), (2, 3, 1)]


def test_rates_are_over_the_seconds_in_which_the_speaker_is_heard():
    utterance = CALL.utterances[1]
    assert CALL.floor.rates[id(utterance)] == (15, 4.5)
    silent = timed("0-4 客服: 您好请讲", speech=[[(9, 10)], []])
    assert silent.floor.rates[id(silent.utterances[0])] == (4, 4)


def test_the_turn_of_an_utterance():
    assert [CALL.floor.turn_of[id(u)] for u in CALL.utterances] == [0, 1, 2, 3]


def test_speech_without_words_or_with_nods_only():
    features = timed("0-2 客服: 您好请讲", "3-4 客服: 嗯", speech=[[(0, 2), (3, 4), (6, 8)], []])
    assert [span.start for span in features.floor.speech_beyond_nods(Role.AGENT)] == [0]


@settings(deadline=None)
@given(TIMED_CALLS)
def test_breaking_in_is_always_over_the_others_speech(features):
    limits = Limits(held=0.0, overlap=0.1, lasts=0.0)
    for by, other in ((Role.AGENT, Role.CUSTOMER), (Role.CUSTOMER, Role.AGENT)):
        found = list(features.floor.break_ins(by, limits))
        assert all(any(s.start < one.start < s.end + BREATH_S for s in features.speech(other)) for one in found)
        assert all(one.overlap <= one.end - one.start + 1e-6 for one in found)
        assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@settings(deadline=None)
@given(TIMED_CALLS)
def test_nobody_is_interrupted_by_himself(features):
    utterances = tuple(u for u in features.utterances if u.role is Role.AGENT)
    alone = timed(*(f"{u.start:.2f}-{u.end:.2f} 客服: {u.text}" for u in utterances))
    assert not list(alone.floor.break_ins(Role.AGENT, Limits(0, 0, 0)))
