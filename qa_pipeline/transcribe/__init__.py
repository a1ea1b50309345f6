"""From a recording to a transcript: one protocol, several backends.

A backend is one file in this folder. The pipeline knows only ``Transcriber``.
"""

from __future__ import annotations

from typing import Protocol

from qa_pipeline.records import Recording, Transcript


class Transcriber(Protocol):
    """Turns one recording into one transcript.

    ``transcribe`` raises ``RecordingError`` for a recording that cannot be read or recognised; it never returns part
    of a recording as if it were the whole. Roles may be left ``unknown``: they are assigned from the text afterwards.
    """

    @property
    def name(self) -> str:
        """What ``calls.asr_model`` and ``run.json`` call this recogniser."""

    def transcribe(self, recording: Recording) -> Transcript:
        """The transcript of ``recording``, utterances in time order."""
