"""The transcript store: what was heard in a recording, kept under what it was heard in and by what.

A key is the digest of the sound's bytes and of the recipe (model, options, versions), so equal sound is recognised
once, whatever it is called, and a changed model never meets an old transcript. A value is a transcript as it was heard,
before roles and names: with word times, stretches of speech and levels of sound, all that rules ask the sound for.

Files are ``ab/abcdef....json.zst``, each whole or not there. Several runs and machines may share a store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import time
from typing import Any

from qa_pipeline.durable import TEMPORARY, write_whole
from qa_pipeline.records import Seconds, Transcript
from qa_pipeline.storage import open_binary
from qa_pipeline.transcribe.codec import decode, encode

VERSION = 1
"""Of the form in which transcripts are kept. One of another version is not found."""

RECOGNISER_VERSION = 3
"""Raise it where speech activity, windows, decoding or the gate change what is heard: old transcripts are then left."""

REPLAYED: Mapping[str, Any] = {"recogniser": "stored transcript"}
"""The recipe of transcripts that were not recognised but read."""

_SUFFIX = ".json.zst"
_BLOCK = 1 << 20
_ABANDONED_S: Seconds = 3600.0
"""Writing a transcript takes milliseconds; the rest is for clocks that differ."""


@dataclass(frozen=True, slots=True)
class TranscriptStore:
    """The transcripts below ``folder``, which need not exist yet."""

    folder: Path

    def read(self, key: str) -> Transcript | None:
        """The transcript under ``key``, without id; None where there is none that can be read."""
        try:
            return unpacked(self._path(key).read_bytes())
        except (OSError, ValueError):
            return None

    def __contains__(self, key: str) -> bool:
        return self._path(key).is_file()

    def write(self, key: str, content: bytes) -> None:
        """Keep ``content``, what ``packed`` made of a transcript, under ``key``. Raises OSError."""
        write_whole(self._path(key), content)

    def keys(self) -> Iterator[str]:
        """All keys, in no order."""
        for path in self.folder.glob(f"*/*{_SUFFIX}"):
            yield path.name.removesuffix(_SUFFIX)

    def remove(self, key: str) -> None:
        """Forget the transcript under ``key``, if it is there. Raises OSError."""
        self._path(key).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Delete what killed runs left half-written. What is young may be another run's that lives. Raises OSError."""
        for path in self.folder.glob(f"??/.*{_SUFFIX}.*{TEMPORARY}"):
            with suppress(FileNotFoundError):  # another run swept, or had only just begun after all
                if time() - path.stat().st_mtime > _ABANDONED_S:
                    path.unlink()

    def _path(self, key: str) -> Path:
        return self.folder / file_of(key)


def file_of(key: str) -> str:
    """The name below a store's folder, or URL, of the file under ``key``."""
    return f"{key[:2]}/{key}{_SUFFIX}"


def digest(value: Mapping[str, Any]) -> str:
    """The sha256 of plain JSON values, in hexadecimal; the order of keys does not matter."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def key_of(path: str, recipe: str) -> str:
    """The key of the recording at ``path`` under the recipe with this digest. Reads the file; raises OSError."""
    content = hashlib.sha256()
    with open_binary(path) as file:
        while block := file.read(_BLOCK):
            content.update(block)
    return hashlib.sha256(f"{VERSION} {recipe} {content.hexdigest()}".encode()).hexdigest()


def packed(transcript: Transcript, *, metadata: bool) -> bytes:
    """``transcript`` as the store keeps it: without its id, and without its metadata unless they were its own."""
    import pyarrow as pa

    effort = transcript.effort and replace(transcript.effort, passes=0, slots=0.0, seconds={})
    own = transcript.metadata if metadata else {}
    kept = replace(transcript, recording_id="", metadata=own, effort=effort)
    text = json.dumps(encode(kept), ensure_ascii=True, separators=(",", ":")).encode()
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as file:
        file.write(text)
    return bytes(sink.getvalue())


def unpacked(content: bytes) -> Transcript:
    """The transcript of which ``packed`` made ``content``. Raises ValueError or OSError where it is none, or broken."""
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(content), "zstd") as file:
        return decode(Transcript, json.loads(file.read()))
