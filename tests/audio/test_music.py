from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.activity import speech_spans
from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.audio.music import MIN_STEADINESS, music_spans, steadiness
from qa_pipeline.records import Span
from scripts.speech.spoil import hold_music, hum, ringing, silence

CALLS = Path(__file__).parents[2] / "samples" / "calls"
NOISE = np.random.default_rng(1)


def _line(seconds: float) -> np.ndarray:
    return NOISE.normal(0, 3e-4, round(seconds * SAMPLE_RATE)).astype(np.float32)


@pytest.mark.parametrize("level_db", [-40.0, -25.0, -12.0])
def test_a_tune_is_found_where_it_plays(level_db: float) -> None:
    sound = np.concatenate([_line(8), hold_music(20, SAMPLE_RATE, level_db), _line(8)])
    (found,) = music_spans(sound, ())
    assert (found.start, found.end) == pytest.approx((8, 28), abs=1.5)


def test_a_waiting_line_that_only_plays_music() -> None:
    (found,) = music_spans(hold_music(30, SAMPLE_RATE), ())
    assert found.duration > 27


def test_speech_is_no_music() -> None:
    for path in sorted(CALLS.glob("s1*.flac")):
        for samples in decode(path).channels:
            assert music_spans(samples, speech_spans(samples)) == ()


def test_speech_before_and_after_a_tune_stays_out_of_it() -> None:
    voice = decode(CALLS / "s01-residence-permit.flac").channels[0][: 7 * SAMPLE_RATE]
    sound = np.concatenate([voice, hold_music(15, SAMPLE_RATE), voice])
    speech = speech_spans(sound)
    (found,) = music_spans(sound, speech)
    assert (found.start, found.end) == pytest.approx((7, 22), abs=2.0)
    assert not any(found.overlap(span) for span in speech)


def test_a_span_of_speech_is_no_music_whatever_its_tones() -> None:
    tune = np.concatenate([_line(5), hold_music(10, SAMPLE_RATE), _line(5)])
    assert music_spans(tune, (Span(5, 15),)) == ()


@pytest.mark.parametrize("level_db", [-50.0, -30.0])
def test_hum_ringing_and_noise_are_no_music(level_db: float) -> None:
    noise = np.random.default_rng(2).normal(0, 0.02, 20 * SAMPLE_RATE).astype(np.float32)
    for sound in (hum(_line(20), SAMPLE_RATE, level_db), ringing(4, SAMPLE_RATE), noise, silence(20, SAMPLE_RATE)):
        assert music_spans(sound, ()) == ()


def test_steadiness_parts_tunes_from_voices() -> None:
    voice = decode(CALLS / "s10-disastrous-call.flac").channels[0]
    assert np.percentile(steadiness(hold_music(20, SAMPLE_RATE)), 10) > MIN_STEADINESS > np.median(steadiness(voice))
    assert len(steadiness(voice[:1000])) == 0
