"""The turns of one side as one text, a line each, so that one search runs over all that it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qa_pipeline.features.passages import Passage
from qa_pipeline.text.fillers import without_fillers
from qa_pipeline.text.pinyin import as_heard


@dataclass(frozen=True)
class Lines:
    """``text`` holds each turn, and then each turn that has fillers once more without them.

    Every line has a bit: turn ``i`` of the call ``1 << i``, without its fillers ``1 << (turns + i)``. ``bits`` gives
    for each character of ``text`` the bit of its line, ``starts`` for each bit where its line begins.
    """

    text: str
    bits: Sequence[int]
    starts: dict[int, int]
    turns: int

    @cached_property
    def characters(self) -> Mapping[str, int]:
        """For each character the lines in which it stands, as bits."""
        found: dict[str, int] = {}
        for character, bit in zip(self.text, self.bits, strict=False):
            found[character] = found.get(character, 0) | bit
        return found


def lines_of(passages: Sequence[Passage], turns: int) -> Lines:
    """The lines of ``passages``, some of the ``turns`` of a call."""
    squeezed = [(1 << turns + p.index, s.text) for p in passages if (s := without_fillers(p.text)) is not None]
    return _joined([*((1 << p.index, p.text) for p in passages), *squeezed], turns)


def sounds_of(passages: Sequence[Passage], turns: int) -> Lines:
    """How ``passages`` sound, in the codes of ``text.pinyin``; the turns as they were said only."""
    return _joined([(1 << p.index, as_heard(p.text)) for p in passages], turns)


def _joined(lines: Sequence[tuple[int, str]], turns: int) -> Lines:
    pieces: list[str] = []
    bits: list[int] = []
    starts: dict[int, int] = {}
    for bit, text in lines:
        starts[bit] = len(bits)
        pieces.append(text)
        bits += [bit] * (len(text) + 1)
    return Lines("\n".join(pieces), bits, starts, turns)
