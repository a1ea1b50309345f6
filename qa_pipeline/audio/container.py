"""Opens a recording for PyAV by what it holds, never by what it is called.

FFmpeg reads names as more than names: ``http:`` as a protocol, ``%03d`` as a pattern, a leading dash as an option. So
it gets an open file and a name of our own. Nothing but that one file may be read: playlists inside a recording open
nothing else.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from qa_pipeline.errors import RecordingError, Stage
from qa_pipeline.storage import is_url, open_binary

MAX_CHANNELS = 16
MAX_SAMPLE_RATE = 768_000

# Sound with no header at all cannot be told by content; telephony writes these in mono, G.711 at 8 kHz.
_HEADERLESS = {".alaw": "alaw", ".al": "alaw", ".ulaw": "mulaw", ".ul": "mulaw", ".mulaw": "mulaw", ".g722": "g722"}
_NO_OTHER_FILES = {"protocol_whitelist": "none"}
_LARGE_PACKETS = {"max_size": "16384"}  # WAV: four times FFmpeg's own, a second of G.711; a third of the time to decode


class _Content:
    """What PyAV may know of a file: its bytes and a harmless name."""

    name = "recording"

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


@dataclass(frozen=True, slots=True)
class Opened:
    """An open recording: PyAV's ``container`` and its first audio ``stream`` (neither has type stubs)."""

    path: Path
    file: BinaryIO
    container: Any
    stream: Any

    @property
    def channels(self) -> int:
        """The number of channels, from the stream itself."""
        return int(self.stream.codec_context.channels)

    def error(self, message: str) -> RecordingError:
        """A ``DECODE`` error about this recording."""
        return decode_error(self.path, message)


def decode_error(path: Path, message: str) -> RecordingError:
    """The bytes are there, but they are no usable sound."""
    return RecordingError(Stage.DECODE, f"{path.name}: {message}")


@contextmanager
def opened(path: str | Path) -> Iterator[Opened]:
    """The recording at ``path``, ready to be read, closed again on leaving.

    Raises ``RecordingError``: ``READ`` where the bytes cannot be had, ``DECODE`` where they hold no usable sound.
    """
    with _file(path) as file, _container(Path(path), file) as container:
        path = Path(path)
        if not container.streams.audio:
            raise decode_error(path, "holds no audio stream (a picture or silent video?); export the sound track again")
        source = Opened(path, file, container, container.streams.audio[0])
        _refuse_nonsense(source)
        yield source


@contextmanager
def _file(source: str | Path) -> Iterator[BinaryIO]:
    path = Path(source)
    try:
        if not is_url(source):
            _refuse_unreadable(path)
        with open_binary(source) as file:
            yield file  # what fails while PyAV reads (a vanished share) ends here too
    except FileNotFoundError as error:
        raise RecordingError(Stage.READ, f"{path.name}: no such file; was it moved or renamed?") from error
    except PermissionError as error:
        raise RecordingError(Stage.READ, f"{path.name}: may not be read; check the file's permissions") from error
    except OSError as error:
        why = error.strerror or (str(error) if is_url(source) else type(error).__name__)
        raise RecordingError(Stage.READ, f"{path.name}: cannot be read ({why}); check the disk or share") from error


def _refuse_unreadable(path: Path) -> None:
    if "\0" in str(path):
        raise RecordingError(Stage.READ, f"{path.name!r}: a file name cannot hold a NUL character; check the manifest")
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise RecordingError(Stage.READ, f"{path.name}: is a folder or device, not a file; name the recordings")
    if status.st_size == 0:
        raise RecordingError(Stage.READ, f"{path.name}: the file is empty (0 bytes); copy or export it again")


@contextmanager
def _container(path: Path, file: BinaryIO) -> Iterator[Any]:
    from av.error import FFmpegError

    try:
        container = _open(path, file)
    except FFmpegError as error:
        # FFmpeg's errors are also OSErrors: turn them into ours before the file's own handler sees them.
        raise decode_error(
            path, "is not a sound file FFmpeg knows, or its header is damaged; play it, or export it again as WAV"
        ) from error
    with container:
        yield container


def _open(path: Path, file: BinaryIO) -> Any:
    import av
    from av.error import FFmpegError

    try:
        return av.open(_Content(file), mode="r", options=_NO_OTHER_FILES | _LARGE_PACKETS, metadata_errors="ignore")
    except FFmpegError:
        raw = _HEADERLESS.get(path.suffix.lower())
        if raw is None:
            raise
    file.seek(0)
    return av.open(_Content(file), mode="r", format=raw, options={**_NO_OTHER_FILES, "sample_rate": "8000"})


def _refuse_nonsense(source: Opened) -> None:
    if not 1 <= source.channels <= MAX_CHANNELS:
        raise source.error(f"claims {source.channels} channels (1 to {MAX_CHANNELS} are read); its header is damaged")
    rate = source.stream.codec_context.sample_rate
    if not 1 <= rate <= MAX_SAMPLE_RATE:
        raise source.error(f"claims {rate} samples a second (up to {MAX_SAMPLE_RATE} are read); its header is damaged")
