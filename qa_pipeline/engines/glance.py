"""What a recording's size and first bytes tell, without decoding anything: has it changed, and about how long is it?

The length decides in which order recordings are worked on and how they are put together, and how long a hang may last.
An estimate does, and it must not be had from a decoder: a broken file may bring one down, and this runs in the process
that must not die.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.errors import RequestError
from qa_pipeline.records import Recording, Seconds
from qa_pipeline.storage import entry, is_url

# Files are looked at by several threads: on a network share the waiting takes the time.
_READERS = 4

# Bytes a second as telephone systems usually write them; 8,000 is G.711 mono and 64 kbit/s MP3.
_BYTES_A_SECOND = {".amr": 1_600, ".gsm": 1_650, ".opus": 3_000, ".ogg": 4_000, ".flac": 20_000, ".awb": 3_000}
_USUAL_BYTES_A_SECOND = 8_000
STORED_S: Seconds = 30.0
"""What a stored transcript counts for: replaying one costs about what recognising some seconds of sound does."""


@dataclass(frozen=True, slots=True)
class Glance:
    """``stamp`` changes when the file does; empty where there is no file. ``audio_s`` is the estimated length."""

    stamp: str
    audio_s: Seconds


def glances(recordings: Sequence[Recording]) -> list[Glance]:
    """One for each of ``recordings``, in their order."""
    with ThreadPoolExecutor(_READERS) as readers:
        return list(readers.map(glance, recordings))


def glance(recording: Recording) -> Glance:
    """What there is to see of ``recording``; nothing where it cannot be read, which is said when its turn comes."""
    if recording.problem is not None:  # a pipe, say: opening it would wait for ever
        return Glance("", 0.0)
    try:
        if is_url(recording.path):
            found = entry(recording.path)
            size, head = (found.size, b"") if found else (0, b"")
            stamp = found.version.decode("utf-8", "backslashreplace") if found else ""
        else:
            stamp, size, head = _local(Path(recording.path))
    except (OSError, ValueError, RequestError):
        return Glance("", 0.0)
    if recording.is_stored_transcript:
        return Glance(stamp, STORED_S)
    return Glance(stamp, size / _bytes_a_second(recording.path, head))


def _local(path: Path) -> tuple[str, int, bytes]:
    status = path.stat()
    with path.open("rb") as file:
        head = file.read(36)
    return f"{status.st_size} {status.st_mtime_ns}", status.st_size, head


def _bytes_a_second(path: str, head: bytes) -> float:
    """By a WAV's own header where ``fmt`` comes first, as it nearly always does; else by the extension."""
    if head[:4] == b"RIFF" and head[12:16] == b"fmt ":
        return max(1, int.from_bytes(head[28:32], "little"))
    return _BYTES_A_SECOND.get(Path(path).suffix.lower(), _USUAL_BYTES_A_SECOND)
