"""One side's voice on the other side's channel, made from the samples at several attenuations and echoes."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.activity import speech_spans
from qa_pipeline.audio.crosstalk import leak, levels, without_leak
from qa_pipeline.audio.decode import SAMPLE_RATE, Samples, decode
from qa_pipeline.records import Span
from scripts.speech.spoil import bleed, over_telephone

CALLS = Path(__file__).parents[2] / "samples" / "calls"
LEAKS = [(12, 0.0, 0.0), (20, 0.02, 0.0), (30, 0.1, 0.0), (20, 0.15, 0.1), (26, 0.25, 0.2)]


@cache
def _call(name: str) -> Samples:
    return decode(CALLS / name).channels


def _seconds(spans: tuple[Span, ...], others: tuple[Span, ...]) -> float:
    """Seconds of ``spans`` outside ``others``."""
    return sum(s.duration - sum(s.overlap(o) for o in others) for s in spans)


@pytest.mark.parametrize(("loss_db", "delay_s", "room_s"), LEAKS)
def test_the_customers_voice_on_the_agents_channel_is_taken_away(loss_db: float, delay_s: float, room_s: float) -> None:
    clean = _call("s10-disastrous-call.flac")
    spoiled = bleed(clean, 1, 0, loss_db=loss_db, rate=SAMPLE_RATE, delay_s=delay_s, room_s=room_s)
    truth, doubled, customer = speech_spans(clean[0]), speech_spans(spoiled[0]), speech_spans(spoiled[1])
    faint, loud = levels(spoiled[0]), levels(spoiled[1])
    found = leak(loud, faint, customer, doubled)
    assert found is not None
    assert found.lag == pytest.approx(delay_s, abs=0.02)
    # A room carries the voice as well as the direct way: then the loss is smaller than what was made.
    assert found.loss_db == pytest.approx(loss_db, abs=1.0 if room_s == 0 else 8.0)
    kept = without_leak(doubled, faint, loud, found)
    assert _seconds(doubled, truth) > 15  # the trap: the agent seems to say what the customer says
    assert _seconds(kept, truth) < 1.5
    assert _seconds(truth, kept) < 0.5


@pytest.mark.parametrize("name", ["s10-disastrous-call.flac", "s12-overlap.flac", "s19-gas-smell.flac"])
def test_talking_at_once_is_no_leak(name: str) -> None:
    channels = _call(name)
    spans, loudness = [speech_spans(c) for c in channels], [levels(c) for c in channels]
    for loud, faint in ((0, 1), (1, 0)):
        assert leak(loudness[loud], loudness[faint], spans[loud], spans[faint]) is None


def test_whoever_repeats_the_others_words_stays() -> None:
    """复述: the same words, the same voice even, right after the other has said them; then a leak of them as well."""
    clean = _call("s01-residence-permit.flac")
    customer = np.pad(clean[1][7 * SAMPLE_RATE : 11 * SAMPLE_RATE], (SAMPLE_RATE, 6 * SAMPLE_RATE))
    agent = np.roll(customer, 5 * SAMPLE_RATE)
    said_again = speech_spans(over_telephone(agent, SAMPLE_RATE))
    spoiled = bleed(np.stack([agent, customer]), 1, 0, loss_db=18, rate=SAMPLE_RATE, delay_s=0.05)
    spans, loudness = [speech_spans(c) for c in spoiled], [levels(c) for c in spoiled]
    found = leak(loudness[1], loudness[0], spans[1], spans[0])
    assert found is not None
    kept = without_leak(spans[0], loudness[0], loudness[1], found)
    assert _seconds(spans[0], said_again) > 1.5
    assert _seconds(said_again, kept) < 0.2
    assert _seconds(kept, said_again) < 0.3


def test_silence_leaks_nothing() -> None:
    flat = levels(np.zeros(SAMPLE_RATE, np.float32))
    assert leak(flat, flat, (), ()) is None
    assert leak(flat, flat, (Span(0, 1),), (Span(0, 1),)) is None
    assert len(levels(np.zeros(100, np.float32))) == 0
