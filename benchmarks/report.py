"""How long the report of a large night takes and how large it is: the scored samples, told again many times over.

    make demo && python -m benchmarks.report --calls 5000 [--nights 1] --out /tmp/night

Ids, agents, hours and days differ from copy to copy; words and recordings are the samples'. The report is then written
with and without waveforms, and the workbook beside it.
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
PART = 64


def retell(source: Path, out: Path, calls: int, day: datetime, seed: int = 0) -> None:
    """Write ``calls`` calls into ``out``, drawn from the scored ``source``, begun in the twelve hours from ``day``."""
    chance = random.Random(seed)
    tables = {name: pq.read_table(source / name) for name in ("calls", "outcomes", "findings", "utterances")}
    rows = {name: table.to_pylist() for name, table in tables.items()}
    own = {name: _by_call(rows[name]) for name in ("outcomes", "findings", "utterances")}
    (out / "run.json").parent.mkdir(parents=True, exist_ok=True)
    (out / "run.json").write_bytes((source / "run.json").read_bytes())
    for part in range(0, calls, PART):
        found: dict[str, list[dict[str, object]]] = {name: [] for name in tables}
        for number in range(part, min(calls, part + PART)):
            call = chance.choice(rows["calls"])
            start = day + timedelta(seconds=chance.randrange(12 * 3600))
            name = f"n{seed}-{number:05d}-{call['recording_id']}"
            agent = str(2000 + chance.randrange(60))
            new = {"recording_id": name, "started_at": start, "agent_id": agent, "team": f"{int(agent) % 6 + 1} 组"}
            found["calls"].append(
                {**call, **new, "started_at_given": f"{start + timedelta(hours=8):%Y-%m-%dT%H:%M:%S}"}
            )
            for table, by_call in own.items():
                found[table] += [{**row, "recording_id": name} for row in by_call.get(call["recording_id"], ())]
        for table, whole in tables.items():
            (out / table).mkdir(parents=True, exist_ok=True)
            written = pa.Table.from_pylist(found[table], schema=whole.schema)
            pq.write_table(written, out / table / f"part-{part // PART:05d}.parquet", compression="zstd")


def _by_call(rows: list[dict[str, object]]) -> dict[object, list[dict[str, object]]]:
    found: dict[object, list[dict[str, object]]] = {}
    for row in rows:
        found.setdefault(row["recording_id"], []).append(row)
    return found


def measure(night: Path, out: Path) -> None:
    """Print seconds and megabytes of the report and the workbook."""
    from qa_pipeline.engines.report import report
    from qa_pipeline.outputs.night import read_night
    from qa_pipeline.outputs.report.site import ReportOptions
    from qa_pipeline.outputs.workbook import write_workbook

    for waveforms in (False, True):
        began = time.perf_counter()
        written = report(night, out, ReportOptions(waveforms=waveforms))
        took = time.perf_counter() - began
        sizes = {folder: _megabytes(out / folder) for folder in ("calls", "data")}
        parts = f"{sizes} MB, {_megabytes(out)} MB in all"
        print(f"report waveforms={waveforms}: {written.calls} calls, {took:.1f} s, {parts}")
    began = time.perf_counter()
    book = out.with_suffix(".xlsx")
    write_workbook(read_night(night), book, report=out)
    print(f"workbook: {time.perf_counter() - began:.1f} s, {book.stat().st_size / 1e6:.1f} MB")


def _megabytes(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6, 1)


def main() -> None:
    """Parse, retell, measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--nights", type=int, default=1)
    parser.add_argument("--source", type=Path, default=ROOT / "demo-out")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    first = datetime(2026, 11, 20, 11, tzinfo=UTC) - timedelta(days=asked.nights - 1)
    for night in range(asked.nights):
        retell(asked.source, asked.out / f"night-{night}", asked.calls, first + timedelta(days=night), seed=night)
    measure(asked.out / f"night-{asked.nights - 1}", asked.out / "report")


if __name__ == "__main__":
    main()
