"""From a file to the windows that the recogniser is to hear: everything that needs the whole sound happens here, once.

The sound itself is let go afterwards. What stays of it are the windows (speech only) and what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from qa_pipeline.audio.activity import ActivityOptions, speech_spans
from qa_pipeline.audio.decode import Samples, decode
from qa_pipeline.audio.loudness import channel_sound
from qa_pipeline.records import ChannelSound, Recording, Seconds, Span
from qa_pipeline.transcribe.hearing import Mel
from qa_pipeline.transcribe.windows import Window, pack


@dataclass(frozen=True, slots=True)
class Cutting:
    """How speech is cut for the recogniser: see ``WhisperOptions``."""

    longest_s: Seconds
    pad_s: Seconds
    gap_s: Seconds
    activity: ActivityOptions


@dataclass(frozen=True, slots=True)
class WindowSound:
    """A window ready to be heard: its samples, and what the recogniser takes of them. Compared by identity."""

    window: Window
    sound: Samples
    mel: Mel

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recording before it is recognised.

    ``windows`` are taken out of it as they are handed on. ``held_s`` is what it weighs while it waits: the seconds in
    its windows, and one, so that no recording weighs nothing. ``seconds``: what each stage took.
    """

    recording: Recording
    duration: Seconds
    speech: tuple[tuple[Span, ...], ...]
    sound: tuple[ChannelSound, ...]
    warnings: tuple[str, ...]
    windows: list[WindowSound]
    held_s: Seconds
    seconds: dict[str, Seconds]

    @property
    def channels(self) -> int:
        """How many channels it has."""
        return len(self.speech)


def prepare(recording: Recording, cutting: Cutting, mel: Callable[[Samples], Mel]) -> Prepared:
    """Decode ``recording``, find its speech, cut it into windows. Raises ``RecordingError`` (READ, DECODE)."""
    seconds: dict[str, Seconds] = {}
    with _timed(seconds, "decode"):
        sound = decode(recording.path)
    with _timed(seconds, "activity"):
        speech = tuple(speech_spans(samples, cutting.activity) for samples in sound.channels)
    with _timed(seconds, "loudness"):
        levels = tuple(channel_sound(samples, spans) for samples, spans in zip(sound.channels, speech, strict=True))
    with _timed(seconds, "mel"):
        windows = [
            ready(window, window.sound(sound.channels[channel]), mel)
            for channel, spans in enumerate(speech)
            for window in windows_of(channel, spans, sound.duration, cutting)
        ]
    held_s = 1.0 + sum(window.window.duration for window in windows)
    return Prepared(recording, sound.duration, speech, levels, sound.warnings, windows, held_s, seconds)


def windows_of(channel: int, speech: tuple[Span, ...], duration: Seconds, cutting: Cutting) -> tuple[Window, ...]:
    """What the recogniser is to hear of one channel, in time order."""
    return pack(channel, speech, duration, longest_s=cutting.longest_s, pad_s=cutting.pad_s, gap_s=cutting.gap_s)


def ready(window: Window, sound: Samples, mel: Callable[[Samples], Mel]) -> WindowSound:
    """``window`` with its ``sound`` as the recogniser takes it."""
    return WindowSound(window, sound, mel(sound))


@contextmanager
def _timed(seconds: dict[str, Seconds], name: str) -> Iterator[None]:
    began = perf_counter()
    yield
    seconds[name] = perf_counter() - began
