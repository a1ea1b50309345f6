"""Whole recordings with what a switchboard and a recorder do to them, as every recogniser gets to hear them."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples, Sound, decode
from qa_pipeline.audio.listening import Listened, listen, listen_to
from qa_pipeline.records import SoundKind, Span
from scripts.speech.spoil import bleed, busy, clipped, dtmf, hold_music, hum, packet_loss, quiet, ringing, silence
from tests.audio.files import write

CALLS = Path(__file__).parents[2] / "samples" / "calls"
CALL = decode(CALLS / "s12-overlap.flac").channels[:, : 30 * SAMPLE_RATE]


def _listen(*channels: Samples) -> Listened:
    return listen_to(Sound(np.stack(channels), len(channels[0]) / SAMPLE_RATE))


def _spoken(heard: Listened, channel: int) -> float:
    return sum(span.duration for span in heard.speech[channel])


def _alike(heard: Listened, clean: Listened, tolerance: float = 0.1) -> None:
    """Each side speaks as long as in the clean call, give or take a share."""
    for channel in range(len(clean.speech)):
        assert _spoken(heard, channel) == pytest.approx(_spoken(clean, channel), rel=tolerance)


@pytest.fixture(scope="module")
def clean() -> Listened:
    return _listen(*CALL)


def test_a_clean_call_is_left_as_it_is(clean: Listened) -> None:
    assert (clean.events, clean.sound.warnings) == ((), ())
    assert np.array_equal(clean.sound.channels, CALL)
    assert len(clean.levels) == len(clean.speech) == 2


def test_mono_stored_as_stereo_becomes_mono() -> None:
    mix = CALL.sum(axis=0)
    heard = _listen(mix, mix)
    assert len(heard.speech) == len(heard.levels) == len(heard.sound.channels) == 1
    assert "同一个声音" in heard.sound.warnings[0]


def test_bleed_is_taken_away_and_said(clean: Listened) -> None:
    spoiled = bleed(CALL, 1, 0, loss_db=20, rate=SAMPLE_RATE, delay_s=0.05)
    heard = _listen(*spoiled)
    _alike(heard, clean)
    assert "声道 1 的声音串到了声道 0" in heard.sound.warnings[0]


def test_keys_ringing_and_busy_are_events_and_no_speech() -> None:
    menu = np.concatenate([dtmf("125#", SAMPLE_RATE), ringing(2, SAMPLE_RATE), CALL[0], busy(8, SAMPLE_RATE)])
    other = np.concatenate([silence((len(menu) - CALL.shape[1]) / SAMPLE_RATE, SAMPLE_RATE), CALL[1]])
    heard = _listen(menu, other)
    kinds = [event.kind for event in heard.events]
    assert kinds == [SoundKind.DTMF] * 4 + [SoundKind.RINGBACK, SoundKind.BUSY]
    assert not any(span.overlap(event.span) for span in heard.speech[0] for event in heard.events)


def test_hold_music_is_an_event_and_no_speech(clean: Listened) -> None:
    pause = 15.0
    agent = np.concatenate([CALL[0], hold_music(pause, SAMPLE_RATE)])
    heard = _listen(agent, np.concatenate([CALL[1], silence(pause, SAMPLE_RATE)]))
    (tune,) = heard.events
    assert tune.kind is SoundKind.MUSIC
    assert (tune.start, tune.end) == pytest.approx((30, 45), abs=1.5)
    assert _spoken(heard, 0) == pytest.approx(_spoken(clean, 0), abs=0.3)


def test_swapped_channels_are_heard_swapped(clean: Listened) -> None:
    heard = _listen(CALL[1], CALL[0])
    assert heard.speech == clean.speech[::-1]


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_lost_packets_do_not_tear_speech_apart(clean: Listened, share: float) -> None:
    generator = np.random.default_rng(3)
    heard = _listen(*(packet_loss(samples, SAMPLE_RATE, share, generator) for samples in CALL))
    _alike(heard, clean, 0.12)
    assert len(heard.speech[0]) <= len(clean.speech[0]) + 2


def test_clipping_is_heard_and_measured(clean: Listened) -> None:
    heard = _listen(*(clipped(samples, 24) for samples in CALL))
    _alike(heard, clean, 0.15)
    assert heard.levels[0].clipped > 0.05


def test_mains_hum_is_not_speech(clean: Listened) -> None:
    heard = _listen(*(hum(samples, SAMPLE_RATE, -40) for samples in CALL))
    _alike(heard, clean, 0.15)
    assert heard.events == ()
    assert heard.levels[0].snr_db is not None
    assert heard.levels[0].snr_db < 30


def test_a_very_quiet_side_is_heard(clean: Listened) -> None:
    heard = _listen(CALL[0], quiet(CALL[1], 20))
    _alike(heard, clean, 0.15)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_any_sampling_rate(tmp_path: Path, rate: int, clean: Listened) -> None:
    from scripts.speech.telephone import resample

    sound = np.stack([resample(samples, SAMPLE_RATE, rate) for samples in CALL])
    heard = listen(write(tmp_path / "call.wav", sound, rate=rate))
    _alike(heard, clean, 0.05)


@pytest.mark.parametrize("seconds", [0.01, 0.3, 1.0])
def test_a_recording_of_a_moment(seconds: float) -> None:
    start = round(0.7 * SAMPLE_RATE)
    heard = _listen(*CALL[:, start : start + round(seconds * SAMPLE_RATE)])
    assert heard.sound.duration == pytest.approx(seconds)
    assert all(span.end <= seconds for spans in heard.speech for span in spans)
    assert _spoken(heard, 0) > 0 or seconds < 1


def test_damaged_samples_are_survived() -> None:
    for value in (0.0, 1.0, -1.0):
        heard = _listen(*np.full((2, 3 * SAMPLE_RATE), value, np.float32))
        assert heard.speech in (((), ()), ((),))


def test_half_an_hour_on_hold(clean: Listened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty minutes of music between two stretches of a call: one event, no speech in it.

    The network is spared: it is given its answers for the two stretches (it says nothing in music, see test_music).
    """
    again = 1830.0
    later = [tuple(Span(s.start + again, s.end + again) for s in spans) for spans in clean.speech]
    told = [(*before, *after) for before, after in zip(clean.speech, later, strict=True)]
    monkeypatch.setattr("qa_pipeline.audio.listening.speech_of_channels", lambda channels, options: told)
    agent = np.concatenate([CALL[0], np.tile(hold_music(60, SAMPLE_RATE), 30), CALL[0]])
    customer = np.zeros_like(agent)
    customer[: CALL.shape[1]] = customer[-CALL.shape[1] :] = CALL[1]
    sound = Sound(np.stack([agent, customer]), len(agent) / SAMPLE_RATE)
    heard = listen_to(sound)
    (hold,) = heard.events
    assert (hold.kind, hold.span.duration) == (SoundKind.MUSIC, pytest.approx(1800, abs=3))
    assert not any(span.overlap(Span(32, 1828)) for spans in heard.speech for span in spans)


def test_what_it_needs_beside_the_sound_does_not_grow_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a file of four hours is listened to in little more than its own 0.9 GB (docs/telephone.md)."""
    monkeypatch.setattr(
        "qa_pipeline.audio.listening.speech_of_channels", lambda channels, options: [()] * len(channels)
    )
    tune = hold_music(60, SAMPLE_RATE)
    peaks = []
    for minutes in (2, 6):
        sound = Sound(np.tile(tune, minutes)[np.newaxis], 60.0 * minutes)
        tracemalloc.start()
        listen_to(sound)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 0.1 * 4 * 60 * SAMPLE_RATE * 4
