"""The four tables, one part file after another, each whole or not there at all.

``calls`` is written last: a row there says that the other three tables hold everything of that call. Rows are made
where a call is judged and travel as Arrow's own bytes, so that whoever writes a part only has to put them together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from qa_pipeline.errors import RequestError, Stage
from qa_pipeline.outputs.provenance import KEY, UNKNOWN, Provenance, provenance_of
from qa_pipeline.outputs.rows import (
    Judged,
    Row,
    call_row,
    finding_rows,
    judged_columns,
    made_by_columns,
    outcome_rows,
    utterance_rows,
)
from qa_pipeline.outputs.schema import META_PREFIX, arrow_schemas
from qa_pipeline.outputs.whole import whole_file
from qa_pipeline.records import CallFailure, CallResult, RuleSetIdentity, Scorecard

_ORDER = ("utterances", "findings", "outcomes", "calls")
_UNFIT = (pa.ArrowException, ArithmeticError, ValueError, TypeError)
_ID = "recording_id"


@dataclass(frozen=True, slots=True)
class CallTables:
    """The rows of one call in each table, as Arrow record batches without their schema."""

    batches: Mapping[str, bytes]


def tables_of(result: CallResult, extra_columns: Sequence[str], version: str) -> tuple[CallTables, CallResult]:
    """The rows of ``result``, and the result that they show: a result that does not fit the columns is a failure."""
    try:
        return _tables(result, extra_columns, version), result
    except _UNFIT as error:
        message = f"the result does not fit the scorecard's columns: {error}"
        failure = CallFailure(result.recording, Stage.SCORE, message, ruleset=result.ruleset)
        return _tables(failure, extra_columns, version), failure


def retold(
    row: pa.RecordBatch, utterances: pa.RecordBatch, judged: Judged, ruleset: RuleSetIdentity, version: str
) -> CallTables:
    """The rows of a call that was scored before, judged anew: what was heard is taken over as it stands.

    ``row`` is its row of ``calls``, ``utterances`` its rows there. The bytes are those of ``tables_of``.
    """
    whose = str(row["recording_id"][0])
    anew = judged_columns(judged) | made_by_columns(ruleset, version)
    columns = [pa.array([anew[f.name]], f.type) if f.name in anew else row[f.name] for f in row.schema]
    row = pa.RecordBatch.from_arrays(columns, schema=row.schema)
    schemas = _schemas(())
    outcomes = list(outcome_rows(whose, judged.outcomes))
    findings = list(finding_rows(whose, judged.outcomes))
    return CallTables(
        {
            "calls": bytes(row.serialize()),
            "outcomes": _bytes(outcomes, schemas["outcomes"]),
            "findings": _bytes(findings, schemas["findings"]),
            "utterances": bytes(utterances.serialize()),
        }
    )


def write_part(
    out: Path,
    part: int,
    calls: Sequence[CallTables],
    extra_columns: Sequence[str],
    kept: Collection[str] = (),
    *,
    found_by: Provenance = UNKNOWN,
) -> None:
    """Write part number ``part`` of all four tables under ``out``: ``calls``, and of what it held the ids in ``kept``.

    Rows are ordered by recording, so the same calls give the same bytes however they came together. ``found_by`` says
    how the outcomes of ``calls`` were found. Raises RequestError where the disk does not take the part, or where what
    it held cannot be read.
    """
    schemas = _schemas(tuple(extra_columns))
    for name in _ORDER:
        path, schema = part_path(out, name, part), schemas[name]
        batches = [pa.ipc.read_record_batch(pa.py_buffer(call.batches[name]), schema) for call in calls]
        table = pa.Table.from_batches(batches, schema)
        found = found_by
        if kept:
            before = _kept(path, schema, kept)
            found = _found(found_by if calls else None, provenance_of(before.schema))
            table = pa.concat_tables([before.replace_schema_metadata(schema.metadata), table])
        ordered = _by_recording(table.combine_chunks())
        if name == "outcomes":
            ordered = ordered.replace_schema_metadata({**schema.metadata, **found.metadata()})
        with whole_file(path, out) as temporary:
            pq.write_table(ordered, temporary, compression="zstd")


def _found(now: Provenance | None, before: Provenance) -> Provenance:
    """How the outcomes of a part were found of which some stood there ``before``; unknown where they differ."""
    return before if now is None or now == before else UNKNOWN


def columns_differ(out: Path, part: int, extra_columns: Sequence[str]) -> bool:
    """Whether ``calls`` of ``part`` was written with other columns of the manifest than ``extra_columns``."""
    try:
        names: list[str] = pq.read_schema(part_path(out, "calls", part)).names
    except (OSError, pa.ArrowException):
        return True
    return [name for name in names if name.startswith(META_PREFIX)] != [META_PREFIX + name for name in extra_columns]


def extra_columns_of(out: Path) -> list[str]:
    """The manifest's columns that the parts of ``calls`` under ``out`` have, as the manifest called them."""
    found: dict[str, None] = {}
    for path in sorted((out / "calls").glob("part-*.parquet")):
        try:
            names = pq.read_schema(path).names
        except (OSError, pa.ArrowException):
            continue
        found |= {name.removeprefix(META_PREFIX): None for name in names if name.startswith(META_PREFIX)}
    return list(found)


def part_path(out: Path, table: str, part: int) -> Path:
    """The file of part number ``part`` of one of the four tables."""
    return out / table / f"part-{part:05d}.parquet"


def _kept(path: Path, schema: pa.Schema, kept: Collection[str]) -> pa.Table:
    """The rows of some recordings out of a part; a column that it has not yet is null."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise RequestError(f"{path} cannot be read: {error}. Score into another --out, or use --overwrite.") from error
    table = table.filter(pa.compute.is_in(table[_ID], pa.array(sorted(kept), pa.string())))
    columns = [table[f.name] if f.name in table.column_names else pa.nulls(len(table), f.type) for f in schema]
    told = {key: value for key, value in (table.schema.metadata or {}).items() if key == KEY}
    return pa.Table.from_arrays(columns, schema=schema.with_metadata({**schema.metadata, **told}))


def _by_recording(table: pa.Table) -> pa.Table:
    """Rows sorted by recording; those of one recording stay in their order."""
    ids = table[_ID].to_pylist()
    order = sorted(range(len(ids)), key=ids.__getitem__)
    return table if order == list(range(len(ids))) else table.take(pa.array(order, pa.int64()))


def _tables(result: CallResult, extra_columns: Sequence[str], version: str) -> CallTables:
    card = result if isinstance(result, Scorecard) else None
    whose, outcomes = result.recording.recording_id, card.outcomes if card else ()
    rows: dict[str, list[Row]] = {
        "calls": [call_row(result, extra_columns, version)],
        "outcomes": list(outcome_rows(whose, outcomes)),
        "findings": list(finding_rows(whose, outcomes)),
        "utterances": list(utterance_rows(card)) if card else [],
    }
    schemas = _schemas(tuple(extra_columns))
    return CallTables({name: _bytes(rows[name], schemas[name]) for name in rows})


def _bytes(rows: Sequence[Row], schema: pa.Schema) -> bytes:
    return bytes(pa.RecordBatch.from_pylist(list(rows), schema=schema).serialize())


@cache
def _schemas(extra_columns: tuple[str, ...]) -> Mapping[str, pa.Schema]:
    return arrow_schemas(extra_columns)
