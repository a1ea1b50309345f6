"""The views of the workbook as CSV files: UTF-8 with a byte order mark, so that Excel reads the Chinese."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from qa_pipeline.outputs.night import Night
from qa_pipeline.outputs.sheets import Link, sheets
from qa_pipeline.outputs.whole import whole_file
from qa_pipeline.outputs.workbook import Exported

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_csv(night: Night, folder: Path, *, masked: bool = True) -> Exported:
    """Write each view as ``<name>.csv`` into ``folder``. Raises RequestError where the disk does not take it.

    A text that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, CSV injection).
    """
    paths, rows = [], {}
    for sheet in sheets(night, masked=masked, report=None):
        path = folder / f"{sheet.name}.csv"
        with whole_file(path, folder) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([inert(column.title) for column in sheet.columns])
            writer.writerows([inert(value) for value in row] for row in sheet.rows)
        paths.append(path)
        rows[sheet.name] = len(sheet.rows)
    return Exported(tuple(paths), rows, {})


def inert(value: Any) -> Any:
    """``value`` as a cell that no spreadsheet runs; numbers and times are left alone, links are their text."""
    text = value.text if isinstance(value, Link) else value
    return "'" + text if isinstance(text, str) and text.startswith(_RISKY) else text
