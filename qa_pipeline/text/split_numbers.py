"""Numbers told in parts over several turns: 幺三八 / 嗯 幺三八 / 零零幺三 / 好的 / 八零零零.

The listener may nod or give the digits back in between. Each part keeps its own span, for masks and for evidence.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.text.entities import PERSONAL, EntityKind, read_digits
from qa_pipeline.text.numbers import SPOKEN, Run, runs

LISTENER_SAYS = 16
"""Characters that the listener may say between two parts; with more, the talk has moved on."""

EDGE = 3
"""Characters (是, 嗯, 的) that may stand between a part and the beginning or end of its turn."""

_DIGITS = frozenset(SPOKEN) | frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Part:
    """``texts[turn][start:end]``: some of the digits."""

    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SplitNumber:
    """A number told in two or more ``parts``, in order."""

    kind: EntityKind
    value: str
    parts: tuple[Part, ...]


def split_numbers(turns: Sequence[tuple[Hashable, str]]) -> Iterator[SplitNumber]:
    """The personal numbers that one speaker tells over several of ``turns`` (speaker, normalised text), in order."""
    number = 0
    while number < len(turns):
        chain = _chain(turns, number)
        if len(chain) > 1:
            yield from _read(turns, chain)
        number = chain[-1][0] + 1 if chain else number + 1


def _chain(turns: Sequence[tuple[Hashable, str]], first: int) -> list[tuple[int, Run]]:
    """The parts, turn by turn, of what the speaker of turn ``first`` begins to tell at its end."""
    speaker, text = turns[first]
    opening = _at_edge(text, at_end=True)
    if opening is None:
        return []
    chain = [(first, opening)]
    for number in range(first + 1, len(turns)):
        who, text = turns[number]
        if who != speaker:
            if len(text) > LISTENER_SAYS:
                break
            continue
        part = _at_edge(text, at_end=False)
        if part is None:
            break
        chain.append((number, part))
        if len(text) - part.end > EDGE:
            break
    return chain


def _at_edge(text: str, *, at_end: bool) -> Run | None:
    """The digits with which ``text`` ends (or begins); None where there are none."""
    near = text[-EDGE - 1 :] if at_end else text[: EDGE + 1]
    if _DIGITS.isdisjoint(near):
        return None
    found = list(runs(text, 2))
    if not found:
        return None
    run = found[-1] if at_end else found[0]
    return run if (len(text) - run.end if at_end else run.start) <= EDGE else None


def _read(turns: Sequence[tuple[Hashable, str]], chain: Sequence[tuple[int, Run]]) -> Iterator[SplitNumber]:
    """The number that the parts make together, where it takes more than one of them."""
    first, opening = chain[0]
    lead = turns[first - 1][1] if first else ""
    digits = "".join(run.digits for _, run in chain)
    kind, length = read_digits(digits, lead + turns[first][1][: opening.start])
    if kind not in PERSONAL or length <= len(opening.digits):
        return
    parts, left = [], length
    for number, run in chain:
        if left > 0:
            told = run.part(0, min(left, len(run.digits)))
            parts.append(Part(number, told.start, told.end))
            left -= len(run.digits)
    yield SplitNumber(kind, digits[:length], tuple(parts))
