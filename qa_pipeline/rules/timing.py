"""What the operators over time and sound share: limits that mean what they say, and evidence that names its turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from qa_pipeline.features import CallFeatures
from qa_pipeline.features.passages import shorten
from qa_pipeline.records import Evidence, Role, Span, Utterance
from qa_pipeline.rules.view import View

_ROUNDING = 1e-6  # 8.3 - 0.3 is not 8 in binary; a microsecond is nothing that anybody measures


def above(value: float, limit: float) -> bool:
    """Whether ``value`` is beyond ``limit``; exactly the limit is not."""
    return value > limit + _ROUNDING


def below(value: float, limit: float) -> bool:
    """Whether ``value`` falls short of ``limit``; exactly the limit does not."""
    return value < limit - _ROUNDING


def within(value: float, at_least: float | None, at_most: float | None) -> bool:
    """Whether ``value`` lies between the bounds that are given, both included."""
    return not (at_least is not None and below(value, at_least)) and not (at_most is not None and above(value, at_most))


def clipped_to(spans: Sequence[Span], window: Span) -> tuple[Span, ...]:
    """``spans`` as far as they lie in ``window``."""
    if window.start <= 0 and (not spans or spans[-1].end <= window.end):
        return tuple(spans)
    return tuple(
        Span(max(span.start, window.start), min(span.end, window.end))
        for span in spans
        if span.start < window.end and span.end > window.start
    )


def utterances_in(view: View, role: Role | None) -> list[Utterance]:
    """The utterances of the turns in view whose words count, in order of their turns."""
    return [utterance for passage in view.passages(role) for utterance in passage.utterances]


def turns_in_view(view: View, role: Role | None) -> Callable[[int | None], bool]:
    """Tells of a turn's index whether a scope that counts turns leaves it in view; all are where none does."""
    if view.first_turns is None and view.last_turns is None and view.turn_range is None:
        return lambda turn: True
    left = {passage.index for passage in view.passages(role)}
    return lambda turn: turn is None or turn in left


def evidence_of(call: CallFeatures, utterance: Utterance, note: str) -> Evidence:
    """One utterance as evidence, with its turn."""
    return Evidence(
        utterance.role,
        utterance.start,
        utterance.end,
        quote=shorten(utterance.text),
        matched=shorten(utterance.text),
        note=note,
        turn=call.floor.turn_of.get(id(utterance)),
        confidence=utterance.confidence,
    )


def evidence_at(call: CallFeatures, role: Role, span: Span, said: str, note: str) -> Evidence:
    """A moment of ``role``'s speech as evidence, with the turn that it belongs to."""
    utterance = call.floor.utterance_at(role, span.start)
    if utterance is None:
        return Evidence(role, span.start, span.end, note=note)
    whole = evidence_of(call, utterance, note)
    return replace(whole, start=span.start, end=span.end, quote=shorten(said), matched=shorten(said))
