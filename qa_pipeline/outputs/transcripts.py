"""Writing stored transcripts, one ``<recording_id>.json`` for each recording, as soon as it is recognised."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from qa_pipeline.outputs.whole import cannot_write
from qa_pipeline.records import CallFailure, Transcript
from qa_pipeline.sources.identity import file_name_for
from qa_pipeline.transcribe.stored import write_stored


@dataclass
class TranscriptWriter:
    """Writes each transcript at once; failures are left to ``run.json``. ``written`` are the files' names."""

    out: Path
    refused: dict[str, CallFailure] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)

    def add(self, index: int, result: Transcript | CallFailure) -> None:
        """Write one transcript. Raises RequestError where the disk does not take it."""
        del index  # one file each: their order does not matter
        if isinstance(result, CallFailure):
            return
        name = f"{file_name_for(result.recording_id)}.json"
        try:
            write_stored(result, self.out / name)
        except OSError as error:
            raise cannot_write(self.out, error) from error
        self.written.append(name)

    def flush_due(self) -> None:
        """Nothing waits."""

    def flush(self) -> None:
        """Nothing waits."""
