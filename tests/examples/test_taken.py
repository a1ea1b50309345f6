"""Bleeps against the truth: the synthesis knows when every private character of the sample calls is said."""

import pytest

from qa_pipeline.examples.taken import MARGIN_S, How, holes, taken_out
from qa_pipeline.records import Role, Span, Transcript, Utterance, Word
from qa_pipeline.text.privacy import mask_text, private_call
from qa_pipeline.transcribe.stored import read_stored
from tests.examples.nights import TRUTH, stored

HEARD_AT_MOST_S = 0.02


@pytest.fixture(scope="module")
def transcripts(tmp_path_factory):
    return stored(tmp_path_factory.mktemp("heard"))


@pytest.mark.parametrize("recording", sorted(TRUTH))
def test_nothing_private_is_heard_in_the_sample_calls(recording, transcripts):
    transcript = read_stored(transcripts / f"{recording}.json")
    private = private_call([(u.role, u.text) for u in transcript.utterances])
    gone = holes(taken_out(transcript, private.masked), transcript, frozenset())
    for told in TRUTH[recording]:
        channel = 1 if told["role"] == "customer" and transcript.channels > 1 else 0
        own = sorted((hole.span.start, hole.span.end) for hole in gone if hole.channel == channel)
        assert left(told["start"], told["end"], own) <= HEARD_AT_MOST_S, told


def left(start: float, end: float, gone: list[tuple[float, float]]) -> float:
    """Seconds of [start, end) that are in none of ``gone``."""
    heard, at = 0.0, start
    for first, last in gone:
        if last > at and first < end:
            heard += max(0.0, first - at)
            at = max(at, last)
    return heard + max(0.0, end - at)


def said(text: str, times: list[tuple[float, float]], speech=None) -> Transcript:
    words = tuple(Word(a, b, c, 0.9) for c, (a, b) in zip(text, times, strict=True))
    utterance = Utterance(Role.CUSTOMER, 1, 10.0, 20.0, text, 0.9, words)
    other = Utterance(Role.AGENT, 0, 30.0, 31.0, "好的。", 0.9)
    return Transcript("x", 60.0, 2, (utterance, other), speech=speech)


TEXT = "号码一三八零零一三八零零零"
EVEN = [(10 + i * 10 / 13, 10 + (i + 1) * 10 / 13) for i in range(13)]


def taken(transcript):
    return taken_out(transcript, [mask_text(u.text) for u in transcript.utterances])


def test_words_place_the_hole_and_the_rest_stays():
    (one,) = taken(said(TEXT, EVEN))
    assert one.how is How.WORDS
    assert one.span.start == pytest.approx(EVEN[2][0] - MARGIN_S)
    assert one.span.end == pytest.approx(20.0 + MARGIN_S)


def test_words_that_were_placed_by_nobody_take_the_whole_utterance():
    piled = EVEN[:5] + [(EVEN[5][0], EVEN[5][0])] * 8
    (one,) = taken(said(TEXT, piled))
    assert (one.how, one.span) == (How.UTTERANCE, Span(10.0 - MARGIN_S, 20.0 + MARGIN_S))


def test_without_words_the_whole_utterance_goes():
    transcript = Transcript("x", 60.0, 1, (Utterance(Role.UNKNOWN, 0, 1.0, 4.0, TEXT, 0.9),))
    (one,) = taken(transcript)
    assert (one.how, one.span.start, one.span.end) == (How.UTTERANCE, 1.0 - MARGIN_S, 4.0 + MARGIN_S)


def test_words_of_another_text_place_nothing():
    transcript = said(TEXT, EVEN)
    other = Transcript(
        "x", 60.0, 2, (Utterance(Role.CUSTOMER, 1, 10.0, 20.0, TEXT, 0.9, transcript.utterances[0].words[:-1]),)
    )
    assert [one.how for one in taken(other)] == [How.UTTERANCE]


def test_words_that_run_early_are_held_against_the_share_of_speech():
    early = [(10 + i * 0.2, 10.2 + i * 0.2) for i in range(13)]  # the recogniser squeezed ten seconds into three
    (one,) = taken(said(TEXT, early))
    assert one.span.end >= 20.0


def test_the_other_channel_is_bleeped_too_unless_somebody_speaks_there():
    transcript = said(TEXT, EVEN)
    found = taken(transcript)
    assert {hole.channel for hole in holes(found, transcript, frozenset())} == {0, 1}
    speaking = Utterance(Role.AGENT, 0, 15.0, 16.0, "嗯您说。", 0.9)
    busy = Transcript("x", 60.0, 2, (transcript.utterances[0], speaking))
    assert {hole.channel for hole in holes(found, busy, frozenset())} == {1}
    assert {hole.channel for hole in holes(found, busy, frozenset({(1, 0)}))} == {0, 1}


def test_speech_in_which_nothing_was_recognised_goes():
    transcript = said(
        "你好，我想问一下".replace("，", ""),
        EVEN[:7],
        speech=((Span(30.0, 31.0),), (Span(10.0, 20.0), Span(40.0, 42.0))),
    )
    assert [(one.how, one.span) for one in taken(transcript)] == [(How.UNHEARD, Span(40.0, 42.0))]
