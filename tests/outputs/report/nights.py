"""Small scored nights for tests of the report, written as a run writes them, and a sound to go with them."""

import wave

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from qa_pipeline.outputs.rows import call_row, finding_rows, outcome_rows, utterance_rows
from qa_pipeline.outputs.schema import arrow_schemas
from qa_pipeline.records import Scorecard


def write_night(out, *results, extra=()):
    """The four tables of ``results``, each in one part."""
    cards = [result for result in results if isinstance(result, Scorecard)]
    rows = {
        "calls": [call_row(result, extra, "0.1.0") for result in results],
        "outcomes": [row for card in cards for row in outcome_rows(card.recording.recording_id, card.outcomes)],
        "findings": [row for card in cards for row in finding_rows(card.recording.recording_id, card.outcomes)],
        "utterances": [row for card in cards for row in utterance_rows(card)],
    }
    for name, schema in arrow_schemas(extra).items():
        (out / name).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows[name], schema=schema), out / name / "part-00000.parquet")
    return out


def sound(path, seconds=20.0, rate=8000):
    """A stereo WAV: a tone on the left in the first half, on the right in the second."""
    t = np.arange(int(seconds * rate)) / rate
    tone = (np.sin(2 * np.pi * 220 * t) * 12000).astype("<i2")
    left, right = tone.copy(), tone.copy()
    left[len(t) // 2 :] = 0
    right[: len(t) // 2] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.stack([left, right], axis=1).tobytes())
    return path
