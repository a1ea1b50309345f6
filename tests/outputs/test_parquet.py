import errno
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from qa_pipeline import durable
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs import rows as rows_of
from qa_pipeline.outputs.parquet import columns_differ, extra_columns_of, tables_of, write_part
from qa_pipeline.outputs.schema import SCHEMA_VERSION, TABLES, arrow_schemas, describe
from qa_pipeline.records import CallFailure
from tests.outputs.cards import card, failure

GOLDEN = Path(__file__).with_name("golden_schema.txt")


def rows(out, table, columns="*"):
    return duckdb.sql(f"select {columns} from '{out}/{table}/*.parquet' order by recording_id").fetchall()


def written(out, *results, extra=(), kept=(), part=0):
    """What became of each result."""
    made = [tables_of(result, extra, "0.1.0") for result in results]
    write_part(out, part, [tables for tables, _ in made], extra, kept)
    return [shown for _, shown in made]


def test_the_schema_is_the_golden_one():
    """Readers depend on it: change SCHEMA_VERSION and the changelog with it."""
    schemas = arrow_schemas(["ticket_id"])
    found = "\n\n".join(f"[{name}]\n{describe(schema)}" for name, schema in schemas.items())
    assert f"schema_version {SCHEMA_VERSION}\n\n{found}\n" == GOLDEN.read_text()


def test_every_column_is_documented_once():
    for columns in TABLES.values():
        assert len({column.name for column in columns}) == len(columns)
        assert all(column.doc.endswith(".") and "|" not in column.doc for column in columns)


def test_a_scored_and_a_failed_call(tmp_path):
    times = {"started_at": "2026-03-02T09:15:00", "ring_s": 2, "team": "一组", "ticket": "T1"}
    written(tmp_path, card(**times), failure(ticket="T2"), extra=["ticket", "unused"])
    names = "recording_id, status, error_stage, error_message, duration_s, channels, agent_channel, score, score_min"
    assert rows(tmp_path, "calls", names) == [
        ("rec-a", "scored", None, None, 30.0, 2, 0, Decimal("95.00"), Decimal("90.00")),
        ("rec-z", "failed", "decode", "不是音频", 1.5, None, None, None, None),
    ]
    names = "started_at at time zone 'UTC', started_at_given, ring_s, team, meta_ticket, meta_unused"
    assert rows(tmp_path, "calls", names + ", n_findings, vetoed") == [
        (datetime(2026, 3, 2, 1, 15), "2026-03-02T09:15:00", 2.0, "一组", "T1", None, 2, False),
        (None, None, None, None, "T2", None, None, None),
    ]
    assert len(rows(tmp_path, "outcomes")) == 4
    assert rows(tmp_path, "findings", "rule_id, points, role, start_s, end_s, quote, note") == [
        ("banned-1", Decimal("-5.00"), "agent", 1.0, 2.5, "这是规定", ""),
        ("dead-air", Decimal("0.00"), None, 3.0, 12.0, "", "静音 9 秒"),
    ]
    assert rows(tmp_path, "utterances") == [("rec-a", 0, "agent", 0, 1.0, 2.5, "这是规定", 0.9, -24.0)]


def test_files_carry_the_schema_and_its_version(tmp_path):
    written(tmp_path, card(), extra=["ticket"])
    for name, schema in arrow_schemas(["ticket"]).items():
        file = pq.ParquetFile(tmp_path / name / "part-00000.parquet")
        assert file.schema_arrow.equals(schema)
        assert file.schema_arrow.metadata[b"schema_version"] == SCHEMA_VERSION.encode()
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_polars_reads_it(tmp_path):
    polars = pytest.importorskip("polars")
    written(tmp_path, card(), failure())
    frame = polars.read_parquet(f"{tmp_path}/calls/*.parquet").sort("recording_id")
    assert frame["score"].to_list() == [Decimal("95.00"), None]
    assert frame["status"].to_list() == ["scored", "failed"]


def test_nothing_at_all_still_has_the_columns(tmp_path):
    written(tmp_path)
    for name in TABLES:
        assert rows(tmp_path, name) == []
        assert len(pq.read_schema(tmp_path / name / "part-00000.parquet")) == len(TABLES[name])


def test_a_part_is_the_same_however_its_results_come(tmp_path):
    cards = [card(f"rec-{n:03d}") for n in range(20)]
    written(tmp_path / "there", *cards)
    written(tmp_path / "back", *reversed(cards[:12]))
    written(tmp_path / "back", *cards[10:], kept={f"rec-{n:03d}" for n in range(10)})
    for name in TABLES:
        there, back = (tmp_path / folder / name / "part-00000.parquet" for folder in ("there", "back"))
        assert there.read_bytes() == back.read_bytes()
    assert not list(tmp_path.rglob(".*.tmp"))


def test_a_part_gains_columns_and_keeps_its_rows(tmp_path):
    written(tmp_path, card("rec-a", ticket="T1"), card("rec-b"), extra=["ticket"])
    assert columns_differ(tmp_path, 0, ["city", "ticket"])
    assert not columns_differ(tmp_path, 0, ["ticket"])
    written(tmp_path, card("rec-c", city="乌鲁木齐"), extra=["city", "ticket"], kept=["rec-a"])
    found = rows(tmp_path, "calls", "recording_id, meta_city, meta_ticket, n_findings")
    assert found == [("rec-a", None, "T1", 2), ("rec-c", "乌鲁木齐", None, 2)]
    assert extra_columns_of(tmp_path) == ["city", "ticket"]
    with pytest.raises(RequestError, match="cannot be read"):
        written(tmp_path, card("rec-d"), kept=["rec-a"], part=7)


def test_what_does_not_fit_becomes_a_failed_row_of_its_own(tmp_path):
    shown = written(tmp_path, card("rec-a"), card("rec-b", value="123456789"), card("rec-c", text="\ud800半个字"))
    assert [row[1] for row in rows(tmp_path, "calls", "recording_id, status")] == ["scored", "failed", "scored"]
    assert rows(tmp_path, "calls", "error_stage, ruleset_id")[1] == ("score", "hotline")
    assert [isinstance(result, CallFailure) for result in shown] == [False, True, False]
    assert rows(tmp_path, "utterances", "text")[-1] == ("?半个字",)


def test_a_full_disk_is_told_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    written(tmp_path / "out", card("rec-a"))

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable.os, "fsync", full)
    with pytest.raises(RequestError, match="No space left for"):
        written(tmp_path / "out", card("rec-b"))
    assert [row[0] for row in rows(tmp_path / "out", "calls")] == ["rec-a"]
    assert not list(tmp_path.rglob(".*.tmp"))


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-03-02T09:15:00+08:00", datetime(2026, 3, 2, 1, 15, tzinfo=UTC)),
        ("2026-03-02T01:15:00Z", datetime(2026, 3, 2, 1, 15, tzinfo=UTC)),
        ("2026-03-02T09:15:00", datetime(2026, 3, 2, 1, 15, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00", None),
        (None, None),
    ],
)
def test_moments(given, moment):
    assert rows_of.call_row(failure(started_at=given), (), "1")["started_at"] == moment
