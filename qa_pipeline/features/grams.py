"""Which characters and which pairs of characters stand in which lines: what a search for many strings begins with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.uint64]
Lines: TypeAlias = NDArray[np.uint64]
"""Sets of lines, 64 a word: bit ``i`` of word ``w`` is line ``64 * w + i``."""

_SHIFT = 21
"""Bits of a character's number in Unicode."""
_BREAK = ord("\n")


@dataclass(frozen=True, slots=True)
class Grams:
    """``codes`` of the characters and pairs, ascending; ``lines`` in which each stands, of shape ``[words, codes]``."""

    codes: Codes
    lines: Lines


def code_of(gram: str) -> int:
    """The code of one character, or of two."""
    return ord(gram) if len(gram) == 1 else (ord(gram[0]) << _SHIFT) + ord(gram[1])


def grams_of(texts: Sequence[str]) -> Grams:
    """The characters and pairs of ``texts`` (without line breaks), a text a line."""
    characters = np.frombuffer("\n".join(texts).encode("utf-32-le"), "<u4").astype(np.uint64)
    line = np.cumsum(characters == _BREAK).astype(np.uint64)
    first, second = characters[:-1], characters[1:]
    codes = np.concatenate([characters, (first << np.uint64(_SHIFT)) + second])
    lines = np.concatenate([line, line[:-1]])
    kept = np.concatenate([characters != _BREAK, (first != _BREAK) & (second != _BREAK)])
    return _gathered(codes[kept], lines[kept], -(-len(texts) // 64))


def _gathered(codes: Codes, lines: Codes, words: int) -> Grams:
    """Each code once, with all lines in which it stands."""
    order = np.argsort(codes, kind="stable")
    codes, lines = codes[order], lines[order]
    if not len(codes):
        return Grams(codes, np.zeros((words, 0), np.uint64))
    starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    bits = np.uint64(1) << lines % np.uint64(64)
    of_word = (np.where(lines // np.uint64(64) == word, bits, np.uint64(0)) for word in range(words))
    return Grams(codes[starts], np.stack([np.bitwise_or.reduceat(held, starts) for held in of_word]))


def as_numbers(lines: Lines) -> Iterable[int]:
    """Sets of lines of shape ``[words, n]`` as ``n`` numbers, bit ``i`` for line ``i``."""
    if len(lines) == 1:
        numbers: list[int] = lines[0].tolist()
        return numbers
    return (int.from_bytes(column.tobytes(), "little") for column in lines.T.astype("<u8"))
