import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.audio.decode import SAMPLE_RATE
from qa_pipeline.audio.loudness import FLOOR_DB, channel_sound, level_db
from qa_pipeline.features.speech import union
from qa_pipeline.records import Span


def tone(seconds: float, amplitude: float, hertz: float = 400.0) -> np.ndarray:
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (amplitude * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def noise(seconds: float, level: float) -> np.ndarray:
    return np.random.default_rng(7).normal(0, 10 ** (level / 20), round(seconds * SAMPLE_RATE)).astype(np.float32)


def test_a_sine_of_full_scale_is_three_decibels_below_it():
    assert level_db(tone(1, 1.0), [Span(0, 1)]) == pytest.approx(-3.01, abs=0.01)
    assert level_db(tone(1, 0.1), [Span(0.2, 0.7)]) == pytest.approx(-23.01, abs=0.02)


def test_only_the_spans_are_measured():
    sound = np.concatenate([tone(1, 0.5), np.zeros(SAMPLE_RATE, np.float32), tone(1, 0.5)])
    assert level_db(sound, [Span(0, 1), Span(2, 3)]) == pytest.approx(-9.03, abs=0.01)
    assert level_db(sound, [Span(1, 2)]) == FLOOR_DB
    assert level_db(sound, [Span(5, 6)]) is None
    assert level_db(sound, []) is None


def test_speech_against_noise():
    sound = noise(6, -50)
    sound[2 * SAMPLE_RATE : 4 * SAMPLE_RATE] += tone(2, 0.1)
    measured = channel_sound(sound, [Span(2, 4)])
    assert measured.speech_db == pytest.approx(-23, abs=0.1)
    assert measured.noise_db == pytest.approx(-50, abs=0.5)
    assert measured.snr_db == pytest.approx(27, abs=0.6)
    assert measured.clipped == 0


def test_a_knock_does_not_move_the_noise():
    sound = noise(6, -50)
    sound[5 * SAMPLE_RATE : 5 * SAMPLE_RATE + 800] += 0.9
    assert channel_sound(sound, [Span(2, 4)]).noise_db == pytest.approx(-50, abs=0.5)


def test_a_channel_in_which_nobody_speaks():
    measured = channel_sound(noise(3, -60), [])
    assert (measured.speech_db, measured.snr_db) == (None, None)
    assert measured.noise_db == pytest.approx(-60, abs=0.5)


@pytest.mark.parametrize("samples", [0, 1, 100, 512, 40_000])
def test_digital_silence(samples):
    measured = channel_sound(np.zeros(samples, np.float32), [])
    assert (measured.speech_db, measured.noise_db, measured.snr_db, measured.clipped) == (None, FLOOR_DB, None, 0.0)


def test_speech_from_end_to_end_takes_the_quietest_tenth_as_noise():
    sound = np.concatenate([tone(0.9, 0.3), noise(0.2, -60), tone(0.9, 0.3)])
    assert channel_sound(sound, [Span(0, 2)]).noise_db == pytest.approx(-60, abs=1.5)


def test_clipping_is_a_share_of_all_samples():
    sound = np.concatenate([np.clip(tone(1, 2.0), -1, 1), np.zeros(SAMPLE_RATE, np.float32)])
    assert channel_sound(sound, [Span(0, 1)]).clipped == pytest.approx(1 / 3, abs=0.02)
    assert channel_sound(tone(1, 0.9), [Span(0, 1)]).clipped == 0


SPANS = st.lists(st.tuples(st.floats(0, 4), st.floats(0, 3)), max_size=5).map(
    lambda spans: union(Span(start, start + length) for start, length in spans)
)


@settings(deadline=None)
@given(st.integers(0, 3 * SAMPLE_RATE), st.floats(0, 1), SPANS)
def test_levels_stay_on_the_scale(samples, amplitude, speech):
    sound = (amplitude * np.random.default_rng(1).uniform(-1, 1, samples)).astype(np.float32)
    measured = channel_sound(sound, speech)
    assert FLOOR_DB <= measured.noise_db <= 0
    assert measured.speech_db is None or FLOOR_DB <= measured.speech_db <= 0
    assert (measured.snr_db is None) == (measured.speech_db is None)
    assert 0 <= measured.clipped <= 1


@settings(deadline=None)
@given(st.floats(0.01, 0.5), st.floats(1.1, 1.9))
def test_louder_by_a_factor_is_louder_by_its_decibels(amplitude, factor):
    quiet, loud = tone(0.5, amplitude), tone(0.5, amplitude * factor)
    spans = [Span(0, 0.5)]
    assert level_db(loud, spans) - level_db(quiet, spans) == pytest.approx(20 * np.log10(factor), abs=0.01)


def test_measuring_changes_nothing():
    sound = noise(1, -30)
    before = sound.copy()
    channel_sound(sound, [Span(0.1, 0.6)])
    assert np.array_equal(sound, before)
