"""Our own run of the network against onnxruntime's, which is the reference."""

from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio import silero
from qa_pipeline.audio.activity import ActivityOptions, spans_from
from qa_pipeline.audio.decode import SAMPLE_RATE, Samples, decode

CALLS = Path(__file__).parents[2] / "samples" / "calls"


def _reference(samples: Samples) -> np.ndarray:
    """As faster-whisper asks onnxruntime. Its wrapper zeroes the last 64 samples of what it is given."""
    from faster_whisper.vad import get_vad_model

    whole = np.zeros(-(-len(samples) // silero.FRAME) * silero.FRAME + silero.FRAME, np.float32)
    whole[: len(samples)] = samples
    return np.asarray(get_vad_model()(whole)).reshape(-1)[:-1]


@pytest.mark.parametrize("name", ["s12-overlap.flac", "s03-heating-cold.wav", "s02-fever-vaccine.opus"])
def test_the_figures_are_onnxruntimes(name: str) -> None:
    sound = decode(CALLS / name)
    ours = silero.speech_probabilities(sound.channels)
    for samples, mine in zip(sound.channels, ours, strict=True):
        theirs = _reference(samples)
        assert mine.shape == theirs.shape
        assert np.abs(mine - theirs).max() < 1e-3
        options = ActivityOptions()
        assert spans_from(mine, sound.duration, options) == spans_from(theirs, sound.duration, options)


def test_blocks_carry_on(monkeypatch: pytest.MonkeyPatch) -> None:
    channels = decode(CALLS / "s12-overlap.flac").channels[:, : 20 * SAMPLE_RATE]
    whole = silero.speech_probabilities(channels)
    monkeypatch.setattr(silero, "_BLOCK", 100)
    assert np.abs(silero.speech_probabilities(channels) - whole).max() < 1e-4


def test_digital_silence_costs_nothing_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = decode(CALLS / "s12-overlap.flac").channels[0, : 10 * SAMPLE_RATE].copy()
    samples[3 * SAMPLE_RATE : 8 * SAMPLE_RATE] = 0.0
    asked, encoded = [], silero._encoded
    monkeypatch.setattr(silero, "_encoded", lambda frames, w: asked.append(len(frames)) or encoded(frames, w))
    ours = silero.speech_probabilities([samples])[0]
    assert sum(asked) < 0.6 * len(ours)
    assert np.abs(ours - _reference(samples)).max() < 1e-3


def test_nothing_is_changed_and_nothing_is_too_short() -> None:
    samples = np.random.default_rng(0).standard_normal(1000).astype(np.float32) * 0.1
    before = samples.copy()
    assert silero.speech_probabilities([samples]).shape == (1, 2)
    assert np.array_equal(samples, before)
    assert silero.speech_probabilities([samples[:1]]).shape == (1, 1)
    assert silero.speech_probabilities([samples[:0]]).shape == (1, 0)
