from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.activity import speech_spans
from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.audio.hum import hum_lines, without_hum
from scripts.speech.spoil import hold_music, hum

CALLS = Path(__file__).parents[2] / "samples" / "calls"
CALL = decode(CALLS / "s10-disastrous-call.flac").channels[1][: 40 * SAMPLE_RATE]


@pytest.mark.parametrize("level_db", [-55.0, -40.0, -30.0])
def test_hum_is_found_and_taken_away(level_db: float) -> None:
    spoiled = hum(CALL, SAMPLE_RATE, level_db)
    assert set(hum_lines(spoiled)) >= {50, 100, 150}
    before, after = (float(np.std(sound - CALL)) for sound in (spoiled, without_hum(spoiled)))
    assert 20 * np.log10(before / after) > (15 if level_db >= -40 else 8)  # speech itself limits what can be told


def test_speech_under_hum_is_found_again() -> None:
    """Without the remedy the network misses more than a tenth of the speech."""
    spoiled = hum(CALL, SAMPLE_RATE, -36.0)
    clean, raw, remedied = (
        sum(span.duration for span in speech_spans(sound)) for sound in (CALL, spoiled, without_hum(spoiled))
    )
    assert abs(remedied - clean) < 0.05 * clean
    assert abs(raw - clean) > 2 * abs(remedied - clean)


def test_what_does_not_hum_is_left_alone() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 5 * SAMPLE_RATE).astype(np.float32)
    for sound in (CALL, noise, hold_music(10, SAMPLE_RATE), np.zeros(5 * SAMPLE_RATE, np.float32), CALL[:100]):
        assert without_hum(sound) is sound


def test_it_ends_where_the_sound_ends() -> None:
    spoiled = hum(CALL[: 5 * SAMPLE_RATE + 123], SAMPLE_RATE, -30.0)
    cleaned = without_hum(spoiled)
    assert cleaned.shape == spoiled.shape
    for end in (slice(0, 200), slice(-200, None)):
        assert float(np.abs(cleaned[end] - CALL[: len(spoiled)][end]).max()) < 0.01
