"""Picks the calls of a course opener: the pair of greatest worth with its best third, and who could stand in for each.

For two and three calls the choice is exact (up to 1,500 calls): pairs are looked at by falling worth, until
even the best third there could be would not lift one above the best found. From the fourth on calls are added one by
one, each the best for what is there, and then exchanged as long as an exchange makes the whole better. Equal worths go
by recording id, so the same folder and wishes give the same calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from qa_pipeline.errors import RequestError
from qa_pipeline.examples.candidates import Candidate, Candidates
from qa_pipeline.examples.wishes import Field, Wishes, narrowed
from qa_pipeline.examples.worth import LEAST_GAP, Matrix, Part, Worth

RUNNERS_UP = 3


class Place(StrEnum):
    """What a call stands for in the choice."""

    GOOD = "good"
    BAD = "bad"
    OTHER = "other"

    @property
    def label(self) -> str:
        """In Chinese."""
        return {"good": "处理得好", "bad": "处理得不好", "other": "居中或另一类"}[self.value]


@dataclass(frozen=True)
class RunnerUp:
    """Who could stand in, and how much less (<= 0, or more for a call that a wish kept out) the whole is worth then."""

    call: Candidate
    difference: float


@dataclass(frozen=True)
class Pick:
    """A chosen call, what for, why, and who could stand in for it."""

    call: Candidate
    place: Place
    parts: tuple[Part, ...]
    runners_up: tuple[RunnerUp, ...]


@dataclass(frozen=True)
class Choice:
    """The picks in the order of a lesson (good, bad, others), and what all is worth."""

    picks: tuple[Pick, ...]
    worth: float
    notes: tuple[str, ...]
    considered: int
    theme: frozenset[str] = frozenset()


def choose(candidates: Candidates, wishes: Wishes) -> Choice:
    """The best choice under ``wishes``. Raises ``RequestError`` where there is none, or says what is in the way."""
    field = narrowed(candidates, wishes)
    worth = Worth(field.calls, field.theme_rules, wishes.seed, candidates.titles)
    chosen = _swapped(_best(worth, field, wishes.count), worth, wishes)
    picks = tuple(_pick(worth, field, chosen, slot) for slot in range(len(chosen)))
    return Choice(picks, _value(worth, chosen), field.notes, len(field.calls), field.theme_rules)


def _best(worth: Worth, field: Field, count: int) -> list[int]:
    best: list[int] = []
    value = -np.inf
    for pair_value, good, bad in _pairs(worth, field):
        if count == 2:
            return [good, bad]
        if pair_value + worth.best_third <= value:
            break
        thirds = worth.thirds([good, bad])
        third = int(np.argmax(thirds))
        if np.isfinite(thirds[third]) and pair_value + thirds[third] > value:
            best, value = [good, bad, third], float(pair_value + thirds[third])
    if not best:
        raise _no_choice(worth, field)
    return _with_more(worth, best, count)


def _pairs(worth: Worth, field: Field) -> Iterator[tuple[float, int, int]]:
    """(worth, good, bad) of all possible pairs, by falling worth, ties by recording id."""
    may_be_bad = np.array([call.recording_id not in field.not_bad for call in field.calls])
    values, goods, bads = [], [], []
    partners = len(field.calls) if len(field.calls) <= _ALL_PAIRS else _PARTNERS
    for good, row in _rows(worth, len(field.calls)):
        pairs = np.where(may_be_bad, row, -np.inf)
        possible = np.flatnonzero(np.isfinite(pairs))
        best = possible[np.argsort(-pairs[possible], kind="stable")[:partners]]
        values.append(pairs[best])
        goods.append(np.full(len(best), good))
        bads.append(best)
    if not goods or not sum(map(len, goods)):
        raise _no_choice(worth, field)
    value, good_of, bad_of = (np.concatenate(part) for part in (values, goods, bads))
    for i in np.argsort(-value, kind="stable"):
        yield float(value[i]), int(good_of[i]), int(bad_of[i])


def _rows(worth: Worth, count: int) -> Iterator[tuple[int, Matrix]]:
    """Each call as the good end, with the worth of all others as the bad one; computed some at a time."""
    for first in range(0, count, _BLOCK):
        yield from enumerate(worth.all_pairs(first, min(count, first + _BLOCK)), first)


_BLOCK = 256
_ALL_PAIRS = 1500
_PARTNERS = 200
"""In a field of more than ``_ALL_PAIRS`` calls so many bad ends are kept for each good one: the thirds that go with
them differ by little, and what lies further down would have to make up for more than that."""


def _with_more(worth: Worth, chosen: list[int], count: int) -> list[int]:
    """Greedy from the fourth call on, then exchanges of single calls while they help."""
    while len(chosen) < count:
        thirds = worth.thirds(chosen)
        nxt = int(np.argmax(thirds))
        if not np.isfinite(thirds[nxt]):
            raise RequestError(
                f"只有 {len(chosen)} 位不同的坐席可选，不够 {count} 通 calls of only {len(chosen)} different agents; "
                "choose fewer with -n"
            )
        chosen.append(nxt)
    better = count > 3
    while better:
        better = False
        for slot in range(2, count):
            rest = chosen[:slot] + chosen[slot + 1 :]
            thirds = worth.thirds(rest)
            candidate = int(np.argmax(thirds))
            swapped = [*chosen[:slot], candidate, *chosen[slot + 1 :]]
            if np.isfinite(thirds[candidate]) and _value(worth, swapped) > _value(worth, chosen) + 1e-4:
                chosen, better = swapped, True
    return chosen


def _swapped(chosen: list[int], worth: Worth, wishes: Wishes) -> list[int]:
    ids = [call.recording_id for call in worth.calls]
    for old, new in wishes.swap.items():
        if old not in [ids[i] for i in chosen]:
            now = "、".join(ids[i] for i in chosen)
            raise RequestError(f"--swap {old}={new}: {old} 没有被选中 is not among the chosen: {now}")
        if new not in ids:
            raise RequestError(f"--swap {old}={new}: {new} 不能作案例 cannot be an example (no score, or left out)")
        if ids.index(new) in chosen:
            raise RequestError(f"--swap {old}={new}: {new} 已经选中 is chosen already")
        chosen = [ids.index(new) if ids[i] == old else i for i in chosen]
    return chosen


def _pick(worth: Worth, field: Field, chosen: Sequence[int], slot: int) -> Pick:
    call = worth.calls[chosen[slot]]
    place = (Place.GOOD, Place.BAD)[slot] if slot < 2 else Place.OTHER
    parts = worth.pair_parts(chosen[0], chosen[1]) if slot < 2 else worth.third_parts(chosen[:slot], chosen[slot])
    return Pick(call, place, tuple(parts), tuple(_runners_up(worth, field, chosen, slot)))


def _runners_up(worth: Worth, field: Field, chosen: Sequence[int], slot: int) -> Iterator[RunnerUp]:
    """The best calls to stand in at ``slot`` with all others staying."""
    agents = {int(worth.agents[i]) for place, i in enumerate(chosen) if place != slot}
    now = _value(worth, chosen)
    found = []
    for i in _likely(worth, chosen, slot):
        call = worth.calls[i]
        barred = slot == 1 and call.recording_id in field.not_bad
        if i in chosen or int(worth.agents[i]) in agents or barred:
            continue
        value = _value(worth, [*chosen[:slot], i, *chosen[slot + 1 :]])
        if np.isfinite(value):
            found.append((now - value, call.recording_id, call))
    for less, _, call in sorted(found, key=lambda item: item[:2])[:RUNNERS_UP]:
        yield RunnerUp(call, -less)


def _likely(worth: Worth, chosen: Sequence[int], slot: int) -> list[int]:
    """The calls that are worth most at ``slot`` by itself; what they are worth to the rest is weighed after."""
    if slot == 0:
        values = np.concatenate([row[chosen[1] : chosen[1] + 1] for _, row in _rows(worth, len(worth.calls))])
    else:
        values = worth.pairs(chosen[0]) if slot == 1 else worth.thirds([*chosen[:slot], *chosen[slot + 1 :]])
    return [int(i) for i in np.argsort(-values, kind="stable")[:_LIKELY]]


_LIKELY = 120


def _value(worth: Worth, chosen: Sequence[int]) -> float:
    """What a whole choice is worth: its pair, then each further call by what it adds to those before."""
    value = float(worth.pairs(chosen[0])[chosen[1]])
    for slot in range(2, len(chosen)):
        value += float(worth.thirds(chosen[:slot])[chosen[slot]])
    return value


def _no_choice(worth: Worth, field: Field) -> RequestError:
    """Why no pair can be made, as far as it can be told."""
    known = {call.agent for call in worth.calls if call.agent}
    if len(known) == 1:
        return RequestError(
            "都是同一位坐席的通话，找不出不同坐席的对比 all calls are one agent's: widen --team or score more"
        )
    spread = float(worth.scores.max() - worth.scores.min())
    if spread < LEAST_GAP:
        return RequestError(
            f"分数相差不到 {LEAST_GAP:g} 分，找不出一好一坏 scores lie within {spread:g} points: score more calls"
        )
    if field.theme_rules:
        return RequestError(
            "这个主题上没有一过一不过的两通 no two calls of different agents differ on this theme: try another"
        )
    return RequestError("找不出不同坐席、分数有差距的一组 no contrast between different agents: widen the choice")
