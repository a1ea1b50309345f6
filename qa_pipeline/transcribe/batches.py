"""Which waiting windows are heard together: of one length for the encoder, of nearly one for the decoder.

A batch decodes as long as its longest window needs, so windows are sorted into buckets by how much they are expected
to hold: their seconds. A bucket that fills a batch goes first. Where none does and nothing more may be waited for, the
window that has waited longest takes those nearest to it along, so that nobody waits for ever.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from itertools import count

from qa_pipeline.transcribe.call import OpenCall
from qa_pipeline.transcribe.ladder import Try

_BUCKET_S = 7.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """One window of one call that is to be heard."""

    call: OpenCall
    todo: Try

    @property
    def seconds(self) -> float:
        """How much there is to hear."""
        return self.todo.part.window.duration

    @property
    def alike(self) -> tuple[Hashable, ...]:
        """Only windows with an equal value can share a batch: encoder length and search."""
        return self.todo.part.mel.shape, self.todo.search


@dataclass
class Pool:
    """The waiting windows of all open calls."""

    _tickets: Iterator[int] = field(default_factory=count)
    _buckets: dict[tuple[Hashable, ...], dict[int, Waiting]] = field(default_factory=dict)

    def add(self, waiting: Waiting) -> None:
        """One more window."""
        key = (waiting.alike, int(waiting.seconds / _BUCKET_S))
        self._buckets.setdefault(key, {})[next(self._tickets)] = waiting

    def __bool__(self) -> bool:
        return any(self._buckets.values())

    def full(self, size: int) -> list[Waiting]:
        """``size`` windows of one bucket, those that waited longest; empty where no bucket holds so many."""
        for bucket in self._buckets.values():
            if len(bucket) >= size:
                return [bucket.pop(ticket) for ticket in sorted(bucket)[:size]]
        return []

    def oldest(self, size: int) -> list[Waiting]:
        """The window that has waited longest and those nearest to it in length, up to ``size``; empty where none is."""
        waiting = [(ticket, key, one) for key, bucket in self._buckets.items() for ticket, one in bucket.items()]
        if not waiting:
            return []
        _, _, first = min(waiting, key=lambda item: item[0])
        alike = [item for item in waiting if item[2].alike == first.alike]
        alike.sort(key=lambda item: (abs(item[2].seconds - first.seconds), item[0]))
        for ticket, key, _ in alike[:size]:
            del self._buckets[key][ticket]
        return [one for _, _, one in alike[:size]]

    def forget(self, call: OpenCall) -> None:
        """Take out the windows of a call that has failed."""
        for bucket in self._buckets.values():
            for ticket in [ticket for ticket, one in bucket.items() if one.call is call]:
                del bucket[ticket]
