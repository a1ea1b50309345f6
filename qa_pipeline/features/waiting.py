"""When nobody need speak: before the call is answered, and while the line rings or plays music.

A recording may begin with a voice menu, a queue, and the ringing tone. None of that is the agent's silence, and neither
is music during a hold: whoever waits hears something. (How long a hold lasts is asked with ``duration: {of: hold}``.)
"""

from __future__ import annotations

from qa_pipeline.features.speech import union
from qa_pipeline.records import Role, Seconds, SoundKind, Span, Transcript

BETWEEN_TUNES_S: Seconds = 6.0
"""Between two tunes of one hold the line is still for no longer."""

_RINGS_OR_PLAYS = frozenset({SoundKind.RINGBACK, SoundKind.MUSIC, SoundKind.BUSY})
_BEFORE_AN_ANSWER = frozenset({SoundKind.RINGBACK, SoundKind.MUSIC, SoundKind.DTMF})


def answered_at(transcript: Transcript) -> Seconds:
    """When somebody answers: the agent's first words after a voice menu, ringing or queue music; 0 without any.

    Where it is not known who the agent is, anybody's first words that are not a machine's.
    """
    people = [u for u in transcript.utterances if u.role is not Role.SYSTEM]
    agents = [u for u in people if u.role is Role.AGENT]
    first = min((u.start for u in agents or people), default=None)
    if first is None:
        return 0.0
    prompted = any(u.role is Role.SYSTEM and u.start < first for u in transcript.utterances)
    rang = any(event.kind in _BEFORE_AN_ANSWER and event.start < first for event in transcript.events)
    return first if prompted or rang else 0.0


def holds(transcript: Transcript) -> tuple[Span, ...]:
    """Where the line rings or plays music, with the short pauses between tunes, sorted and disjoint."""
    spans: list[Span] = []
    for span in union(event.span for event in transcript.events if event.kind in _RINGS_OR_PLAYS):
        if spans and span.start - spans[-1].end <= BETWEEN_TUNES_S:
            spans[-1] = Span(spans[-1].start, span.end)
        else:
            spans.append(span)
    return tuple(spans)
