"""The views of a scored folder as a workbook, as CSV files, or both, wherever each of them lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qa_pipeline.outputs.csv_files import write_csv
from qa_pipeline.outputs.delivered import delivered_file, delivered_folder
from qa_pipeline.outputs.night import read_night
from qa_pipeline.outputs.scored import Place, opened
from qa_pipeline.outputs.workbook import Exported, write_workbook
from qa_pipeline.storage import is_url


def export(
    folder: Place,
    *,
    xlsx: Place | None = None,
    csv: Place | None = None,
    report: Place | None = None,
    masked: bool = True,
) -> list[Exported]:
    """Write the workbook ``xlsx`` and the CSV files below ``csv``, where they are asked for.

    ``report`` is the folder that links lead into. Raises RequestError where ``folder`` holds no scorecards, ``report``
    no report, or what is asked for cannot be written.
    """
    written = []
    with opened(folder) as scored:
        night = read_night(scored.folder, scored.named)
        if xlsx is not None:
            with delivered_file(xlsx) as path:
                book = write_workbook(night, path, masked=masked, report=report, place=xlsx)
                written.append(replace(book, paths=(xlsx,)) if is_url(xlsx) else book)
        if csv is not None:
            with delivered_folder(csv) as below:
                files = write_csv(night, below, masked=masked)
                urls = tuple(f"{str(csv).rstrip('/')}/{Path(path).name}" for path in files.paths)
                written.append(replace(files, paths=urls) if is_url(csv) else files)
    return written
