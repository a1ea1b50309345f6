from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.audio.twins import distinct
from scripts.speech.telephone import a_law, resample

CALLS = Path(__file__).parents[2] / "samples" / "calls"
CALL = decode(CALLS / "s12-overlap.flac").channels[:, : 40 * SAMPLE_RATE]
MIX = CALL.sum(axis=0)


def _spoiled(how: str) -> np.ndarray:
    narrow = resample(MIX, SAMPLE_RATE, 8_000)
    made = {
        "copied": narrow,
        "louder": narrow * 1.8,
        "inverted": -narrow,
        "a-law": a_law(narrow),
    }[how]
    return resample(made.astype(np.float32), 8_000, SAMPLE_RATE)[: len(MIX)]


@pytest.mark.parametrize("how", ["copied", "louder", "inverted", "a-law"])
def test_mono_stored_as_stereo_is_one_channel(how: str) -> None:
    assert distinct(np.stack([MIX, _spoiled(how)])) == (0,)


def test_two_people_are_two_channels() -> None:
    assert distinct(CALL) == (0, 1)


def test_a_loud_echo_is_no_copy() -> None:
    assert distinct(np.stack([CALL[0], CALL[1] + 0.5 * CALL[0]])) == (0, 1)


def test_silent_sides_are_sides() -> None:
    silent = np.zeros_like(MIX)
    assert distinct(np.stack([silent, silent])) == (0, 1)
    assert distinct(np.stack([MIX, silent])) == (0, 1)


def test_of_three_channels_the_copy_goes() -> None:
    assert distinct(np.stack([CALL[0], CALL[1], CALL[0]])) == (0, 1)
