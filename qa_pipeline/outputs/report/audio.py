"""The recordings beside the pages: played where they lie, or copied into the report to travel with it.

A player gets the file itself: nothing is cut or bleeped here (the example pack does that), so a report with sound
stays on the QA desk. What no browser plays (AMR, GSM, WMA) is turned into MP3 when it is copied.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qa_pipeline.errors import RecordingError
from qa_pipeline.outputs.whole import cannot_write
from qa_pipeline.sources.identity import file_name_for
from qa_pipeline.storage import is_url, open_binary

PLAYED = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".mp4": "audio/mp4",
    ".aac": "audio/aac",
    ".webm": "audio/webm",
}
_TRANSCRIPT = ".json"


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that a page can play: ``href`` as seen from the page's folder, ``path`` on this machine.

    ``plays`` is False where browsers are not known to play its kind: the page says so.
    """

    href: str
    path: str
    plays: bool


def source_of(call: dict[str, Any] | Any) -> str | None:
    """Where the recording of ``call`` lies: its source, or the sound beside a stored transcript; None without any."""
    source: str = call["source_uri"]
    if is_url(source):
        return None if source.endswith(_TRANSCRIPT) else source
    path = Path(source)
    if path.suffix.lower() != _TRANSCRIPT:
        return source if path.is_file() else None
    beside = (path.with_suffix(kind) for kind in PLAYED)
    return next((str(sound) for sound in beside if sound.is_file()), None)


def in_place(call: Any, folder: Path) -> Sound | None:
    """The recording where it lies, linked from a page in ``folder``; None where it is not on this machine."""
    source = source_of(call)
    if source is None or is_url(source):
        return None
    path = Path(source)
    try:
        href = quote(Path(os.path.relpath(path, folder.resolve())).as_posix())
    except ValueError:  # another drive
        href = path.as_uri()
    return Sound(href, source, path.suffix.lower() in PLAYED)


def copied(call: Any, folder: Path) -> Sound | None:
    """The recording copied into ``folder/../audio`` under its id; None where it cannot be had or turned into MP3.

    Raises RequestError where the disk does not take it.
    """
    source = source_of(call)
    if source is None:
        return None
    kind = Path(source).suffix.lower()
    plays = kind in PLAYED
    target = folder.parent / "audio" / f"{file_name_for(call['recording_id'])}{kind if plays else '.mp3'}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (_copy(source, target) if plays else _to_mp3(source, target)):
            return None
    except OSError as error:
        raise cannot_write(folder.parent, error) from error
    return Sound(f"../audio/{quote(target.name)}", str(target), plays=True)


def _copy(source: str, target: Path) -> bool:
    with open_binary(source) as file, target.open("wb") as copy:
        shutil.copyfileobj(file, copy)
    return True


def _to_mp3(source: str, target: Path) -> bool:
    """Encode ``source`` as MP3 with all its channels (at most two); False where it cannot be decoded."""
    import av
    import numpy as np

    from qa_pipeline.audio.decode import SAMPLE_RATE, decode

    try:
        sound = decode(source).channels[:2]
    except RecordingError:
        return False
    layout = "mono" if len(sound) == 1 else "stereo"
    with av.open(str(target), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout=layout)
        stream.bit_rate = 48_000 * len(sound)
        for start in range(0, sound.shape[1], SAMPLE_RATE):
            block = np.ascontiguousarray(sound[:, start : start + SAMPLE_RATE])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = SAMPLE_RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return True
