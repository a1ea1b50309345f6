"""Arithmetic on stretches of speech: union, gaps, overlaps. Spans are sorted and disjoint in, sorted out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qa_pipeline.records import Seconds, Span


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Merge spans (in any order) that touch or overlap; empty ones vanish."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if span.end <= span.start:
            continue
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def gaps(spans: Sequence[Span], duration: Seconds) -> Iterator[Span]:
    """The silences between, before and after ``spans`` within ``[0, duration]``; none of zero length."""
    heard_until = 0.0
    for span in spans:
        if span.start > heard_until:
            yield Span(heard_until, min(span.start, duration))
        heard_until = max(heard_until, span.end)
    if duration > heard_until:
        yield Span(heard_until, duration)


def overlaps(ones: Sequence[Span], others: Sequence[Span]) -> Iterator[Span]:
    """The stretches in which both speak, in time order; runs through both lists once."""
    i = j = 0
    while i < len(ones) and j < len(others):
        start, end = max(ones[i].start, others[j].start), min(ones[i].end, others[j].end)
        if end > start:
            yield Span(start, end)
        if ones[i].end <= others[j].end:
            i += 1
        else:
            j += 1


def total(spans: Iterable[Span]) -> Seconds:
    """Seconds of speech in all."""
    return sum(span.duration for span in spans)
