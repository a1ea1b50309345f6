"""The sounds of a chosen call: the whole of it and its clips, with holes where something private is said."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from qa_pipeline.audio.bleep import bleeped
from qa_pipeline.audio.crosstalk import leak, levels
from qa_pipeline.audio.decode import SAMPLE_RATE, Samples, decode
from qa_pipeline.audio.encode import Encoding, for_a_room, write_sound
from qa_pipeline.errors import RecordingError, Stage
from qa_pipeline.examples.material import Material
from qa_pipeline.examples.taken import holes
from qa_pipeline.outputs.whole import cannot_write
from qa_pipeline.records import Seconds, Span
from qa_pipeline.sources.kinds import peek_stored
from qa_pipeline.storage import is_url, local_path


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of a call as sound; ``file`` is relative to the pack, and empty where there is none."""

    name: str
    file: str
    start: Seconds
    end: Seconds


@dataclass(frozen=True, slots=True)
class Sounds:
    """What of a call can be played: the whole of it last. ``missing`` says why there is no sound at all."""

    all: tuple[Sound, ...]
    missing: str = ""


def write_sounds(material: Material, out: Path, encoding: Encoding) -> Sounds:
    """Write the sounds of a call below ``out``. A call of which there is no recording has none, and says why.

    Raises ``RequestError`` where the disk does not take them.
    """
    try:
        sound = _decoded(material)
    except RecordingError as error:
        silent = Sound("全程（无录音）", "", 0.0, max(1.0, material.duration))
        return Sounds((silent,), str(error))
    clean = for_a_room(bleeped(sound, holes(material.taken, material.transcript, _bleeding(material, sound))))
    duration = sound.shape[1] / SAMPLE_RATE
    spans = [Span(clip.start, min(clip.end, duration)) for clip in material.clips if clip.start < duration - 1]
    parts = [
        Sound(f"片段{'一二三'[i]}", f"{material.letter}/clip-{'abc'[i]}.{encoding.value}", span.start, span.end)
        for i, span in enumerate(spans)
    ]
    parts.append(Sound("全程", f"{material.letter}/whole.{encoding.value}", 0.0, duration))
    for part in parts:
        _write(part, clean, out, encoding)
    return Sounds(tuple(parts))


def _write(part: Sound, sound: Samples, out: Path, encoding: Encoding) -> None:
    try:
        (out / part.file).parent.mkdir(parents=True, exist_ok=True)
        stretch = sound[:, int(part.start * SAMPLE_RATE) : int(part.end * SAMPLE_RATE)]
        write_sound(out / part.file, stretch, encoding)
    except OSError as error:
        raise cannot_write(out, error) from error


def _decoded(material: Material) -> Samples:
    """(1 or 2 channels, samples) of the recording. Raises ``RecordingError`` where there is none to be had."""
    source = str(material.pick.call.call["source_uri"])
    path = Path(local_path(source)) if not is_url(source) else None
    if path is not None and path.suffix == ".json" and path.is_file() and peek_stored(path) is not None:
        raise RecordingError(Stage.FIND, "来源是转写，没有录音 the source is a transcript: no sound")
    return decode(source).channels[:2]


def _bleeding(material: Material, sound: Samples) -> frozenset[tuple[int, int]]:
    """(from, to) wherever the voice of one channel is heard on the other."""
    speech = material.transcript.speech
    if sound.shape[0] < 2 or speech is None or len(speech) < 2:
        return frozenset()
    heard = [levels(channel) for channel in sound]
    pairs = permutations(range(2), 2)
    return frozenset((a, b) for a, b in pairs if leak(heard[a], heard[b], speech[a], speech[a]) is not None)
