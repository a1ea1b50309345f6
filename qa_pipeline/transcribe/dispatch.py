"""One transcriber for a mixed lot: sound goes to the recogniser, stored transcripts are replayed."""

from __future__ import annotations

from qa_pipeline.errors import RequestError
from qa_pipeline.records import Recording, Transcript
from qa_pipeline.transcribe import Transcriber
from qa_pipeline.transcribe.stored import StoredTranscriber


class MixedTranscriber:
    """Picks the backend for each recording. ``sound`` may be None where no sound is expected: no model is needed."""

    def __init__(self, sound: Transcriber | None, stored: Transcriber | None = None) -> None:
        self.sound = sound
        self.stored = stored or StoredTranscriber()

    @property
    def name(self) -> str:
        """The recogniser's name, since that is what a reader wants to know."""
        return (self.sound or self.stored).name

    def transcribe(self, recording: Recording) -> Transcript:
        """The transcript, from whichever backend the recording asks for."""
        if recording.is_stored_transcript:
            return self.stored.transcribe(recording)
        if self.sound is None:
            raise RequestError(f"{recording.path}: is sound, and no recogniser was loaded; choose one with --model")
        return self.sound.transcribe(recording)
