"""What a telephone line, a recorder and a switchboard do to a call, made on purpose.

All functions take and return ``(n,) float32`` (or ``(channels, n)`` where they say so) in [-1, 1] at ``rate`` hertz and
change no argument. What is random comes from the generator that they are given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scripts.speech.telephone import TELEPHONE_RATE, Samples, a_law, resample

_KEYS = {key: (low, high) for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
         for key, high in zip(row, (1209, 1336, 1477, 1633), strict=True)}  # fmt: skip
# A pentatonic tune, in semitones from A4: what a switchboard plays, in spirit.
_TUNE = (0, 2, 4, 7, 9, 7, 4, 2, 0, 4, 7, 12, 9, 7, 4, 0)


def bleed(
    channels: NDArray[np.float32],
    source: int,
    target: int,
    *,
    loss_db: float,
    rate: int,
    delay_s: float = 0.0,
    room_s: float = 0.0,
    generator: np.random.Generator | None = None,
) -> NDArray[np.float32]:
    """(channels, n): the ``source`` channel heard on ``target``, fainter and later, through a room, over G.711."""
    heard = channels[source]
    if room_s > 0:
        heard = echo(heard, room_s, rate, generator or np.random.default_rng(0))
    delay = round(delay_s * rate)
    late = np.concatenate((np.zeros(delay, np.float32), heard))[: channels.shape[1]]
    spoiled = channels.copy()
    spoiled[target] = over_telephone(_clip(channels[target] + late * 10 ** (-loss_db / 20)), rate)
    return spoiled


def echo(samples: Samples, room_s: float, rate: int, generator: np.random.Generator) -> Samples:
    """``samples`` in a room whose sound dies away within ``room_s``."""
    time = np.arange(round(room_s * rate))
    response = 0.075 * generator.standard_normal(len(time)) * np.exp(-4 * time / len(time))
    response[0] += 1.0
    size = len(samples) + len(response)
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)
    return _clip(wet[: len(samples)])


def over_telephone(samples: Samples, rate: int) -> Samples:
    """8 kHz and A-law, and back to ``rate``."""
    there = a_law(resample(samples, rate, TELEPHONE_RATE))
    return resample(there, TELEPHONE_RATE, rate)[: len(samples)]


def packet_loss(
    samples: Samples, rate: int, share: float, generator: np.random.Generator, packet_s: float = 0.02
) -> Samples:
    """Silence instead of a ``share`` of all packets, in bursts of three on average, as networks lose them."""
    size = round(packet_s * rate)
    count = -(-len(samples) // size)
    lost, state = np.zeros(count, bool), False
    for at in range(count):
        state = bool(generator.random() < (2 / 3 if state else share / (1 - share) / 3))
        lost[at] = state
    kept = samples.copy()
    for at in np.flatnonzero(lost).tolist():
        kept[at * size : (at + 1) * size] = 0.0
    return kept


def clipped(samples: Samples, gain_db: float) -> Samples:
    """Recorded far too loud."""
    return _clip(samples * 10 ** (gain_db / 20))


def quiet(samples: Samples, loss_db: float) -> Samples:
    """Recorded far too faint, on 16 bits."""
    return np.asarray(np.round(samples * 10 ** (-loss_db / 20) * 32_768) / 32_768, np.float32)


def hum(samples: Samples, rate: int, level_db: float) -> Samples:
    """Mains hum: 50 Hz and its harmonics, ``level_db`` relative to full scale in all."""
    time = np.arange(len(samples)) / rate
    buzz = sum(np.sin(2 * np.pi * 50 * n * time + n) / n for n in range(1, 8))
    buzz = buzz / np.sqrt(np.mean(np.square(buzz)))
    return _clip(samples + buzz * 10 ** (level_db / 20))


def silence(seconds: float, rate: int) -> Samples:
    """Digital silence."""
    return np.zeros(round(seconds * rate), np.float32)


def tone(frequencies: Sequence[float], seconds: float, rate: int, level_db: float = -15.0) -> Samples:
    """Pure tones together, each at ``level_db``."""
    time = np.arange(round(seconds * rate)) / rate
    amplitude = np.sqrt(2) * 10 ** (level_db / 20)
    return _clip(np.asarray(sum(amplitude * np.sin(2 * np.pi * f * time) for f in frequencies)))


def dtmf(keys: str, rate: int, on_s: float = 0.1, off_s: float = 0.1) -> Samples:
    """The keys pressed one after the other."""
    return np.concatenate([part for key in keys for part in (tone(_KEYS[key], on_s, rate), silence(off_s, rate))])


def ringing(times: int, rate: int) -> Samples:
    """The ringing tone of Chinese exchanges: 450 Hz, 1 s on and 4 s off."""
    return np.concatenate([part for _ in range(times) for part in (tone((450,), 1.0, rate), silence(4.0, rate))])


def busy(times: int, rate: int) -> Samples:
    """The busy tone of Chinese exchanges: 450 Hz, 0.35 s on and off."""
    return np.concatenate([part for _ in range(times) for part in (tone((450,), 0.35, rate), silence(0.35, rate))])


def hold_music(seconds: float, rate: int, level_db: float = -25.0) -> Samples:
    """A tune in chords, plucked, over the telephone: what a waiting caller hears."""
    beat_s = 0.4
    time = np.arange(round(2.5 * beat_s * rate)) / rate
    notes = [
        sum(
            np.sin(2 * np.pi * 440 * 2 ** ((step + chord) / 12) * n * time) / n
            for chord in (0, -5, -12)
            for n in (1, 2)
        )
        * np.exp(-2 * time)
        for step in _TUNE
    ]
    sound = np.zeros(round(seconds * rate) + len(time))
    for beat in range(round(seconds / beat_s)):
        at = round(beat * beat_s * rate)
        sound[at : at + len(time)] += notes[beat % len(notes)]
    sound = sound[: round(seconds * rate)]
    loud = sound / max(1e-9, float(np.sqrt(np.mean(np.square(sound))))) * 10 ** (level_db / 20)
    return over_telephone(_clip(loud), rate)


def _clip(samples: NDArray[np.floating]) -> Samples:
    kept: Samples = np.clip(samples, -1, 1).astype(np.float32)
    return kept
