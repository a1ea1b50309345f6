"""A large scored folder out of a small one: each call so many times, under other ids.

Scoring 10,000 calls takes minutes that say nothing of judging them again. The copies have rows, journal entries and
paths of their own, and share their transcripts, as equal recordings do.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qa_pipeline.outputs.folder import RUN_INFO, TABLE_FOLDERS, TRANSCRIPTS
from qa_pipeline.outputs.journal import Entry, read_journal, write_journal
from qa_pipeline.outputs.parquet import part_path


def multiplied(scored: Path, out: Path, times: int) -> Path:
    """Write ``times`` as many calls as ``scored`` holds into ``out``, in as many parts more; return ``out``."""
    journal = read_journal(scored)
    for name in TABLE_FOLDERS:
        (out / name).mkdir(parents=True)
    for copy in range(times):
        for number, entries in journal.parts.items():
            part = copy * len(journal.parts) + number
            for name in TABLE_FOLDERS:
                table = pq.read_table(part_path(scored, name, number))
                pq.write_table(_renamed(table, f"-{copy}"), part_path(out, name, part), compression="zstd")
            write_journal(out, part, journal.requests[0], list(_copies(entries, f"-{copy}")))
    shutil.copytree(scored / TRANSCRIPTS, out / TRANSCRIPTS)
    shutil.copy(scored / RUN_INFO, out / RUN_INFO)
    return out


def _renamed(table: pa.Table, suffix: str) -> pa.Table:
    ids = pc.binary_join_element_wise(table["recording_id"], suffix, "")
    return table.set_column(0, table.schema.field(0), ids)


def _copies(entries: tuple[Entry, ...], suffix: str) -> Iterator[Entry]:
    for entry in entries:
        recording, counted = entry.recording, entry.counted
        named = replace(recording, recording_id=recording.recording_id + suffix, path=f"{recording.path}{suffix}.json")
        yield replace(entry, recording=named, counted=replace(counted, recording_id=named.recording_id))
