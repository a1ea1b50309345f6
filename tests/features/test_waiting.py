"""Voice menus, ringing, queues and holds: what comes before and between is neither agent's speech nor dead air."""

from dataclasses import replace

import pytest

from qa_pipeline.features import CallFeatures, call_features
from qa_pipeline.features.waiting import answered_at, holds
from qa_pipeline.records import Role, SoundEvent, SoundKind, Span, Transcript, Utterance
from qa_pipeline.rules.operators import operator
from qa_pipeline.rules.scope import Scope, ScopeFile
from qa_pipeline.rules.view import View
from tests.rules.calls import found

A, C, S = Role.AGENT, Role.CUSTOMER, Role.SYSTEM


def _call(
    *lines: tuple[Role, float, float, str], events: tuple[SoundEvent, ...] = (), duration: float = 100.0
) -> CallFeatures:
    """A two-channel call with its sound; the machine speaks on the agent's channel."""
    said = tuple(Utterance(role, int(role is C), start, end, text) for role, start, end, text in lines)
    speech = tuple(tuple(Span(u.start, u.end) for u in said if u.channel == channel) for channel in (0, 1))
    roles = {0: A, 1: C}
    return call_features(Transcript("call", duration, 2, said, speech, channel_roles=roles, events=events))


MENU = (S, 0.5, 10.0, "人工服务请按零")
GREETING = (A, 40.0, 44.0, "您好，市民热线，工号二零一七为您服务。")
REQUEST = (C, 45.0, 50.0, "我家暖气不热。")
RINGING = SoundEvent(SoundKind.RINGBACK, 0, 20.0, 38.0)


def test_a_call_is_answered_after_menu_and_ringing() -> None:
    call = _call(MENU, GREETING, REQUEST, events=(RINGING,))
    assert call.answered_at == 40.0
    assert answered_at(replace(call.transcript, utterances=call.utterances[1:])) == 40.0  # the ringing alone
    assert answered_at(replace(call.transcript, utterances=call.utterances[1:], events=())) == 0.0
    assert answered_at(replace(call.transcript, utterances=())) == 0.0


def test_a_caller_who_answers_the_menu_has_not_been_answered() -> None:
    call = _call(MENU, (C, 12.0, 13.0, "人工。"), GREETING)
    assert call.answered_at == 40.0


def test_the_wait_before_an_answer_is_no_dead_air() -> None:
    menu = _call(MENU, GREETING, REQUEST, duration=52.0)
    assert found("dead_air", {"max_s": 8}, menu) == []
    without = _call(GREETING, REQUEST, duration=52.0)
    assert [(e.start, e.end) for e in found("dead_air", {"max_s": 8}, without)] == [(0.0, 40.0)]


def test_what_is_silent_after_the_answer_still_is() -> None:
    call = _call(MENU, GREETING, (C, 60.0, 62.0, "喂？"), duration=64.0)
    (silence,) = found("dead_air", {"max_s": 8}, call)
    assert (silence.start, silence.end) == (44.0, 60.0)
    assert "客服说完之后" in silence.note


def test_hold_music_is_no_dead_air_but_counts_as_hold() -> None:
    lines = ((A, 0.5, 4.0, "您好，请讲。"), (C, 4.5, 6.0, "我问一下。"), (A, 90.0, 92.0, "让您久等了。"))
    silent = _call(*lines, duration=93.0)
    music = (SoundEvent(SoundKind.MUSIC, 0, 8.0, 50.0), SoundEvent(SoundKind.MUSIC, 0, 53.0, 89.0))
    played = _call(*lines, events=music, duration=93.0)
    assert len(found("dead_air", {"max_s": 8}, silent)) == 1
    assert found("dead_air", {"max_s": 8}, played) == []
    (hold,) = found("duration", {"of": "hold", "at_least_s": 60}, played)
    assert "81 秒" in hold.note
    assert found("duration", {"of": "hold", "at_least_s": 60}, silent) == []
    assert holds(played.transcript) == (Span(8.0, 89.0),)


def test_a_key_press_does_not_end_a_silence() -> None:
    lines = ((A, 0.5, 4.0, "您好，请讲。"), (A, 30.0, 32.0, "喂？"))
    call = _call(*lines, events=(SoundEvent(SoundKind.DTMF, 1, 15.0, 15.1, "1"),), duration=33.0)
    assert [(e.start, e.end) for e in found("dead_air", {"max_s": 8}, call)] == [(4.0, 30.0)]


def test_the_machines_words_are_nobodys_turn_and_nobodys_speech() -> None:
    call = _call(MENU, GREETING, REQUEST)
    assert [p.role for p in call.passages] == [A, C]
    assert call.speech(A) == (Span(40.0, 44.0),)
    assert call.speech(S) == (Span(0.5, 10.0),)
    assert "按零" not in "".join(p.text for p in call.turns_of(A))
    assert found("duration", {"of": "system", "at_least_s": 9, "at_most_s": 10}, call)
    assert found("duration", {"of": "before_answer", "at_least_s": 40}, call)


def test_a_machines_welcome_is_no_greeting() -> None:
    """The very trap: 您好 is in the menu, and the agent says only 喂."""
    menu = (S, 0.5, 10.0, "您好，欢迎致电市民热线，人工服务请按零。")
    greeting = operator("phrase").model_validate({"role": "agent", "any": ["您好"]})
    assert list(greeting.find(View.of(_call(menu, (A, 40.0, 41.0, "喂，讲。"), REQUEST)))) == []
    as_agent = _call((A, *menu[1:]), (A, 40.0, 41.0, "喂，讲。"), REQUEST)
    assert len(list(greeting.find(View.of(as_agent)))) == 1


def test_the_first_seconds_begin_with_the_answer() -> None:
    scope = Scope(ScopeFile.model_validate({"seconds": {"first": 5}}))
    assert scope.narrow(View.of(_call(MENU, GREETING, REQUEST))).window == Span(40.0, 45.0)
    assert scope.narrow(View.of(_call(GREETING, REQUEST))).window == Span(0.0, 5.0)


@pytest.mark.parametrize("phase", ["opening", "body", "closing"])
def test_phases_of_a_call_that_begins_late(phase: str) -> None:
    scope = Scope(ScopeFile.model_validate({"phase": phase}))
    call = _call((A, 40.0, 44.0, "您好。"), duration=60.0)
    assert scope.narrow(View.of(call)).window.start >= 0


def test_one_channel_with_several_roles_is_divided_by_their_words() -> None:
    said = (
        Utterance(S, 0, 0.5, 3.0, "请按零"),
        Utterance(A, 0, 4.0, 6.0, "您好"),
        Utterance(C, 0, 6.0, 8.0, "喂"),
    )
    speech = ((Span(0.4, 3.1), Span(3.9, 8.2), Span(9.0, 9.2)),)
    call = call_features(Transcript("mono", 10.0, 1, said, speech))
    assert call.speech(S) == (Span(0.4, 3.1),)
    assert call.speech(A) == (Span(4.0, 6.0),)
    assert call.speech(C) == (Span(6.0, 8.0),)
    assert call.speech(Role.UNKNOWN) == (Span(9.0, 9.2),)
