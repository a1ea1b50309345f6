"""Voices that bleed from one channel to the other are taken out of both."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.audio.encode import Encoding
from qa_pipeline.examples import sounds
from qa_pipeline.records import Span
from qa_pipeline.transcribe.stored import read_stored
from tests.examples.nights import CALLS, stored

CALL = "s03-heating-cold"


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    transcript = read_stored(stored(tmp_path_factory.mktemp("heard"), [CALL]) / f"{CALL}.json")
    return transcript, decode(next(CALLS.glob(f"{CALL}.*"))).channels


def bleeding(transcript, sound):
    return sounds._bleeding(SimpleNamespace(transcript=transcript), sound)


def test_channels_that_are_apart_do_not_bleed(call):
    assert bleeding(*call) == frozenset()


@pytest.mark.parametrize("lag", [0.0, 0.12])
def test_a_faint_copy_of_the_other_voice_is_bleed(call, lag):
    transcript, sound = call
    mixed = sound.copy()
    mixed[0] += 0.1 * np.roll(sound[1], int(lag * SAMPLE_RATE))
    assert (1, 0) in bleeding(transcript, mixed)
    assert (0, 1) not in bleeding(transcript, mixed)


def test_a_recording_that_is_gone_leaves_the_call_without_sound(call, tmp_path):
    transcript, _ = call
    gone = SimpleNamespace(
        transcript=transcript, duration=10.0, letter="A", pick=SimpleNamespace(call=SimpleNamespace(call={"source_uri": str(tmp_path / "gone.wav")})),
    )  # fmt: skip
    written = sounds.write_sounds(gone, tmp_path, Encoding.FLAC)
    assert "gone.wav" in written.missing
    assert [sound.file for sound in written.all] == [""]


def test_one_side_is_enough_for_a_mono_call(call):
    transcript, sound = call
    mono = replace(transcript, channels=1, speech=((Span(1.0, 2.0),),))
    assert bleeding(mono, sound[:1]) == frozenset()
