"""From a recording to a transcript: one protocol, several backends.

A backend is one file in this folder. The pipeline knows only ``Transcriber``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias

from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.records import Recording, Transcript

Transcribed: TypeAlias = Transcript | RecordingError
"""What comes of one recording among many: its transcript, or why there is none."""


class Transcriber(Protocol):
    """Turns recordings into transcripts. Roles may be left ``unknown``: they are assigned from the text afterwards."""

    @property
    def name(self) -> str:
        """What ``calls.asr_model`` and ``run.json`` call this recogniser."""

    def transcribe(self, recording: Recording) -> Transcript:
        """The transcript of ``recording``, utterances in time order.

        Raises ``RecordingError`` for a recording that cannot be read or recognised; never returns part of a recording
        as if it were the whole.
        """

    def transcribe_many(self, recordings: Iterable[Recording]) -> Iterator[tuple[int, Transcribed]]:
        """(position, what came of it) for each of ``recordings`` exactly once, in any order.

        Pulls recordings lazily and holds a bounded number of audio seconds, however many there are. Never raises for
        one recording's sake; ``RequestError`` still means that nothing can be recognised. A transcript is the same
        whatever other recordings are given. Closing the iterator ends the work.
        """


def one_by_one(transcriber: Transcriber, recordings: Iterable[Recording]) -> Iterator[tuple[int, Transcribed]]:
    """``transcribe_many`` for a backend that gains nothing by hearing several recordings at once."""
    for position, recording in enumerate(recordings):
        yield position, attempt(transcriber, recording)


def attempt(transcriber: Transcriber, recording: Recording) -> Transcribed:
    """The transcript of ``recording``, or why there is none; raises only what concerns the whole request."""
    if recording.problem is not None:
        return RecordingError(Stage.FIND, recording.problem)
    try:
        return transcriber.transcribe(recording)
    except RequestError:
        raise
    except Exception as error:
        return as_recording_error(error)


def as_recording_error(error: Exception) -> RecordingError:
    """What went wrong with one recording: our own errors as they are, all others with their type."""
    if isinstance(error, RecordingError):
        return error
    return RecordingError(Stage.TRANSCRIBE, f"unexpected {type(error).__name__}: {error}")
