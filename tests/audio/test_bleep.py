import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.audio.bleep import FADE_S, LONGEST_TONE_S, TONE_LEVEL, Hole, bleeped
from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.audio.encode import Encoding, for_a_room, write_sound
from qa_pipeline.records import Span

NOISE = np.random.default_rng(8).uniform(-0.5, 0.5, (2, 3 * SAMPLE_RATE)).astype(np.float32)
TIMES = st.floats(-1, 4, allow_nan=False)


@given(st.lists(st.tuples(st.integers(0, 2), TIMES, TIMES), max_size=4))
def test_no_old_sample_is_left_in_a_hole_and_none_elsewhere_is_touched(spans):
    holes = [Hole(channel, Span(min(a, b), max(a, b))) for channel, a, b in spans]
    out = bleeped(NOISE, holes)
    near = np.zeros(NOISE.shape, bool)
    fade = int(FADE_S * SAMPLE_RATE)
    for hole in holes:
        if hole.channel > 1:
            continue
        start, end = (min(NOISE.shape[1], max(0, round(t * SAMPLE_RATE))) for t in (hole.span.start, hole.span.end))
        near[hole.channel, max(0, start - fade - 1) : end + fade + 1] = True
        inside = out[hole.channel, start:end]
        assert np.abs(inside).max(initial=0.0) <= TONE_LEVEL + 1e-6
    assert np.array_equal(out[~near], NOISE[~near])


def test_a_long_hole_goes_on_in_silence():
    sound = np.ones((1, int((LONGEST_TONE_S + 2) * SAMPLE_RATE)), np.float32)
    out = bleeped(sound, [Hole(0, Span(0.0, LONGEST_TONE_S + 2))])
    assert np.abs(out[0, :SAMPLE_RATE]).max() == pytest.approx(TONE_LEVEL, rel=0.01)
    assert not out[0, int(LONGEST_TONE_S * SAMPLE_RATE) :].any()


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_written_plays_and_carries_no_tag(tmp_path, encoding, channels):
    path = tmp_path / f"clip.{encoding}"
    write_sound(path, bleeped(NOISE, [Hole(0, Span(1.0, 2.0))])[:channels], encoding)
    sound = decode(path)
    assert sound.channels.shape[0] == channels
    assert sound.duration == pytest.approx(3.0, abs=0.15)
    assert np.abs(sound.channels[0, int(1.1 * SAMPLE_RATE) : int(1.9 * SAMPLE_RATE)]).max() < 2 * TONE_LEVEL
    with av.open(str(path)) as container:
        tags = {**container.metadata, **container.streams.audio[0].metadata}
    assert set(tags) <= {"encoder"}, tags
    again = tmp_path / f"again.{encoding}"
    write_sound(again, bleeped(NOISE, [Hole(0, Span(1.0, 2.0))])[:channels], encoding)
    assert again.read_bytes() == path.read_bytes()


def test_a_quiet_call_is_brought_up_and_silence_stays():
    assert np.abs(for_a_room(NOISE * 0.2)).max() == pytest.approx(0.7, rel=0.01)
    assert np.abs(for_a_room(NOISE * 0.001)).max() == pytest.approx(0.004, rel=0.01)
    assert not for_a_room(np.zeros((1, 10), np.float32)).any()
