import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.audio import activity
from qa_pipeline.audio.activity import ActivityOptions, padded, spans_from, speech_of_channels, speech_spans
from qa_pipeline.audio.decode import SAMPLE_RATE, Samples, decode
from qa_pipeline.records import Span

OPTIONS = ActivityOptions()
SAMPLE = Path(__file__).parents[2] / "samples" / "calls" / "s01-residence-permit.flac"


@pytest.fixture(scope="module")
def agent() -> Samples:
    return decode(SAMPLE).channels[0]


def test_finds_when_the_agent_speaks(agent: Samples) -> None:
    spans = speech_spans(agent)
    assert spans[0].start == pytest.approx(0.6, abs=0.1)
    assert all(before.end <= after.start for before, after in itertools.pairwise(spans))
    assert not any(span.overlap(Span(7.5, 11.0)) > 0.1 for span in spans)  # the customer's turn


def test_leaves_its_input_alone(agent: Samples) -> None:
    clip = agent[: 4 * SAMPLE_RATE].copy()
    before = clip.copy()
    speech_spans(clip)
    assert np.array_equal(clip, before)


def test_the_level_gate_spares_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "speech_probabilities", lambda _: pytest.fail("asked about silence"))
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32) * 1e-4
    for samples in (np.zeros(SAMPLE_RATE, np.float32), noise, np.zeros(0, np.float32), np.zeros(7, np.float32)):
        assert speech_spans(samples) == ()


def test_noise_and_short_sounds_are_no_speech() -> None:
    noise = np.random.default_rng(0).standard_normal(3 * SAMPLE_RATE).astype(np.float32) * 0.05
    assert speech_spans(noise) == ()
    assert speech_spans(noise[:100]) == ()


def test_channels_together_are_as_each_alone(agent: Samples) -> None:
    channels = decode(SAMPLE).channels
    quiet = np.zeros_like(channels[:1])
    together = speech_of_channels(np.concatenate([channels, quiet]))
    assert together == [speech_spans(channels[0]), speech_spans(channels[1]), ()]


def test_threads_agree(agent: Samples) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = set(pool.map(lambda _: speech_spans(agent[: 10 * SAMPLE_RATE]), range(4)))
    assert len(results) == 1


def _probabilities(*runs: tuple[float, float]) -> np.ndarray:
    """(seconds, probability) runs as frames."""
    return np.concatenate([np.full(round(seconds / 0.032), p, np.float32) for seconds, p in runs])


def test_short_pauses_join_and_clicks_go() -> None:
    frames = _probabilities((1, 0), (1, 0.9), (0.2, 0.1), (1, 0.9), (2, 0.1), (0.05, 0.9), (1, 0))
    spans = spans_from(frames, 99.0, OPTIONS)
    assert len(spans) == 1
    assert spans[0].duration == pytest.approx(2.2, abs=0.07)


def test_hysteresis_starts_late_and_ends_late() -> None:
    frames = _probabilities((1, 0.4), (1, 0.9), (1, 0.4), (1, 0.1))
    (span,) = spans_from(frames, 99.0, OPTIONS)
    assert (span.start, span.end) == pytest.approx((1, 3), abs=0.07)


def test_long_speech_is_split_where_it_is_least_speech_like() -> None:
    frames = _probabilities((20, 0.95), (0.2, 0.6), (20, 0.95))
    first, second = spans_from(frames, 99.0, OPTIONS)
    assert first.end == second.start == pytest.approx(20.1, abs=0.2)


def test_padding_merges_what_meets_and_stays_inside() -> None:
    cuts = padded((Span(0.1, 1), Span(1.3, 2), Span(5, 6)), 0.2, 6.1)
    assert cuts == (Span(0.0, 2.2), Span(4.8, 6.1))


def test_padding_never_grows_a_cut_beyond_what_is_heard() -> None:
    cuts = padded((Span(0, 27), Span(27.2, 40)), 0.2, 60)
    assert next(cut.end for cut in cuts) == cuts[1].start == pytest.approx(27.1)


@given(st.lists(st.floats(0, 1, width=32), max_size=300))
def test_spans_are_sorted_disjoint_and_inside(probabilities: list[float]) -> None:
    duration = len(probabilities) * 0.032
    spans = spans_from(np.array(probabilities, np.float32), duration, ActivityOptions(longest_s=2.0))
    times = [time for span in spans for time in (span.start, span.end)]
    assert times == sorted(times)
    assert all(span.duration <= 2.0 for span in spans)
    assert not times or (times[0] >= 0 and times[-1] <= duration)
    cuts = padded(spans, 0.2, duration, longest_s=2.0)
    assert all(before.end <= after.start for before, after in itertools.pairwise(cuts))
    assert all(any(cut.overlap(span) for cut in cuts) for span in spans if span.duration)
