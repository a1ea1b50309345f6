"""A scored night of sample calls for the examples' tests: from what the demo model heard in them, kept in ``heard/``."""

import gzip
from pathlib import Path

import yaml

from qa_pipeline.features import call_features
from qa_pipeline.outputs.parquet import tables_of, write_part
from qa_pipeline.records import Recording, Scorecard
from qa_pipeline.rules import judge
from qa_pipeline.rules.loader import load
from qa_pipeline.transcribe.stored import read_stored

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CALLS = ROOT / "samples" / "calls"
TRUTH = yaml.safe_load((HERE / "private_truth.yaml").read_text(encoding="utf-8"))
HEARD = sorted(path.name.removesuffix(".json.gz") for path in (HERE / "heard").glob("*.json.gz"))


def stored(folder: Path, ids=HEARD) -> Path:
    """The stored transcripts of sample calls, unpacked into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for recording in ids:
        (folder / f"{recording}.json").write_bytes(
            gzip.decompress((HERE / "heard" / f"{recording}.json.gz").read_bytes())
        )
    return folder


def scored(folder: Path, transcripts: Path, ids=HEARD) -> Path:
    """A scored folder of sample calls whose sources are the recordings themselves."""
    rules = load("hotline")
    extra = ("ticket_id", "campaign")
    tables = [tables_of(_card(recording, transcripts, rules), extra, "0.1.0")[0] for recording in ids]
    write_part(folder, 0, tables, extra)
    return folder


def _card(recording, transcripts, rules) -> Scorecard:
    (source,) = CALLS.glob(f"{recording}.*")
    metadata = _manifest()[recording]
    transcript = read_stored(transcripts / f"{recording}.json")
    judged = judge(call_features(transcript, metadata), rules)
    return Scorecard(
        Recording(recording, str(source), str(source), metadata),
        transcript,
        rules.identity,
        judged.outcomes,
        judged.score,
        line_grade=judged.line_grade,
    )


def _manifest():
    import csv

    with (ROOT / "samples" / "calls.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        row["recording_id"]: {k: v for k, v in row.items() if v and k not in ("file", "recording_id")} for row in rows
    }
