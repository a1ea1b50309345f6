"""What an ONNX file says of itself, read without loading it.

sherpa-onnx ends the whole process where a model lacks what it looks for, so every model is asked here first. An ONNX
file is one protobuf message (onnx.proto, ``ModelProto``): the graph, hundreds of megabytes, is field 7 and is skipped;
``metadata_props``, pairs of key and value, are field 14.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_METADATA_PROPS = 14
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST = 1 << 24  # of metadata: SenseVoice's 560 means and deviations take some kilobytes


def metadata(path: str | Path) -> dict[str, str] | None:
    """The metadata of the model at ``path``; None where that is no ONNX file or cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return _pairs(file, Path(path).stat().st_size)
    except (OSError, ValueError, EOFError):
        return None


def _pairs(file: BinaryIO, size: int) -> dict[str, str]:
    found: dict[str, str] = {}
    fields = 0
    while file.tell() < size:
        field, kind = divmod(_varint(file), 8)
        fields += 1
        if kind == _BYTES:
            length = _varint(file)
            if file.tell() + length > size:
                raise ValueError("cut off")
            if field == _METADATA_PROPS and length <= _LONGEST:
                key, value = _pair(file.read(length))
                found[key] = value
            else:
                file.seek(length, 1)
        else:
            _skip(file, kind)
    if not fields:
        raise ValueError("empty")
    return found


def _pair(message: bytes) -> tuple[str, str]:
    """A ``StringStringEntryProto``: the key is field 1, the value field 2."""
    parts = {1: "", 2: ""}
    at = 0
    while at < len(message):
        tag, at = _varint_in(message, at)
        length, at = _varint_in(message, at)
        if tag % 8 != _BYTES:
            raise ValueError("not a pair of strings")
        parts[tag // 8] = message[at : at + length].decode("utf-8")
        at += length
    return parts[1], parts[2]


def _skip(file: BinaryIO, kind: int) -> None:
    if kind == _VARINT:
        _varint(file)
    elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
        file.seek(8 if kind == _EIGHT_BYTES else 4, 1)
    else:
        raise ValueError("no protobuf")


def _varint(file: BinaryIO) -> int:
    value = shift = 0
    while True:
        byte = file.read(1)
        if not byte or shift > 63:
            raise EOFError("no protobuf")
        value |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            return value


def _varint_in(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise EOFError("no protobuf")
        value |= (message[at] & 0x7F) << shift
        shift += 7
        at += 1
        if message[at - 1] < 0x80:
            return value, at
