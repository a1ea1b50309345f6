"""One recording while its windows are being heard: what was said so far, and in the end its transcript."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from qa_pipeline.audio.loudness import level_db
from qa_pipeline.records import (
    Dropped,
    RecognitionEffort,
    Role,
    Span,
    Transcript,
    Utterance,
    Word,
)
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.simplify import simplify
from qa_pipeline.transcribe.diarization import with_speakers
from qa_pipeline.transcribe.gate import NOBODY_SPOKE, GateLimits, PieceHeard, Reason, doubt
from qa_pipeline.transcribe.hearing import Heard
from qa_pipeline.transcribe.inventions import Invented, invented
from qa_pipeline.transcribe.prepare import Prepared, WindowSound
from qa_pipeline.transcribe.windows import Piece


@dataclass
class OpenCall:
    """``position`` is the recording's among those given. ``waiting`` counts its windows that are yet to be heard."""

    position: int
    prepared: Prepared
    prompts: Sequence[str] = ()
    waiting: int = 0
    effort: RecognitionEffort = field(default_factory=RecognitionEffort)
    utterances: list[Utterance] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    error: Exception | None = None

    def doubt(self, part: WindowSound, heard: Heard, limits: GateLimits) -> Reason | None:
        """Why ``heard`` should not be believed; see ``gate``."""
        noise_db = self.prepared.sound[part.window.channel].noise_db
        return doubt(heard, [_piece_heard(part, piece, text, noise_db) for piece, text in _texts(heard)], limits)

    def accept(self, part: WindowSound, heard: Heard) -> None:
        """Take in what is believed of a window, less what nobody said."""
        for utterance in utterances_from(heard, part):
            self._take(utterance, heard.no_speech_prob)

    def give_up(self, heard: Heard, reason: Reason) -> None:
        """Keep apart what is not believed, piece by piece: a piece without words in a doubted window counts too."""
        for piece, text in _texts(heard):
            if text or reason is Reason.WORDLESS:
                spoken = piece.spoken
                channel = heard.window.channel
                self._drop(channel, spoken, text, reason, heard.confidence)

    def transcript(self, asr_model: str, language: str) -> Transcript:
        """The whole recording's; roles are left ``unknown``."""
        done = self.prepared
        return Transcript(
            recording_id=done.recording.recording_id,
            duration=done.duration,
            channels=done.channels,
            utterances=with_speakers(sorted(self.utterances, key=lambda u: (u.start, u.channel)), done.voices),
            speech=done.speech,
            sound=done.sound,
            events=done.events,
            asr_model=asr_model,
            language=language,
            warnings=done.warnings,
            metadata=done.recording.metadata,
            dropped=tuple(sorted(self.dropped, key=lambda d: (d.start, d.channel))),
            effort=self.effort + RecognitionEffort(dropped=len(self.dropped), seconds=done.seconds),
        )

    def _take(self, utterance: Utterance, no_speech_prob: float) -> None:
        parts = invented(utterance.text, utterance.confidence or 0.0, no_speech_prob, self.prompts)
        for part in parts:
            text = utterance.text[part.start : part.end]
            spoken = Span(utterance.start, utterance.end)
            self._drop(utterance.channel, spoken, text, part.reason, utterance.confidence)
        kept = _without(utterance, parts) if parts else utterance
        if normalise(kept.text).text:
            self.utterances.append(kept)

    def _drop(self, channel: int, spoken: Span, text: str, reason: Reason, confidence: float | None) -> None:
        written, lost = simplify(text.strip()), reason not in NOBODY_SPOKE
        self.dropped.append(Dropped(channel, spoken.start, spoken.end, written, reason.value, confidence, lost))


def utterances_from(heard: Heard, part: WindowSound | None = None) -> Iterator[Utterance]:
    """One utterance for each piece of the window in which words were heard, in time order, in simplified characters.

    Words go to the piece that sounds at their middle. Their times drift in Chinese, so an utterance begins and ends
    with the speech of its piece, and its words are clamped into it. Its level is measured where ``part`` has the sound.
    """
    for piece, words in _by_piece(heard):
        text = simplify("".join(word.text for word in words).strip())
        if text:
            timed = tuple(_in_recording(word, piece) for word in words)
            spoken, level = piece.spoken, None if part is None else _level(part, piece)
            yield Utterance(
                Role.UNKNOWN, heard.window.channel, spoken.start, spoken.end, text, heard.confidence, timed, level
            )


def _texts(heard: Heard) -> Iterator[tuple[Piece, str]]:
    for piece, words in _by_piece(heard):
        yield piece, "".join(word.text for word in words).strip()


def _by_piece(heard: Heard) -> Iterator[tuple[Piece, list[Word]]]:
    """The window's words by piece, in time order. Where no word was timed, all goes to the first: nothing is lost."""
    pieces = heard.window.pieces
    found: list[list[Word]] = [[] for _ in pieces]
    if not heard.words and heard.text:
        found[0] = [Word(0.0, heard.window.duration, heard.text, heard.confidence)]
    for word in heard.words:
        found[heard.window.piece_at((word.start + word.end) / 2)].append(word)
    yield from zip(pieces, found, strict=True)


def _piece_heard(part: WindowSound, piece: Piece, text: str, noise_db: float) -> PieceHeard:
    level = _level(part, piece)
    speech_s = sum(span.duration for span in piece.speech)
    return PieceHeard(text, speech_s, None if level is None else level - noise_db)


def _level(part: WindowSound, piece: Piece) -> float | None:
    """How loud the speech of a piece is, in dB; measured in the window, which holds the same samples."""
    shift = piece.offset - piece.cut.start
    return level_db(part.sound, [Span(span.start + shift, span.end + shift) for span in piece.speech])


def _in_recording(word: Word, piece: Piece) -> Word:
    start = piece.time(word.start)
    text = simplify(word.text.strip())
    return Word(start, max(start, piece.time(word.end)), text, min(1.0, max(0.0, word.probability)))


def _without(utterance: Utterance, parts: Sequence[Invented]) -> Utterance:
    """``utterance`` less the characters and words in ``parts``."""
    text = "".join(c for i, c in enumerate(utterance.text) if not any(p.start <= i < p.end for p in parts))
    return replace(utterance, text=text.strip(), words=tuple(_kept_words(utterance, parts)))


def _kept_words(utterance: Utterance, parts: Sequence[Invented]) -> Iterator[Word]:
    """The words that begin outside ``parts``; they stand in the text in their order."""
    at = 0
    for word in utterance.words:
        at = max(at, utterance.text.find(word.text, at))
        if not any(part.start <= at < part.end for part in parts):
            yield word
        at += len(word.text)
