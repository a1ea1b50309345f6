"""From a file to the windows that the recogniser is to hear: everything that needs the whole sound happens here, once.

The sound itself is let go afterwards. What stays of it are the windows (speech only) and what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from qa_pipeline.audio.activity import ActivityOptions
from qa_pipeline.audio.decode import Samples, decode
from qa_pipeline.audio.listening import listen_to
from qa_pipeline.records import ChannelSound, Recording, Seconds, SoundEvent, Span
from qa_pipeline.transcribe.diarization import Diarizer, VoiceTurn, by_speaker
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
    its windows, and one, so that no recording weighs nothing. ``seconds``: what each stage took. ``events`` is what is
    nobody's speech, ``voices`` who speaks when in a mono recording, where anybody told.
    """

    recording: Recording
    duration: Seconds
    speech: tuple[tuple[Span, ...], ...]
    sound: tuple[ChannelSound, ...]
    warnings: tuple[str, ...]
    windows: list[WindowSound]
    held_s: Seconds
    seconds: dict[str, Seconds]
    events: tuple[SoundEvent, ...] = ()
    voices: tuple[VoiceTurn, ...] = ()

    @property
    def channels(self) -> int:
        """How many channels it has."""
        return len(self.speech)


def prepare(
    recording: Recording, cutting: Cutting, mel: Callable[[Samples], Mel], diarizer: Diarizer | None = None
) -> Prepared:
    """Decode ``recording``, find its speech, cut it into windows. Raises ``RecordingError`` (READ, DECODE).

    In a mono recording ``diarizer`` tells the voices apart, and no window holds two of them.
    """
    seconds: dict[str, Seconds] = {}
    with _timed(seconds, "decode"):
        sound = decode(recording.path)
    with _timed(seconds, "activity"):
        heard = listen_to(sound, cutting.activity)
        sound = heard.sound
    with _timed(seconds, "voices"):
        mono = diarizer is not None and len(sound.channels) == 1
        voices = diarizer.turns(sound.channels[0]) if diarizer is not None and mono else ()
    alone = [(0, s) for s in by_speaker(heard.speech[0], voices).values()] if voices else enumerate(heard.speech)
    with _timed(seconds, "mel"):
        windows = [
            ready(window, window.sound(sound.channels[channel]), mel)
            for channel, spans in alone
            for window in windows_of(channel, spans, sound.duration, cutting)
        ]
    held_s = 1.0 + sum(window.window.duration for window in windows)
    return Prepared(
        recording,
        sound.duration,
        heard.speech,
        heard.levels,
        sound.warnings,
        windows,
        held_s,
        seconds,
        heard.events,
        voices,
    )


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
