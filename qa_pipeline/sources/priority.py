"""Which recordings go first: a column of the manifest says it, higher before lower."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa_pipeline.errors import RequestError
from qa_pipeline.records import Recording

_WORDS = {"特急": 4.0, "紧急": 4.0, "加急": 4.0, "urgent": 4.0, "高": 3.0, "high": 3.0, "中": 2.0, "普通": 2.0}
_WORDS |= {"medium": 2.0, "normal": 2.0, "低": 1.0, "low": 1.0}


def priorities(recordings: Sequence[Recording], column: str) -> list[float]:
    """One figure for each recording; an empty cell is below all others. Numbers, or words such as 高 and low.

    Raises RequestError where no recording has the column, and for a cell that is neither.
    """
    if not any(column in recording.metadata for recording in recordings):
        known = sorted({name for recording in recordings for name in recording.metadata})
        hint = f"The manifest has: {', '.join(known)}." if known else "Give a --manifest that has it."
        raise RequestError(f"--priority {column}: no recording has this column. {hint}")
    return [_figure(recording, column) for recording in recordings]


def _figure(recording: Recording, column: str) -> float:
    cell = recording.metadata.get(column)
    if cell is None or str(cell).strip() == "":
        return float("-inf")
    word = str(cell).strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    try:
        figure = float(word)
    except ValueError:
        figure = math.nan
    if math.isnan(figure):
        raise RequestError(f"--priority {column}: {recording.source_uri} has “{cell}”; write a number, or 高, 中, 低.")
    return figure
