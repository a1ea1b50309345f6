"""What must be true when a night is over, whatever was done to it, and what it took."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

import duckdb

from qa_pipeline.outputs.journal import read_journal
from qa_pipeline.sources.identity import printable
from qa_pipeline.text.cer import ErrorCount, count_errors
from tests.soak.faults import FAILED, Expected
from tests.soak.night import TABLES
from tests.soak.running import Night

_ALIKE, _UNLIKE = 0.5, 0.8
"""The CER below which words are those of a recording, and above which they are not."""


def check(night: Night, *, anew: bool = False) -> None:
    """Raise AssertionError where a row is missing, double, wrong, or another's."""
    rows = duckdb.sql(
        f"select source_uri, status, error_message, warnings, duration_s, recording_id from '{night.out}/calls/*.parquet'"
    )
    found = {row[0]: row[1:] for row in rows.fetchall()}
    assert len(rows) == len(found) == len(night.expected), (len(rows), len(found), len(night.expected))
    wrong = [fault for one in night.expected for fault in _faults_of(one, *found[printable(str(one.path))][:4])]
    assert not wrong, f"{len(wrong)} wrong rows: {wrong[:5]}"
    left = list(night.out.rglob("*.tmp"))
    assert not left, left
    _check_heard_once(night)
    _check_undisturbed(night, anew=anew)


def _faults_of(
    one: Expected, status: str, message: str | None, warnings: str | None, duration: float | None
) -> Iterator[str]:
    if status != one.status and not one.either:
        yield f"{one.path} ({one.kind}) is {status}: {message}"
    if status == FAILED and not (one.says and re.search(one.says, message or "")):
        yield f"{one.path} ({one.kind}) says {message!r}"
    if one.kind == "cut off" and not re.search(one.says, warnings or ""):
        yield f"{one.path} ({one.kind}) warns {warnings!r}"
    if one.kind == "changed" and (duration or 0) < 10:
        yield f"{one.path} is still the shorter one: {duration} s"


def _check_heard_once(night: Night) -> None:
    """What lay in the store when a run began was not decoded by it."""
    keys = _keys_of(night)
    for run, digest in night.decodings():
        assert keys.get(digest) not in night.runs[run], f"run {run} heard {keys[digest]} again"


def _keys_of(night: Night) -> dict[str, str]:
    """The key in the store of each recording that is still there, by the digest of its bytes."""
    entries = [e for e in read_journal(night.out).entries if e.key and Path(e.recording.path).is_file()]
    return {_digest(Path(entry.recording.path)): entry.key for entry in entries if entry.key}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _check_undisturbed(night: Night, *, anew: bool) -> None:
    """Another run, which nobody ends, says the same. Over the same transcripts it hears nothing but failures."""
    known, before = _keys_of(night), len(night.decodings())
    whole = night.folder / "whole"
    store = "none" if anew else str(night.out / "transcripts")
    code = night.start("--store", store, out=whole).wait(5400)
    assert code == 1, (code, night.said())
    again = {digest for _, digest in night.decodings()[before:]} & known.keys()
    assert anew or not again, f"heard again: {again}"
    gone = ", ".join(
        "'" + printable(str(one.path)).replace("'", "''") + "'" for one in night.expected if one.kind == "removed"
    )
    for table in TABLES:
        ours, theirs = (_rows(at, table, gone) for at in (night.out, whole))
        for one, other in ((ours, theirs), (theirs, ours)):
            differing = duckdb.sql(f"{one} except all {other}").to_arrow_table()
            which = sorted({row["recording_id"] for row in differing.select(["recording_id"]).to_pylist()})
            assert not which, f"{table} of {len(which)} recordings differ, of {which[:5]}"


def _rows(out: Path, table: str, gone: str) -> str:
    """All rows but of recordings that went in between; how long a hang lasted is said in words, and differs."""
    calls = f"from '{out}/calls/*.parquet' where source_uri not in ({gone})"
    if table == "calls":
        return f"select * exclude (error_message) {calls}"
    return f"select * from '{out}/{table}/*.parquet' where recording_id in (select recording_id {calls})"


def tell(night: Night, wall_s: float, cpu_s: float) -> None:
    """Print what was there, what was done to it, and what it took."""
    kinds = Counter(one.kind for one in night.expected)
    print(f"\n{len(night.expected)} recordings, one row each, {len(night.expected) - kinds['call']} of them odd:")
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    query = "select count(*) filter (status='scored'), count(*) filter (status='failed'), sum(duration_s)/3600"
    scored, failed, hours = duckdb.sql(f"{query} from '{night.out}/calls/*.parquet'").fetchall()[0]
    print(f"{scored} scored, {failed} failed, {hours:.2f} hours of sound")
    print(f"{len(night.runs) - 1} runs of the same command; ends: {dict(night.ends)}")
    keys = _keys_of(night)
    counted = Counter(digest for run, digest in night.decodings() if run < len(night.runs) - 1 and digest in keys)
    print(
        f"{len(counted)} sounds recognised; again, in hand when a run or worker ended: {counted.total() - len(counted)}"
    )
    _tell_words(night)
    summary = json.loads((night.out / "run.json").read_bytes())["summary"]
    print(f"{wall_s:.0f} s of wall time, at least {cpu_s:.0f} s of processor time (what killed workers took is not counted), "
          f"peak memory of the last run {summary['peak_memory_bytes'] / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}")  # fmt: skip


def _tell_words(night: Night) -> None:
    """How far each recording's words are from what is said in it: words of another call would be all wrong."""
    query = f"""select source_uri, string_agg(text, '' order by start_s) from '{night.out}/utterances/*.parquet'
                join '{night.out}/calls/*.parquet' using (recording_id) group by all"""
    said = dict(duckdb.sql(query).fetchall())
    errors = {
        one: count_errors(one.text, said.get(printable(str(one.path)), ""))
        for one in night.expected
        if one.text is not None and one.kind in ("call", "twin", "wrong extension", "odd name", "name in GBK", "silent")
    }
    total = sum(errors.values(), ErrorCount())
    rates = [count.rate for count in errors.values()]
    unknown = [one for one, count in errors.items() if count.rate > _UNLIKE]
    print(f"CER {total.rate:.1%} over {total.characters} characters, median call {median(rates):.1%}")
    print(
        f"{len(unknown)} of {len(errors)} beyond the demo model (CER above {_UNLIKE:.0%}, most of them dropped as doubtful)"
    )
    swapped = [one.path.name for one in unknown if _is_of_another(one, said.get(printable(str(one.path)), ""), errors)]
    assert not swapped, swapped


def _is_of_another(one: Expected, heard: str, every: Iterable[Expected]) -> bool:
    """Whether ``heard`` is what was said in another recording, and not its own words in another order."""
    if (Counter(heard) & Counter(one.text or "")).total() >= _ALIKE * len(heard):  # two people at once
        return False
    texts = {other.text for other in every if other.text and other.text != one.text}
    return any(count_errors(text, heard).rate < _ALIKE for text in texts) if heard else False
