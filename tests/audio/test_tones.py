from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples, decode
from qa_pipeline.audio.tones import KEYS, tones
from qa_pipeline.records import SoundKind
from scripts.speech.spoil import busy, dtmf, over_telephone, ringing, silence, tone

CALLS = Path(__file__).parents[2] / "samples" / "calls"


def _on_the_line(*parts: Samples) -> Samples:
    sound = np.concatenate([silence(0.5, SAMPLE_RATE), *parts, silence(0.5, SAMPLE_RATE)])
    noise = np.random.default_rng(0).normal(0, 0.002, len(sound)).astype(np.float32)
    return over_telephone(sound + noise, SAMPLE_RATE)


@pytest.mark.parametrize("length_s", [0.065, 0.1, 0.3])
def test_every_key_is_read(length_s: float) -> None:
    pressed = "".join(KEYS)
    found = tones(_on_the_line(dtmf(pressed, SAMPLE_RATE, on_s=length_s)), channel=1)
    assert "".join(event.detail for event in found) == pressed
    assert {(event.kind, event.channel) for event in found} == {(SoundKind.DTMF, 1)}
    assert found[0].start == pytest.approx(0.5, abs=0.03)
    assert found[0].end == pytest.approx(0.5 + length_s, abs=0.03)


def test_ringing_and_busy_are_told_by_their_rhythm() -> None:
    ring, engaged = tones(_on_the_line(ringing(3, SAMPLE_RATE), busy(5, SAMPLE_RATE)), 0)
    assert (ring.kind, engaged.kind) == (SoundKind.RINGBACK, SoundKind.BUSY)
    assert (ring.start, ring.end) == pytest.approx((0.5, 11.5), abs=0.05)
    assert (engaged.start, engaged.end) == pytest.approx((15.5, 18.65), abs=0.05)


def test_a_beep_is_a_tone_with_its_frequency() -> None:
    (beep,) = tones(_on_the_line(tone((1000,), 1.0, SAMPLE_RATE)), 0)
    assert (beep.kind, beep.detail) == (SoundKind.TONE, "1000 Hz")


def test_no_voice_is_taken_for_a_tone() -> None:
    for name in ("s02-fever-vaccine.opus", "s10-disastrous-call.flac", "s15-fast-agent.flac"):
        for channel, samples in enumerate(decode(CALLS / name).channels):
            assert tones(samples, channel) == ()


@pytest.mark.parametrize("length", [0, 100, 511, 512])
def test_too_little_sound_holds_no_tone(length: int) -> None:
    assert tones(np.full(length, 0.3, np.float32), 0) == ()


def test_blocks_give_what_one_pass_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = _on_the_line(dtmf("159#", SAMPLE_RATE), ringing(2, SAMPLE_RATE))
    whole = tones(sound, 0)
    monkeypatch.setattr("qa_pipeline.audio.tones._FRAMES_AT_ONCE", 37)
    assert tones(sound, 0) == whole
