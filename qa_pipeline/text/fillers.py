"""A turn as one would say it who does not stammer: without 呃, 嗯, 那个, 就是 and the like, places kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_FILLERS = re.compile("呃+|嗯+|额(?=额|那个|就是|我|你|您)|就是说|那个|这个|就是|反正|然后")


@dataclass(frozen=True, slots=True)
class Squeezed:
    """``text`` without its fillers and, for each of its characters, where it stood before (ascending)."""

    text: str
    places: tuple[int, ...]


@lru_cache(maxsize=4096)
def without_fillers(text: str) -> Squeezed | None:
    """``text`` (normalised) without its fillers; None where it holds none."""
    if _FILLERS.search(text) is None:
        return None
    silent = {place for filler in _FILLERS.finditer(text) for place in range(*filler.span())}
    places = tuple(place for place in range(len(text)) if place not in silent)
    return Squeezed("".join(text[place] for place in places), places)
