"""Writing the four tables, one part file after another, each whole or not there at all.

A part is a fixed share of the recordings, so the same run gives the same files however its workers raced. A part that
is not complete may be written early and is replaced later. ``calls`` is written last: a row there says that the other
three tables hold everything of that call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pyarrow as pa
import pyarrow.parquet as pq

from qa_pipeline.errors import Stage
from qa_pipeline.outputs.rows import Row, call_row, finding_rows, outcome_rows, utterance_rows
from qa_pipeline.outputs.schema import arrow_schemas
from qa_pipeline.outputs.whole import whole_file
from qa_pipeline.records import CallFailure, CallResult, Scorecard

PART_CALLS = 64
FLUSH_AFTER_S = 60.0
_ORDER = ("utterances", "findings", "outcomes", "calls")
_UNFIT = (pa.ArrowException, ArithmeticError, ValueError, TypeError)


@dataclass
class ScorecardWriter:
    """Gathers results and writes them in parts of ``PART_CALLS`` recordings.

    At most ``FLUSH_AFTER_S`` seconds of results are unwritten, if ``flush_due`` is called now and then. ``refused``
    holds, by id, results that did not fit the columns and were written as failed rows. ``written`` stays empty: parts
    are known by their names.
    """

    out: Path
    total: int
    version: str
    extra_columns: Sequence[str] = ()
    clock: Callable[[], float] = monotonic
    refused: dict[str, CallFailure] = field(default_factory=dict)
    written: Sequence[str] = ()
    _held: dict[int, dict[int, CallResult]] = field(default_factory=dict)
    _unwritten_since: dict[int, float] = field(default_factory=dict)

    def add(self, index: int, result: CallResult) -> None:
        """Take the result of recording number ``index``; its part is written when it is complete."""
        part = index // PART_CALLS
        self._held.setdefault(part, {})[index] = result
        self._unwritten_since.setdefault(part, self.clock())
        if len(self._held[part]) == min(PART_CALLS, self.total - part * PART_CALLS):
            self._write(part)
            del self._held[part]

    def flush_due(self) -> None:
        """Write the parts that hold results older than ``FLUSH_AFTER_S`` seconds."""
        for part, since in list(self._unwritten_since.items()):
            if self.clock() - since >= FLUSH_AFTER_S:
                self._write(part)

    def flush(self) -> None:
        """Write everything; without any result one empty part, so that readers find the columns."""
        for part in sorted(self._unwritten_since):
            self._write(part)
        if not any((self.out / "calls").glob("part-*.parquet")):
            self._write(0)

    def _write(self, part: int) -> None:
        held = self._held.get(part, {})
        results = sorted(held.values(), key=lambda result: result.recording.recording_id)
        refused = write_part(self.out, part, results, self.extra_columns, self.version)
        self.refused |= {failure.recording.recording_id: failure for failure in refused}
        self._unwritten_since.pop(part, None)


def write_part(
    out: Path, part: int, results: Sequence[CallResult], extra_columns: Sequence[str], version: str
) -> list[CallFailure]:
    """Write ``results`` as part number ``part`` of all four tables under ``out``, replacing what it held.

    A result that does not fit the columns becomes a failed row and never takes others with it; those failures are
    returned. Raises RequestError where the disk does not take the part.
    """
    refused: list[CallFailure] = []
    try:
        tables = _tables(results, extra_columns, version)
    except _UNFIT:
        fitted = [_fit(result, extra_columns, version) for result in results]
        refused = [result for result in fitted if isinstance(result, CallFailure) and result not in results]
        tables = _tables(fitted, extra_columns, version)
    for name in _ORDER:
        with whole_file(out / name / f"part-{part:05d}.parquet", out) as path:
            pq.write_table(tables[name], path, compression="zstd")
    return refused


def _fit(result: CallResult, extra_columns: Sequence[str], version: str) -> CallResult:
    try:
        _tables([result], extra_columns, version)
    except _UNFIT as error:
        message = f"the result does not fit the scorecard's columns: {error}"
        return CallFailure(result.recording, Stage.SCORE, message, ruleset=result.ruleset)
    return result


def _tables(results: Sequence[CallResult], extra_columns: Sequence[str], version: str) -> dict[str, pa.Table]:
    cards = [result for result in results if isinstance(result, Scorecard)]
    rows: dict[str, list[Row]] = {
        "calls": [call_row(result, extra_columns, version) for result in results],
        "outcomes": [row for card in cards for row in outcome_rows(card)],
        "findings": [row for card in cards for row in finding_rows(card)],
        "utterances": [row for card in cards for row in utterance_rows(card)],
    }
    schemas = arrow_schemas(extra_columns)
    return {name: pa.Table.from_pylist(rows[name], schema=schemas[name]) for name in rows}
