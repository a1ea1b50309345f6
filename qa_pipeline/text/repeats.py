"""What somebody says that he said before: the same stretch of words, give or take a few.

Sentences cannot be told apart in recognised speech, so nothing is cut: every run of three characters that comes again
is a seed, and seeds on one diagonal grow into a stretch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import Levenshtein

SEED = 3
"""Characters that must come again unharmed somewhere within a repeated stretch."""

DRIFT = 2
"""How many characters a repetition may have more or less before two seeds are no longer the same stretch."""

MAX_GAP = 4
"""How many characters between two seeds may differ."""

MAX_OCCURRENCES = 40
"""A seed that comes more often than this (对对对对) is looked up in its latest places only."""


@dataclass(frozen=True, slots=True)
class Again:
    """``texts[turn][start:end]`` says again what ``texts[earlier_turn][earlier_start:earlier_end]`` said."""

    turn: int
    start: int
    end: int
    earlier_turn: int
    earlier_start: int
    earlier_end: int
    similarity: float


@lru_cache(maxsize=512)
def repeats(texts: tuple[str, ...], min_chars: int, min_similarity: float) -> tuple[Again, ...]:
    """The stretches of one speaker's ``texts`` (turns, in order) that he had said before, in order.

    Each has at least ``min_chars`` characters and is as similar as ``min_similarity`` (1 for the very words) to its
    latest earlier saying. No two of one turn overlap.
    """
    joined = "\n".join(texts)
    starts = np.cumsum([0] + [len(text) + 1 for text in texts[:-1]]) if texts else np.zeros(1, dtype=np.int64)
    found: list[Again] = []
    taken = 0
    for start, end, earlier, earlier_end, similarity in _stretches(joined, min_chars, min_similarity):
        if start < taken:
            continue
        taken = end
        turn, before = (int(np.searchsorted(starts, place, side="right")) - 1 for place in (start, earlier))
        here, there = int(starts[turn]), int(starts[before])
        found.append(Again(turn, start - here, end - here, before, earlier - there, earlier_end - there, similarity))
    return tuple(found)


def _stretches(text: str, min_chars: int, min_similarity: float) -> Iterator[tuple[int, int, int, int, float]]:
    """Repeated stretches of ``text`` in order of position, the longest at each place first."""
    runs = sorted(_runs(text), key=lambda run: (run[0], -(run[1] - run[0]), -run[2]))
    for start, end, earlier, earlier_end in runs:
        if end - start < min_chars or earlier_end - earlier < min_chars:
            continue
        similarity = Levenshtein.normalized_similarity(text[start:end], text[earlier:earlier_end])
        if similarity >= min_similarity:
            yield start, end, earlier, earlier_end, similarity


def _runs(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Chains of seeds ``(start, end, earlier_start, earlier_end)`` that lie on one diagonal, within ``DRIFT``."""
    open_runs: list[list[int]] = []
    for position, earlier in _seeds(text):
        run = next((r for r in open_runs if _continues(text, r, position, earlier)), None)
        if run is None:
            open_runs.append([position, position + SEED, earlier, earlier + SEED])
        else:
            run[1], run[3] = max(run[1], position + SEED), max(run[3], earlier + SEED)
        for done in [r for r in open_runs if position - r[1] > MAX_GAP]:
            open_runs.remove(done)
            yield done[0], done[1], done[2], done[3]
    yield from ((r[0], r[1], r[2], r[3]) for r in open_runs)


def _continues(text: str, run: Sequence[int], position: int, earlier: int) -> bool:
    """Whether a seed lies just after ``run`` in the same turn, both here and there, and does not run into itself."""
    near = position - run[1] <= MAX_GAP and -SEED <= earlier - run[3] <= MAX_GAP
    straight = abs((position - earlier) - (run[1] - run[3])) <= DRIFT
    if not (near and straight and earlier + SEED <= run[0]):
        return False
    return "\n" not in text[run[1] : position] and "\n" not in text[run[3] : earlier]


def _seeds(text: str) -> Iterator[tuple[int, int]]:
    """Every place of a run of ``SEED`` characters with each earlier place of the same, in order; none across turns."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < 2 * SEED:
        return
    keys = (codes[:-2] << np.uint64(42)) | (codes[1:-1] << np.uint64(21)) | codes[2:]
    ordered = np.sort(keys)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not again.size:
        return
    nearest = again[np.minimum(np.searchsorted(again, keys), again.size - 1)]
    places: dict[str, list[int]] = {}
    for position in np.flatnonzero(nearest == keys).tolist():
        seed = text[position : position + SEED]
        if "\n" in seed:
            continue
        seen = places.setdefault(seed, [])
        for earlier in seen[-MAX_OCCURRENCES:]:
            if earlier + SEED <= position:
                yield position, earlier
        seen.append(position)
