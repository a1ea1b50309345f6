"""When each role speaks, by the sound where there is any: channels give the times, utterances say whose they are.

On a channel of one role all sound is that role's. Where two share a channel (both people in a mono recording, a voice
menu and then the agent), each stretch of sound is whose words lie in it; one that holds words of several is divided
as the words are.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.features.speech import union
from qa_pipeline.records import Role, Span, Transcript, Utterance


def speech_by_role(transcript: Transcript) -> dict[Role, tuple[Span, ...]]:
    """The speech of each role, sorted and disjoint. Sound without words on a shared channel is nobody's we know."""
    by_role: dict[Role, list[Span]] = {}
    said: dict[int, list[Utterance]] = {}
    for utterance in transcript.utterances:
        said.setdefault(utterance.channel, []).append(utterance)
    by_sound = transcript.speech or ()
    for channel, spans in enumerate(by_sound):
        own, given = said.pop(channel, []), transcript.channel_roles.get(channel)
        roles = {utterance.role for utterance in own}
        if len(roles) <= 1:
            only = next(iter(roles), Role.UNKNOWN)
            by_role.setdefault(given or only, []).extend(spans)
            continue
        for role, piece in _divided(spans, own, given or Role.UNKNOWN):
            by_role.setdefault(role, []).append(piece)
    for utterances in said.values():
        for u in utterances:
            by_role.setdefault(u.role, []).append(Span(u.start, u.end))
    return {role: union(spans) for role, spans in by_role.items()}


def _divided(spans: Sequence[Span], utterances: Sequence[Utterance], rest: Role) -> list[tuple[Role, Span]]:
    """``spans`` of one channel by whose words lie in them; ``rest`` where none do. Both are sorted by start."""
    pieces: list[tuple[Role, Span]] = []
    first = 0
    for span in spans:
        while first < len(utterances) and utterances[first].end <= span.start:
            first += 1
        inside = []
        for utterance in utterances[first:]:
            if utterance.start >= span.end:
                break
            if utterance.end > span.start:
                inside.append(utterance)
        roles = {utterance.role for utterance in inside}
        if len(roles) <= 1:
            pieces.append((next(iter(roles), rest), span))
        else:
            pieces += [(u.role, Span(max(span.start, u.start), min(span.end, u.end))) for u in inside]
    return pieces
