"""What a recording's header says of it, without decoding the sound."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from qa_pipeline.audio.container import Opened, opened
from qa_pipeline.records import Seconds

_T = TypeVar("_T")

# Their headers state a length. Elsewhere (MP3 without a Xing header, AMR, GSM, raw) FFmpeg estimates from the bit rate.
_STATES_LENGTH = frozenset({"flac", "mov", "mp4", "m4a", "ogg", "matroska", "webm", "aiff", "au", "caf", "asf", "w64"})
_STREAMED = 0x7FFF_0000  # a WAV that was piped claims 2 or 4 GB, give or take a header
_MP3_LENGTH_MARKS = (b"Xing", b"Info", b"VBRI")


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """``codec`` as FFmpeg names it, ``sample_rate`` in hertz as recorded, ``duration`` None where nothing tells it.

    ``promised`` is the length that the header states; None where it states none and ``duration`` is an estimate.
    """

    codec: str
    sample_rate: int
    channels: int
    duration: Seconds | None
    promised: Seconds | None = None


def probe(path: str | Path) -> AudioInfo:
    """What the header of the recording at ``path`` says; raises ``RecordingError`` as ``decode`` does."""
    with opened(path) as source:
        return describe(source)


def describe(source: Opened) -> AudioInfo:
    """``probe`` for a recording that is already open; leaves the file's position alone."""
    codec = source.stream.codec_context
    promised = _promised(source)
    estimate = source.container.duration / 1_000_000 if source.container.duration else None
    return AudioInfo(codec.name, codec.sample_rate, source.channels, promised or estimate, promised)


def _promised(source: Opened) -> Seconds | None:
    """The length in the header, where there is one to hold the decoded sound against."""
    formats = set(source.container.format.name.split(","))
    if "wav" in formats:
        return _at_start(source.file, _riff_length)
    stated = formats & _STATES_LENGTH or ("mp3" in formats and _at_start(source.file, _mp3_states_length))
    if not stated:
        return None
    if source.stream.duration:
        return float(source.stream.duration * source.stream.time_base)
    return source.container.duration / 1_000_000 if source.container.duration else None


def _at_start(file: BinaryIO, read: Callable[[bytes], _T]) -> _T:
    position = file.tell()
    file.seek(0)
    try:
        return read(file.read(65_536))
    finally:
        file.seek(position)


def _mp3_states_length(head: bytes) -> bool:
    return any(mark in head for mark in _MP3_LENGTH_MARKS)


def _riff_length(head: bytes) -> Seconds | None:
    """Seconds in a WAV's ``data`` chunk by its own header; None for streamed ones (0, or 2 to 4 GB), RF64 and oddities.

    FFmpeg shortens a cut-off 16-bit WAV to what is there without a word, so the header is read here.
    """
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    position, bytes_per_second = 12, 0
    while position + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, position)
        if name == b"fmt " and position + 20 <= len(head):
            (bytes_per_second,) = struct.unpack_from("<I", head, position + 16)
        if name == b"data":
            known = 0 < size < _STREAMED and bytes_per_second > 0
            return size / bytes_per_second if known else None
        position += 8 + size + size % 2
    return None
