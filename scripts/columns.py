"""Write docs/parquet.md from the schema in the code: ``python -m scripts.columns``. A test keeps the page current."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.outputs.schema import SCHEMA_VERSION, TABLES, arrow_schemas

PAGE = Path(__file__).resolve().parent.parent / "docs" / "parquet.md"

HEAD = f"""# The scorecards, column by column

<!-- Written by `python -m scripts.columns` from qa_pipeline/outputs/schema.py; do not edit. -->

`score --out DIR` writes four tables, each a folder of Parquet files (zstd), and `run.json`. This is schema version
{SCHEMA_VERSION}: names, types and order are an interface; a change is a new version and a line in the changelog.
Times are seconds from the recording's start. Points are `decimal(9,2)`.

    select * from 'DIR/findings/*.parquet' join 'DIR/calls/*.parquet' using (recording_id)    -- DuckDB
"""

ABOUT = {
    "calls": "One row for each recording, scored or failed: recordings in = rows out.",
    "outcomes": "One row for each scored recording and rule.",
    "findings": "One row for each hit: a deduction or a bonus with its evidence.",
    "utterances": "What was said, as it was recognised.",
}


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    schemas = arrow_schemas()
    for name, columns in TABLES.items():
        parts.append(f"\n## {name}\n\n{ABOUT[name]}\n\n| column | type | meaning |\n|---|---|---|\n")
        types = {field.name: field.type for field in schemas[name]}
        parts += [f"| `{column.name}` | {types[column.name]} | {column.doc} |\n" for column in columns]
        if name == "calls":
            parts.append("| `meta_*` | string | Every manifest column that is not named above, as it stood. |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
