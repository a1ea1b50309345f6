"""Chinese words by jieba, with character offsets. jieba is loaded on first use and kept quiet."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Token:
    """One word: ``text`` occupies ``[start, end)`` of the segmented string."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def segment(text: str) -> tuple[Token, ...]:
    """Cut ``text`` into words that together cover it exactly, in order."""
    return tuple(Token(word, start, end) for word, start, end in _tokenizer().tokenize(text))


def word_boundaries(text: str) -> frozenset[int]:
    """The positions at which a word begins or ends, 0 and ``len(text)`` included."""
    return frozenset({0, len(text)} | {token.start for token in segment(text)})


def word_frequency(word: str) -> int:
    """How often jieba's dictionary has met ``word``; 0 for a word it does not know."""
    return int(_tokenizer().FREQ.get(word) or 0)


def keep_whole(words: Iterable[str]) -> None:
    """Teach jieba ``words`` in this process: wherever they stand they are one token (see ``vocabulary``)."""
    for word in words:
        _tokenizer().add_word(word)
    segment.cache_clear()


@cache
def _tokenizer() -> Any:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return tokenizer


def how_common(word: str) -> int:
    """How often a word stands in the text that jieba's dictionary was counted on; 0 where it does not know it."""
    return int(_tokenizer().FREQ.get(word) or 0)
