"""From a timeline to what the telephone exchange records: 8 kHz, band-limited, lightly noisy, 12 bits."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from scripts.samples.script import ROLES, CallScript
from scripts.samples.timeline import Timeline, Utterance
from scripts.speech.telephone import TELEPHONE_RATE, band_limit, rms, white_noise

SPEECH_DB = {"agent": -24.0, "customer": -27.0}
"""RMS of a line under full scale: a headset close to the mouth, and a telephone somewhere (ITU-T P.56 suggests -26)."""

NOISE_DB = {"agent": -79.0, "customer": -76.0}
LOUDEST = 0.85

_LOWEST_HZ = 100.0
"""As on an IP line. Cut at 300 Hz, male voices lose their fundamental, and speech activity finds them seconds late."""

_STEP = 16
"""Of 16-bit samples: the finest step of A-law telephony. Finer steps would carry noise and swell the FLAC files."""


def render(script: CallScript, timeline: Timeline) -> NDArray[np.int16]:
    """Return ``(samples, channels) int16``: agent left and customer right, or both in one channel."""
    generator = np.random.default_rng(zlib.crc32(script.id.encode()))
    count = round(timeline.duration * TELEPHONE_RATE)
    tracks = []
    for role in ROLES:
        said = [utterance for utterance in timeline.utterances if utterance.line.role == role]
        clean = _track(said, count) + white_noise(count, NOISE_DB[role], generator)
        tracks.append(band_limit(clean, TELEPHONE_RATE, low=_LOWEST_HZ))
    mixed = np.stack(tracks, axis=1)
    if script.channels == 1:
        mixed = mixed.sum(axis=1, keepdims=True)
    return (np.round(mixed * (32_768 / _STEP)) * _STEP).clip(-32_768, 32_767).astype(np.int16)


def _track(utterances: list[Utterance], count: int) -> NDArray[np.float32]:
    """Put the lines of one speaker, each at its level, on an otherwise silent channel."""
    track = np.zeros(count, np.float32)
    for utterance in utterances:
        samples = utterance.speech.telephone().samples
        level = 10 ** ((SPEECH_DB[utterance.line.role] + utterance.line.gain_db) / 20)
        gain = min(level / rms(samples), LOUDEST / float(np.abs(samples).max()))
        first = round(utterance.placed_at * TELEPHONE_RATE)
        track[first : first + len(samples)] += (samples * np.float32(gain))[: count - first]
    return track
