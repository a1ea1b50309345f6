"""One call of a scored folder, read back so that its score can be explained to the agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.folder import TABLE_FOLDERS
from qa_pipeline.outputs.scored import Place, opened

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rows of one recording: outcomes in the order of the rules, findings and utterances in time order."""

    call: Row
    outcomes: Sequence[Row]
    findings: Sequence[Row]
    utterances: Sequence[Row]


def explain(recording_id: str, folder: Place, rule: str | None = None) -> Explanation:
    """Read the rows of ``recording_id`` (or of the recording with that file name) from a scored ``folder``.

    ``rule`` keeps that rule's outcome and findings only. Raises ``RequestError`` where the folder holds no scorecards,
    or no such recording or rule, with near names.
    """
    with opened(folder, TABLE_FOLDERS) as scored:
        return _explain(recording_id, scored.folder, rule)


def _explain(recording_id: str, root: Path, rule: str | None) -> Explanation:
    if not (root / "calls").is_dir():
        raise RequestError(f"{root} 里没有评分表 holds no scorecards: give the folder that `score --out` wrote")
    call = _call(recording_id, root)
    found = {table: _rows(root / table, call["recording_id"]) for table in ("outcomes", "findings", "utterances")}
    outcomes, findings = found["outcomes"], sorted(found["findings"], key=lambda row: (row["start_s"], row["end_s"]))
    if rule is not None:
        known = [row["rule_id"] for row in outcomes]
        if rule not in known:
            raise RequestError(f"没有规则 no rule {rule!r} {_near(rule, known)}")
        outcomes = [row for row in outcomes if row["rule_id"] == rule]
        findings = [row for row in findings if row["rule_id"] == rule]
    return Explanation(call, outcomes, findings, sorted(found["utterances"], key=lambda row: row["index"]))


def _call(recording_id: str, root: Path) -> Row:
    rows = _rows(root / "calls", recording_id)
    if rows:
        return rows[0]
    import pyarrow.parquet as pq

    named = pq.read_table(root / "calls", columns=["recording_id", "source_uri"]).to_pylist()
    same = [row["recording_id"] for row in named if Path(row["source_uri"]).name == recording_id]
    if len(same) == 1:
        return _rows(root / "calls", same[0])[0]
    if same:
        which = ", ".join(same[:5])
        raise RequestError(f"有 {len(same)} 个录音叫这个名字 recordings share this name; give an id: {which}")
    ids = [row["recording_id"] for row in named]
    raise RequestError(f"没有录音 no recording {recording_id!r} in {root} {_near(recording_id, ids)}")


def _rows(table: Path, recording_id: str) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[dict[str, Any]] = pq.read_table(table, filters=[("recording_id", "==", recording_id)]).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise RequestError(f"{table} 读不出来 cannot be read: {error}. 重新评分 Score again.") from error
    return rows


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=3) or sorted(known)[:3]
    return f"(是不是 did you mean: {', '.join(near)})" if near else ""
