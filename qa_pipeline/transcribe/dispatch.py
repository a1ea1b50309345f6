"""One transcriber for a mixed lot: sound goes to the recogniser, stored transcripts are replayed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby

from qa_pipeline.errors import RequestError
from qa_pipeline.records import Recording, Transcript
from qa_pipeline.transcribe import Transcribed, Transcriber
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
        return self._backend(recording).transcribe(recording)

    def transcribe_many(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, Transcribed]]:
        """Neighbours of one kind go to their backend together: no recording waits for one of the other kind."""
        first = 0
        for _, alike in groupby(recordings, key=lambda recording: recording.is_stored_transcript):
            together = _Counted(alike)
            start = next(together, None)
            if start is not None:
                backend = self._backend(start)
                for position, result in backend.transcribe_many(chain((start,), together)):
                    yield first + position, result
            first += together.count

    def _backend(self, recording: Recording) -> Transcriber:
        if recording.is_stored_transcript:
            return self.stored
        if self.sound is None:
            raise RequestError(f"{recording.path}: is sound, and no recogniser was loaded; choose one with --model")
        return self.sound


class _Counted:
    """An iterator that knows how many it has given."""

    def __init__(self, items: Iterable[Recording]) -> None:
        self.items = iter(items)
        self.count = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> Recording:
        item = next(self.items)
        self.count += 1
        return item
