"""What a scored folder already says of its calls, to be told again where nothing of it can have changed.

A part is read whole, each column once; records are made of a call's outcomes only when somebody asks for them. Times
come back to the millisecond, as the tables hold them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from qa_pipeline.outputs.parquet import part_path
from qa_pipeline.outputs.provenance import Provenance, provenance_of
from qa_pipeline.records import Evidence, Outcome, Role

_ROLES = {role.value: role for role in Role}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_NOTHING = range(0)
_EVIDENCE = ("role", "start_s", "end_s", "quote", "matched", "note", "turn", "confidence", "operator")

Said: TypeAlias = tuple[Outcome, str, tuple[Evidence, ...]]
"""An outcome, why, and what it points at."""


@dataclass(frozen=True)
class JudgedCall:
    """One call that was scored, as its rows tell it.

    ``row`` and ``utterances`` are the rows themselves; ``outcomes`` the rules' positions in the part, by rule.
    """

    part: JudgedPart
    position: int
    recording_id: str

    @property
    def ruleset_sha256(self) -> str:
        """The set that judged it."""
        return str(self.part.calls["ruleset_sha256"][self.position])

    @property
    def rules(self) -> Mapping[str, str]:
        """The fingerprints by which its outcomes were found, as far as ``JudgedPart.program`` is the one that found."""
        return self.part.rules(self.ruleset_sha256)

    @property
    def told(self) -> tuple[Decimal | None, str | None, str | None, bool]:
        """Its score, grade, line grade, and whether it is vetoed."""
        calls, at = self.part.calls, self.position
        return calls["score"][at], calls["grade"][at], calls["line_grade"][at], bool(calls["vetoed"][at])

    @property
    def started_at(self) -> str | None:
        """When it began, as it was given."""
        given: str | None = self.part.calls["started_at_given"][self.position]
        return given

    @property
    def row(self) -> pa.RecordBatch:
        """Its row of ``calls``."""
        return self.part.tables["calls"].slice(self.position, 1)

    @property
    def utterances(self) -> pa.RecordBatch:
        """Its rows of ``utterances``."""
        return self.part.rows_of("utterances", self.recording_id)

    @cached_property
    def _outcomes(self) -> dict[str, int]:
        rows = self.part.places["outcomes"].get(self.recording_id, _NOTHING)
        rule_ids = self.part.outcomes["rule_id"]
        return {rule_ids[row]: row for row in rows}

    @cached_property
    def _hits(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        rule_ids = self.part.hits["rule_id"]
        for row in self.part.places["findings"].get(self.recording_id, _NOTHING):
            found.setdefault(rule_ids[row], []).append(row)
        return found

    def said(self, rule_id: str) -> Said | None:
        """What a rule said of it; None where the rule was not in force."""
        at = self._outcomes.get(rule_id)
        if at is None:
            return None
        columns = self.part.outcomes
        hits = self._hits.get(rule_id, ()) if columns["n_hits"][at] else ()
        return _OUTCOMES[columns["outcome"][at]], columns["reason"][at], tuple(map(self.part.evidence, hits))


class JudgedPart:
    """Part number ``part`` of the scored ``folder``. Raises OSError or ``pa.ArrowException`` where it cannot be read.

    ``program`` is the one that asks (``engines.program``): of what another one found nothing is known.
    """

    def __init__(self, folder: Path, part: int, program: str) -> None:
        self.tables = {
            name: _table(part_path(folder, name, part)) for name in ("calls", "outcomes", "findings", "utterances")
        }
        self.places = {name: _places(table) for name, table in self.tables.items()}
        self.found_by: Provenance = provenance_of(self.tables["outcomes"].schema)
        self._program = program

    def rules(self, ruleset_sha256: str) -> Mapping[str, str]:
        """The fingerprints of a set, as far as its outcomes are what our program would find."""
        return self.found_by.by(self._program, ruleset_sha256)

    def scored(self) -> Iterator[JudgedCall]:
        """Its calls, failed ones left out, in the order of the part."""
        for position, (recording_id, status) in enumerate(
            zip(self.calls["recording_id"], self.calls["status"], strict=True)
        ):
            if status == "scored":
                yield JudgedCall(self, position, recording_id)

    def call(self, recording_id: str) -> JudgedCall | None:
        """One of them; None where it failed or is not there."""
        places = self.places["calls"].get(recording_id, _NOTHING)
        if len(places) != 1 or self.calls["status"][places[0]] != "scored":
            return None
        return JudgedCall(self, places[0], recording_id)

    def rows_of(self, table: str, recording_id: str) -> pa.RecordBatch:
        """The rows of one call."""
        rows = self.places[table].get(recording_id, _NOTHING)
        return self.tables[table].slice(rows.start, len(rows))

    @cached_property
    def calls(self) -> Mapping[str, Sequence[Any]]:
        """What is asked of every call."""
        return _columns(
            self.tables["calls"],
            ("recording_id", "status", "ruleset_sha256", "score", "grade", "line_grade", "vetoed", "started_at_given"),
        )

    @cached_property
    def outcomes(self) -> Mapping[str, Sequence[Any]]:
        """What is asked of every outcome."""
        return _columns(self.tables["outcomes"], ("rule_id", "outcome", "reason", "n_hits"))

    @cached_property
    def hits(self) -> Mapping[str, Sequence[Any]]:
        """What is asked of every finding."""
        return _columns(self.tables["findings"], ("rule_id", *_EVIDENCE))

    def evidence(self, row: int) -> Evidence:
        """What the finding in that row points at."""
        role, start, end, quote, matched, note, turn, confidence, operator = (
            self.hits[name][row] for name in _EVIDENCE
        )
        who = None if role is None else _ROLES[role]
        return Evidence(who, start, end, quote, matched, note, turn, confidence, operator or "")


def _table(path: Path) -> pa.RecordBatch:
    with pq.ParquetFile(path) as file:  # a file of this size is read quicker by one thread, and without a data set
        table = file.read(use_threads=False).combine_chunks()
    batches = table.to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)


def _places(table: pa.RecordBatch) -> dict[str, range]:
    """Which rows are whose: those of a recording stand together."""
    places: dict[str, range] = {}
    begin, whose = 0, None
    for row, recording_id in enumerate(table["recording_id"].to_pylist()):
        if recording_id != whose:
            if whose is not None:
                places[whose] = range(begin, row)
            begin, whose = row, recording_id
    if whose is not None:
        places[whose] = range(begin, len(table))
    return places


def _columns(table: pa.RecordBatch, names: Sequence[str] | None = None) -> dict[str, list[Any]]:
    return {name: table[name].to_pylist() for name in names or table.schema.names}
