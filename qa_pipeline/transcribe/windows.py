"""Packs stretches of speech into the windows that Whisper hears, and finds the way back.

The encoder always pays for 30 s, so a call's short turns travel together: pieces of *one* channel, in time order, with
a little silence between them. Each window knows its pieces, so every time inside it maps back to the recording exactly.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qa_pipeline.audio.activity import padded
from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.records import Seconds, Span


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of a channel as the recogniser hears it.

    ``cut`` is what it hears (padded), ``speech`` the unpadded spans inside, never empty. ``offset`` is where the cut
    begins in its window. All in seconds; ``cut`` and ``speech`` from the recording's start.
    """

    cut: Span
    speech: tuple[Span, ...]
    offset: Seconds

    @property
    def spoken(self) -> Span:
        """From where somebody begins to speak to where they end."""
        return Span(self.speech[0].start, self.speech[-1].end)

    def time(self, in_window: Seconds) -> Seconds:
        """A window's time as the recording's, clamped to when somebody speaks in this piece."""
        time = self.cut.start + in_window - self.offset
        return min(max(time, self.spoken.start), self.spoken.end)


@dataclass(frozen=True, slots=True)
class Window:
    """Up to 30 s for one pass of the recogniser, all of it from one channel."""

    channel: int
    pieces: tuple[Piece, ...]

    @property
    def duration(self) -> Seconds:
        """How long its sound is."""
        return self.pieces[-1].offset + self.pieces[-1].cut.duration

    def piece_at(self, in_window: Seconds) -> int:
        """The index of the piece that sounds at this time; in the silence between two, of the nearer one."""
        later = bisect_right(self.pieces, in_window, key=lambda piece: piece.offset)
        if later in (0, len(self.pieces)):
            return max(0, later - 1)
        before, after = self.pieces[later - 1], self.pieces[later]
        past = in_window - (before.offset + before.cut.duration)
        return later - 1 if past <= after.offset - in_window else later

    def sound(self, channel: Samples) -> Samples:
        """Its samples, copied out of its ``channel`` ((n,) float32 at 16 kHz)."""
        sound = np.zeros(round(self.duration * SAMPLE_RATE), np.float32)
        for piece in self.pieces:
            start, at = round(piece.cut.start * SAMPLE_RATE), round(piece.offset * SAMPLE_RATE)
            part = channel[start : round(piece.cut.end * SAMPLE_RATE)][: len(sound) - at]
            sound[at : at + len(part)] = part
        return sound


def halves(window: Window, gap_s: Seconds) -> tuple[Window, Window] | None:
    """``window`` as two, parted between pieces, or within its only piece at the longest pause; None where neither is.

    Together they hold the same speech; each begins at 0 and keeps the ``gap_s`` between its pieces.
    """
    pieces = window.pieces if len(window.pieces) > 1 else _parted(window.pieces[0])
    if len(pieces) < 2:
        return None
    ends = [piece.offset + piece.cut.duration for piece in pieces]
    middle = 1 + min(range(len(pieces) - 1), key=lambda i: abs(ends[i] - window.duration / 2))
    first, second = (_laid_out(window.channel, part, gap_s) for part in (pieces[:middle], pieces[middle:]))
    return first, second


def sound_within(whole: Window, sound: Samples, part: Window) -> Samples:
    """The samples of ``part``, one of ``whole``'s halves, copied out of ``whole``'s own ``sound``."""
    copied = np.zeros(round(part.duration * SAMPLE_RATE), np.float32)
    for piece in part.pieces:
        home = next(p for p in reversed(whole.pieces) if p.cut.start <= piece.cut.start)
        start = round((home.offset + piece.cut.start - home.cut.start) * SAMPLE_RATE)
        at = round(piece.offset * SAMPLE_RATE)
        stretch = sound[start : start + round(piece.cut.duration * SAMPLE_RATE)][: len(copied) - at]
        copied[at : at + len(stretch)] = stretch
    return copied


def _parted(piece: Piece) -> tuple[Piece, ...]:
    """A piece as two, at the middle of its longest pause; as it is where it has none."""
    if len(piece.speech) < 2:
        return (piece,)
    pauses = [after.start - before.end for before, after in pairwise(piece.speech)]
    at = 1 + pauses.index(max(pauses))
    moment = (piece.speech[at - 1].end + piece.speech[at].start) / 2
    first = Piece(Span(piece.cut.start, moment), piece.speech[:at], piece.offset)
    return first, Piece(Span(moment, piece.cut.end), piece.speech[at:], piece.offset + first.cut.duration)


def _laid_out(channel: int, pieces: Sequence[Piece], gap_s: Seconds) -> Window:
    """The pieces one after another from 0."""
    laid: list[Piece] = []
    offset = 0.0
    for piece in pieces:
        laid.append(Piece(piece.cut, piece.speech, offset))
        offset += piece.cut.duration + gap_s
    return Window(channel, tuple(laid))


def pack(
    channel: int, speech: Sequence[Span], duration: Seconds, *, longest_s: Seconds, pad_s: Seconds, gap_s: Seconds
) -> tuple[Window, ...]:
    """The windows for one channel's ``speech`` (unpadded, sorted), in time order.

    A window holds at most ``longest_s`` of padded cuts and the ``gap_s`` of silence between them; a single cut that is
    longer has a window to itself.
    """
    windows: list[list[Piece]] = []
    end = 0.0
    for cut, spans in _cuts(speech, duration, pad_s):
        offset = end + gap_s
        if not windows or offset + cut.duration > longest_s:
            windows.append([])
            offset = 0.0
        windows[-1].append(Piece(cut, spans, offset))
        end = offset + cut.duration
    return tuple(Window(channel, tuple(pieces)) for pieces in windows)


def _cuts(speech: Sequence[Span], duration: Seconds, pad_s: Seconds) -> Iterator[tuple[Span, tuple[Span, ...]]]:
    """Padded cuts, each with the spans that lie in it."""
    spans = list(speech)
    for cut in padded(spans, pad_s, duration):
        inside = tuple(span for span in spans if cut.start <= (span.start + span.end) / 2 < cut.end)
        if inside:
            yield cut, inside
