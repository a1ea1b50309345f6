"""A recogniser that has lost its way says one thing over and over. People also repeat themselves, but not as often."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qa_pipeline.text.normalise import normalise


def longest_loop(text: str, times: Mapping[int, int]) -> str:
    """The unit that ``text`` repeats without a break more often than ``times`` allows; empty where none is.

    ``times``: characters of a unit -> how often in a row is too often; a length that is not named counts like the next
    shorter one that is, and below the shortest none is counted. Punctuation and spaces do not count. Of several units
    the one that fills most is returned.
    """
    characters = normalise(text).text
    codes = np.frombuffer(characters.encode("utf-32-le"), np.uint32)
    best, filled = "", 0
    for length in range(min(times), len(codes) // 2 + 1):
        limit = times[max(known for known in times if known <= length)]
        start, run = _longest_run(codes[length:] == codes[:-length])
        if run >= length * (limit - 1) and run + length > filled:
            best, filled = characters[start : start + length], run + length
    return best


def _longest_run(same: np.ndarray) -> tuple[int, int]:
    """Where the longest run of True begins, and its length; (0, 0) where there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    longest = int(np.argmax(lengths))
    return int(edges[2 * longest]), int(lengths[longest])
