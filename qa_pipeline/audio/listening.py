"""What there is to hear in a recording before anybody asks what was said: the sound of its channels, who speaks when
on each, and what is nobody's speech.

Every recogniser begins here, so that all of them see the same speech: copies of a channel are dropped (``twins``),
mains hum is filtered out (``hum``), tones and hold music are marked and are not speech (``tones``, ``music``), one
side's voice on the other side's channel is taken away (``crosstalk``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa_pipeline.audio.activity import ActivityOptions, speech_of_channels
from qa_pipeline.audio.crosstalk import leak, levels, without_leak
from qa_pipeline.audio.decode import Samples, Sound, decode
from qa_pipeline.audio.edges import drawn_to_sound
from qa_pipeline.audio.hum import without_hum
from qa_pipeline.audio.loudness import channel_sound
from qa_pipeline.audio.music import music_spans
from qa_pipeline.audio.tones import tones
from qa_pipeline.audio.twins import distinct
from qa_pipeline.records import ChannelSound, Seconds, SoundEvent, SoundKind, Span

_IN_MUSIC = 0.6  # of a span, to be part of the music: a song
_SHORTEST_S: Seconds = 0.1  # what is left of speech beside a tone, to be speech


@dataclass(frozen=True, slots=True)
class Listened:
    """A recording as it was heard. ``sound`` has one channel for each voice path, its warnings in words.

    ``speech`` holds the unpadded speech spans of each channel, ``events`` what is nobody's speech, sorted by start,
    ``levels`` how each channel sounds.
    """

    sound: Sound
    speech: tuple[tuple[Span, ...], ...]
    events: tuple[SoundEvent, ...]
    levels: tuple[ChannelSound, ...]


def listen(path: str | Path, activity: ActivityOptions | None = None) -> Listened:
    """Listen to the recording at ``path``; raises ``RecordingError`` as ``decode`` does."""
    return listen_to(decode(path), activity)


def listen_to(sound: Sound, activity: ActivityOptions | None = None) -> Listened:
    """The same for a recording that is decoded already."""
    recorded = _without_copies(sound)
    sound = _without_hum(recorded)
    spoken = speech_of_channels(sound.channels, activity)
    heard = [_one_channel(samples, channel, spoken[channel]) for channel, samples in enumerate(sound.channels)]
    speech, told = _without_bleed(sound.channels, [spans for spans, _ in heard])
    events = sorted((event for _, found in heard for event in found), key=lambda event: (event.start, event.channel))
    # How well it was recorded is a matter of what was recorded, hum and all.
    pairs = zip(recorded.channels, speech, strict=True)
    measured = tuple(channel_sound(samples, spans) for samples, spans in pairs)
    return Listened(
        Sound(sound.channels, sound.duration, (*sound.warnings, *told)), tuple(speech), tuple(events), measured
    )


def _without_copies(sound: Sound) -> Sound:
    kept = distinct(sound.channels)
    if len(kept) == len(sound.channels):
        return sound
    copies = len(sound.channels) - len(kept)
    told = (
        f"{copies + 1} 个声道是同一个声音（单声道存成了多声道），按 {len(kept)} 个声道处理 "
        f"the same sound on {copies + 1} channels, taken once"
    )
    return Sound(sound.channels[list(kept)], sound.duration, (*sound.warnings, told))


def _without_hum(sound: Sound) -> Sound:
    channels = list(sound.channels)
    cleaned = [without_hum(samples) for samples in channels]
    if all(after is before for after, before in zip(cleaned, channels, strict=True)):
        return sound
    told = "有 50 赫兹工频交流声，识别前已滤去 mains hum was taken away before recognition"
    return Sound(np.stack(cleaned), sound.duration, (*sound.warnings, told))


def _one_channel(samples: Samples, channel: int, speech: tuple[Span, ...]) -> tuple[tuple[Span, ...], list[SoundEvent]]:
    """The speech on one channel without what tones and music make the network believe, and those."""
    beeps = list(tones(samples, channel))
    speech = drawn_to_sound(speech, samples)
    speech = _cut_out(speech, [beep.span for beep in beeps])
    music = [span for span in music_spans(samples, speech) if not any(span.overlap(beep.span) for beep in beeps)]
    speech = tuple(s for s in speech if sum(s.overlap(tune) for tune in music) < _IN_MUSIC * s.duration)
    tunes = [SoundEvent(SoundKind.MUSIC, channel, span.start, span.end) for span in music]
    return speech, [*beeps, *tunes]


def _cut_out(speech: Sequence[Span], away: Sequence[Span]) -> tuple[Span, ...]:
    """``speech`` without what lies in ``away`` (both sorted)."""
    left = list(speech)
    for hole in away:
        pieces = [(Span(s.start, min(s.end, hole.start)), Span(max(s.start, hole.end), s.end)) for s in left]
        touched = [s.overlap(hole) > 0 for s in left]
        left = [
            piece
            for span, cut, both in zip(left, touched, pieces, strict=True)
            for piece in (both if cut else (span,))
            if not cut or piece.duration >= _SHORTEST_S
        ]
    return tuple(left)


def _without_bleed(channels: Samples, speech: Sequence[tuple[Span, ...]]) -> tuple[list[tuple[Span, ...]], list[str]]:
    """The speech of each channel without that of the others, and what was found, in words."""
    cleaned, told = list(speech), list[str]()
    if len(channels) < 2:
        return cleaned, told
    loudness = [levels(samples) for samples in channels]
    for faint in range(len(channels)):
        for loud in range(len(channels)):
            if loud == faint or not cleaned[faint]:
                continue
            found = leak(loudness[loud], loudness[faint], speech[loud], speech[faint])
            if found is not None:
                cleaned[faint] = without_leak(cleaned[faint], loudness[faint], loudness[loud], found)
                told.append(
                    f"声道 {loud} 的声音串到了声道 {faint}（低 {found.loss_db:.0f} 分贝，晚 {found.lag * 1000:.0f} "
                    f"毫秒），已去掉 channel {loud} bled into channel {faint}, taken away there"
                )
    return cleaned, told
