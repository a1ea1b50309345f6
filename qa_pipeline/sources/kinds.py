"""Telling recordings from everything else that lies in a folder: by extension, else by the first bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qa_pipeline.records import MetadataValue
from qa_pipeline.storage import read_bytes

AUDIO_EXTENSIONS = frozenset(
    (
        ".wav",
        ".wave",
        ".w64",
        ".mp3",
        ".mp2",
        ".m4a",
        ".m4b",
        ".mp4",
        ".aac",
        ".flac",
        ".ogg",
        ".oga",
        ".opus",
        ".spx",
        ".amr",
        ".awb",
        ".gsm",
        ".wma",
        ".asf",
        ".au",
        ".snd",
        ".aif",
        ".aiff",
        ".aifc",
        ".caf",
        ".webm",
        ".mka",
        ".mkv",
        ".3gp",
        ".3g2",
        ".ac3",
        ".sph",
        ".alaw",
        ".ulaw",
        ".al",
        ".ul",
        ".vox",
        ".g722",
        ".g729",
    )
)

_MAGIC: tuple[tuple[int, bytes], ...] = (
    (0, b"riff\x2e\x91\xcf\x11"),
    (0, b"fLaC"),
    (0, b"OggS"),
    (0, b"ID3"),
    (0, b"#!AMR"),
    (4, b"ftyp"),
    (0, b".snd"),
    (0, b"caff"),
    (0, b"\x1a\x45\xdf\xa3"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    (0, b"NIST_1A"),
)
_PEEK = 64 * 1024


def looks_like_audio(head: bytes) -> bool:
    """Whether ``head``, a file's first bytes, is the beginning of a sound container or an MPEG or AAC stream."""
    if head[:4] in (b"RIFF", b"RIFX", b"RF64"):
        return head[8:12] == b"WAVE"
    if head[:4] == b"FORM":
        return head[8:12] in (b"AIFF", b"AIFC")
    if any(head[at : at + len(magic)] == magic for at, magic in _MAGIC):
        return True
    return _is_mpeg_frame(head)


def _is_mpeg_frame(head: bytes) -> bool:
    """Whether an MPEG audio or ADTS frame header stands at the start: sync, and no reserved value in its fields."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    if head[1] & 0xF6 == 0xF0:  # ADTS: layer 0, then the sampling frequency index
        return (head[2] >> 2) & 0x0F < 13
    version, layer, bitrate, rate = (head[1] >> 3) & 3, (head[1] >> 1) & 3, head[2] >> 4, (head[2] >> 2) & 3
    # Layer I, which nobody records in, looks like the mark of UTF-16 text.
    return version != 1 and layer in (1, 2) and bitrate not in (0, 15) and rate != 3


@dataclass(frozen=True, slots=True)
class StoredHead:
    """What finding needs to know of a stored transcript: its own id, and the scalar metadata beside the utterances."""

    recording_id: str | None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


_OWN_KEYS = frozenset({"id", "recording_id", "duration", "channels", "language", "asr_model"})


def peek_stored(path: str | Path) -> StoredHead | None:
    """The head of the stored transcript at ``path``; None where the file is some other JSON.

    A file that is no JSON at all but speaks of ``"utterances"`` near its start is a stored transcript that broke: it
    is a recording, and reading it will say what is wrong. Raises OSError.
    """
    content = read_bytes(path)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return StoredHead(None) if b'"utterances"' in content[:_PEEK] else None
    if not isinstance(found, dict) or "utterances" not in found:
        return None
    own = found.get("id", found.get("recording_id"))
    named = str(own).strip() if isinstance(own, str | int) and not isinstance(own, bool) else ""
    metadata = {key: value for key, value in found.items() if key not in _OWN_KEYS and _is_scalar(value)}
    return StoredHead(named or None, metadata)


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float | bool)
