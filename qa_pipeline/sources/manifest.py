"""``calls.csv`` or ``calls.parquet``: what the hotline's system knows of each recording, one row a call.

A column ``file`` (also path, filename, uri, recording, 文件, 录音) names the recording: absolute, relative to the
manifest, or a URL. Columns that we know are checked; all others pass through as text. Of a CSV the encoding is UTF-8,
with or without the mark that Excel writes, or GBK; columns are parted by comma, semicolon or tab. In a Parquet file a
row's line is its place, counted from 1 after the header, as a spreadsheet would show it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from qa_pipeline.errors import Fault, RequestError
from qa_pipeline.records import MetadataValue
from qa_pipeline.sources.identity import absolute
from qa_pipeline.storage import is_url, local_path, read_bytes

_PARQUET = b"PAR1"
_ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("file", "path", "filename", "file_name", "uri", "recording", "文件", "文件名", "录音"), "file"),
    **dict.fromkeys(("recording_id", "call_id", "id", "录音编号", "通话编号"), "recording_id"),
    **dict.fromkeys(("agent_id", "agent", "工号", "坐席"), "agent_id"),
    **dict.fromkeys(("team", "班组"), "team"),
    **dict.fromkeys(("queue", "队列"), "queue"),
    **dict.fromkeys(("started_at", "start_time", "开始时间"), "started_at"),
    **dict.fromkeys(("hangup_by", "挂机方"), "hangup_by"),
}
KNOWN_METADATA = ("agent_id", "team", "queue", "started_at", "hangup_by", "ring_s", "ivr_s")


class ManifestError(RequestError):
    """A manifest cannot be used; carries every fault that was found, in file order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(tuple(faults))
        self.faults = tuple(sorted(faults))

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One row: the recording's absolute path, and what is known of it; empty cells are left out of ``metadata``."""

    line: int
    path: str
    recording_id: str | None
    agent_channel: int | None
    metadata: Mapping[str, MetadataValue]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole manifest; ``extra_columns`` are those that we do not know, in file order."""

    path: str
    rows: tuple[ManifestRow, ...]
    extra_columns: tuple[str, ...]


def parse_agent_channel(text: str) -> int | None:
    """Channel number of ``left``, ``right`` or a count from 0; None for ``auto``. Raises ValueError."""
    named = {"auto": None, "left": 0, "right": 1, "左": 0, "右": 1}
    lowered = text.strip().lower()
    if lowered in named:
        return named[lowered]
    if lowered.isascii() and lowered.isdigit() and int(lowered) < 64:
        return int(lowered)
    raise ValueError("auto, left, right or a channel number (0 is left)")


def _time(value: object) -> str:
    """An ISO 8601 time, its zone kept where one is given; ``YYYY-MM-DD HH:MM[:SS]`` and slashes are understood."""
    text = str(value).strip()
    for shape in ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M"):
        try:
            return datetime.strptime(text, shape).isoformat()
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("a time such as 2026-03-02 09:15:00 or 2026-03-02T09:15:00+08:00") from None


def _hangup_by(value: object) -> object:
    words = {"坐席": "agent", "客服": "agent", "客户": "customer", "来电人": "customer", "caller": "customer"}
    text = str(value).strip().lower()
    return words.get(text, text)


Waiting = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class _Cells(BaseModel):
    """The columns that we know, as they must be."""

    model_config = ConfigDict(extra="allow", str_strip_whitespace=True)

    file: str
    recording_id: Annotated[str, Field(max_length=200)] | None = None
    agent_id: str | None = None
    team: str | None = None
    queue: str | None = None
    started_at: Annotated[str, BeforeValidator(_time)] | None = None
    hangup_by: Annotated[Literal["agent", "customer"], BeforeValidator(_hangup_by)] | None = None
    ring_s: Waiting | None = None
    ivr_s: Waiting | None = None
    agent_channel: Annotated[int | None, BeforeValidator(parse_agent_channel)] = None


def read_manifest(path: str) -> Manifest:
    """The manifest at ``path``. Raises ManifestError with every fault in it, RequestError if it cannot be read."""
    content = _bytes(path)
    read = _parquet_rows if content[:4] == _PARQUET else _csv_rows
    rows = [(line, cells) for line, cells in read(path, content) if any(cell.strip() for cell in cells)]
    if not rows:
        raise _fault(path, 0, "the manifest is empty", "give it a header with a column `file`, then one line a call")
    header = [_column(name) for name in rows[0][1]]
    faults = _header_faults(path, rows[0][0], header)
    if faults:
        raise ManifestError(faults)
    parsed = [_row(path, line, header, cells, faults) for line, cells in rows[1:]]
    good = [row for row in parsed if row is not None]
    faults += _duplicates(path, good)
    if not parsed:
        faults.append(Fault(path, rows[0][0], 1, "the manifest has a header and no rows", "add one line for each call"))
    if faults:
        raise ManifestError(faults)
    return Manifest(path, tuple(good), tuple(name for name in header if name not in _Cells.model_fields))


def _bytes(path: str) -> bytes:
    try:
        return read_bytes(path)
    except OSError as error:
        raise RequestError(f"the manifest {path} cannot be read: {error.strerror or error}") from None


def _parquet_rows(path: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The column names as line 1, then each row's cells as text: times in ISO 8601, nothing for null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as error:
        why = str(error).strip().split("\n", 1)[0]
        raise _fault(path, 0, f"this Parquet file cannot be read: {why}", "write it again") from None
    yield 1, list(table.column_names)
    columns = [column.to_pylist() for column in table.columns]
    for line, cells in enumerate(zip(*columns, strict=True), 2):
        yield line, [_cell(value) for value in cells]


def _cell(value: object) -> str:
    """A value of a Parquet column as a CSV would hold it."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _decode(path: str, content: bytes) -> str:
    """The text of a CSV. UTF-8 first, since GBK accepts nearly any bytes."""
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise _fault(path, 0, "this is an Excel workbook", "save it as “CSV UTF-8” and give that file")
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _fault(path, 0, "this is no text in UTF-8 or GBK", "save the manifest as “CSV UTF-8”")


def _csv_rows(path: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins."""
    text = _decode(path, content)
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _fault(path, line, f"this row is no CSV: {error}", "check its quotation marks") from None


def _column(name: str) -> str:
    """The name by which we know a column; names are told apart without regard to case and outer spaces."""
    stripped = name.strip()
    lowered = stripped.lower()
    return _ALIASES.get(lowered, lowered if lowered in _Cells.model_fields else stripped)


def _header_faults(path: str, line: int, header: Sequence[str]) -> list[Fault]:
    faults = []
    if "file" not in header:
        faults.append(Fault(path, line, 1, "no column `file`", "call the column of the recordings' paths `file`"))
    for position, name in enumerate(header, start=1):
        if not name:
            faults.append(Fault(path, line, position, f"column {position} has no name", "name it or delete it"))
        elif name in header[: position - 1]:
            faults.append(Fault(path, line, position, f"a second column `{name}`", "keep one of them"))
    return faults


def _row(path: str, line: int, header: Sequence[str], cells: Sequence[str], faults: list[Fault]) -> ManifestRow | None:
    """One row, or None with what is wrong with it added to ``faults``."""
    if len(cells) != len(header):
        message = f"{len(cells)} cells where the header has {len(header)}"
        faults.append(Fault(path, line, 1, message, "quote cells that hold the separator"))
        return None
    given: dict[str, Any] = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
    if "file" not in given:
        faults.append(Fault(path, line, header.index("file") + 1, "the cell `file` is empty", "name the recording"))
        return None
    try:
        checked = _Cells.model_validate(given)
    except ValidationError as error:
        faults += (_cell_fault(path, line, header, given, detail) for detail in error.errors())
        return None
    known = checked.model_dump(exclude_none=True, exclude={"file", "recording_id", "agent_channel"})
    return ManifestRow(line, _located(path, checked.file), checked.recording_id, checked.agent_channel, known)


def _located(manifest: str, file: str) -> str:
    """Where a cell's recording lies: absolute, or the URL it is or that it makes beside a manifest behind one."""
    if is_url(file) or file.startswith("file://"):
        return absolute(file)
    if is_url(manifest):
        return f"{manifest.rsplit('/', 1)[0]}/{file.removeprefix('./')}"
    return absolute(Path(local_path(manifest)).parent / file)


def _cell_fault(path: str, line: int, header: Sequence[str], given: Mapping[str, str], detail: Any) -> Fault:
    name = str(detail["loc"][0])
    expected = {
        "ring_s": "seconds, from 0 to 86400",
        "ivr_s": "seconds, from 0 to 86400",
        "hangup_by": "agent or customer",
    }.get(name, detail["msg"].removeprefix("Value error, "))
    return Fault(path, line, header.index(name) + 1, f"`{name}` is “{given[name]}”", f"expected {expected}")


def _duplicates(path: str, rows: Sequence[ManifestRow]) -> list[Fault]:
    """One fault for each id and each file that was named before."""
    faults: list[Fault] = []
    ids: dict[str, int] = {}
    files: dict[str, int] = {}
    for row in rows:
        if row.recording_id is not None and ids.setdefault(row.recording_id, row.line) != row.line:
            message = f"the id “{row.recording_id}” stands on line {ids[row.recording_id]} already"
            faults.append(Fault(path, row.line, 1, message, "ids must differ"))
        if files.setdefault(row.path, row.line) != row.line:
            message = f"the file {Path(row.path).name} stands on line {files[row.path]} already"
            faults.append(Fault(path, row.line, 1, message, "keep one row for each recording"))
    return faults


def _fault(path: str, line: int, message: str, fix: str) -> ManifestError:
    return ManifestError([Fault(path, line, 1 if line else 0, message, fix)])
