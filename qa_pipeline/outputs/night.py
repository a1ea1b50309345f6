"""A scored folder read back: the rows of one call at a time, however many calls there are.

Tables of an older pipeline lack the newest columns; they read as nulls.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.folder import RUN_INFO
from qa_pipeline.outputs.rows import BEIJING
from qa_pipeline.outputs.schema import META_PREFIX, arrow_schemas

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of one rule set. Figures of two editions are never added up."""

    ruleset: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        """As people say it; two digests under one version differ by the digest's beginning."""
        return f"{self.ruleset} {self.version}"


@dataclass(frozen=True)
class Night:
    """What ``score --out`` wrote into ``folder``; ``named`` is what people call it where it was fetched from a URL."""

    folder: Path
    named: str = ""

    @cached_property
    def calls(self) -> list[Row]:
        """The rows of ``calls``, by start, those without one last; ties by id."""
        rows: list[Row] = _read(self.folder, "calls").to_pylist()
        return sorted(rows, key=lambda row: (row["started_at"] is None, row["started_at"] or 0, row["recording_id"]))

    @cached_property
    def info(self) -> Mapping[str, Any]:
        """``run.json``; empty where there is none that can be read."""
        try:
            info = json.loads((self.folder / RUN_INFO).read_bytes())
        except (OSError, ValueError):
            return {}
        return info if isinstance(info, dict) else {}

    @cached_property
    def extra_columns(self) -> tuple[str, ...]:
        """The manifest's own columns, without their prefix."""
        names = (name for row in self.calls[:1] for name in row)
        return tuple(name.removeprefix(META_PREFIX) for name in names if name.startswith(META_PREFIX))

    def rows(self, table: str, recording_id: str) -> list[dict[str, Any]]:
        """The rows of one recording in ``outcomes``, ``findings`` or ``utterances``, in the order of the file."""
        return self._grouped(table).rows(recording_id)

    def columns(self, table: str, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Some columns of a whole table, row by row: for counting, where a dict a row would be waste."""
        whole = self._grouped(table).table
        return zip(*(whole[name].to_pylist() for name in names), strict=True)

    def _grouped(self, table: str) -> _Grouped:
        cache: dict[str, _Grouped] = self.__dict__.setdefault("_tables", {})
        if table not in cache:
            cache[table] = _Grouped(_read(self.folder, table))
        return cache[table]


def read_night(folder: str | Path, named: str = "") -> Night:
    """The scored ``folder``, which people call ``named``. Raises ``RequestError`` where it holds no scorecards."""
    root = Path(folder)
    if not any((root / "calls").glob("*.parquet")):
        raise RequestError(f"{root} 里没有评分表 holds no scorecards: give the folder that `score --out` wrote")
    return Night(root, named or str(root))


def edition_of(call: Row) -> Edition:
    """The rule-set version that judged ``call``; a failed call carries the one that would have."""
    return Edition(call["ruleset_id"] or "?", call["ruleset_version"] or "?", call["ruleset_sha256"] or "")


def local_start(call: Row) -> datetime | None:
    """When the call began by the clock on the caller's wall: as the manifest gave it, else in Beijing."""
    try:
        return datetime.fromisoformat(call["started_at_given"]).replace(tzinfo=None)
    except (TypeError, ValueError):
        started: datetime | None = call["started_at"]
        return None if started is None else started.astimezone(BEIJING).replace(tzinfo=None)


def _read(folder: Path, name: str) -> pa.Table:
    try:
        table = pq.read_table(folder / name)
    except (OSError, pa.ArrowException) as error:
        raise RequestError(f"{folder / name} 读不出来 cannot be read: {error}. 重新评分 Score again.") from error
    for field in arrow_schemas()[name]:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(len(table), field.type))
    return table


class _Grouped:
    """A table whose rows of one recording are found at once."""

    def __init__(self, table: pa.Table) -> None:
        ids = table["recording_id"].combine_chunks().dictionary_encode()
        if isinstance(ids, pa.ChunkedArray):
            ids = ids.combine_chunks()
        codes = np.asarray(ids.indices)
        order = np.argsort(codes, kind="stable")
        self.table = table.take(pa.array(order))
        names = ids.dictionary.to_pylist()
        bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
        self._where = {name: (int(bounds[i]), int(bounds[i + 1])) for i, name in enumerate(names)}

    def rows(self, recording_id: str) -> list[dict[str, Any]]:
        start, end = self._where.get(recording_id, (0, 0))
        rows: list[dict[str, Any]] = self.table.slice(start, end - start).to_pylist()
        return rows
