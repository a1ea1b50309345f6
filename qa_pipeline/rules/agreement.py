"""How well two judges agree: counts, precision, recall, F1, Cohen's kappa, confusion, rank correlation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Counts:
    """How often a thing was found where it is (``hits``), where it is not (``false_alarms``), and so on."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    rejections: int = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool]]) -> Counts:
        """From pairs of what is true and what was found."""
        seen = Counter(pairs)
        return cls(seen[True, True], seen[True, False], seen[False, True], seen[False, False])

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.hits + other.hits,
            self.misses + other.misses,
            self.false_alarms + other.false_alarms,
            self.rejections + other.rejections,
        )

    @property
    def support(self) -> int:
        """How often it is there."""
        return self.hits + self.misses

    @property
    def precision(self) -> float | None:
        """Share of what was found that is there; None where nothing was found."""
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float | None:
        """Share of what is there that was found; None where nothing is."""
        return _share(self.hits, self.support)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both, 0 where nothing was found right; None where nothing is there and nothing found."""
        return _share(2 * self.hits, 2 * self.hits + self.misses + self.false_alarms)

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa over yes and no."""
        pairs = {
            (True, True): self.hits,
            (True, False): self.misses,
            (False, True): self.false_alarms,
            (False, False): self.rejections,
        }
        return kappa_of(pairs)

    @property
    def turned(self) -> Counts:
        """The same, where its absence is what is looked for."""
        return Counts(self.rejections, self.false_alarms, self.misses, self.hits)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def kappa_of(pairs: Mapping[tuple[V, V], int]) -> float | None:
    """Cohen's kappa (1960): agreement beyond what the two judges' own habits would give by chance.

    ``pairs`` counts each pair of verdicts. None where chance alone gives full agreement (both always say the same one
    thing), and where there are no pairs.
    """
    total = sum(pairs.values())
    if not total:
        return None
    first: Counter[V] = Counter()
    second: Counter[V] = Counter()
    for (one, other), count in pairs.items():
        first[one] += count
        second[other] += count
    agreed = sum(count for (one, other), count in pairs.items() if one == other) / total
    by_chance = sum(first[verdict] * second[verdict] for verdict in first) / total**2
    return None if by_chance >= 1 else (agreed - by_chance) / (1 - by_chance)


def mean(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return _share(sum(values), len(values))


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's rho: Pearson's r over ranks, ties sharing their mean rank. None where either does not vary."""
    return _pearson(_ranks(first), _ranks(second))


def _ranks(values: Sequence[float]) -> list[float]:
    ranks = [0.0] * len(values)
    order = sorted(range(len(values)), key=lambda index: values[index])
    before = 0
    for _, tied in groupby(order, key=lambda index: values[index]):
        indices = list(tied)
        for index in indices:
            ranks[index] = before + (len(indices) + 1) / 2
        before += len(indices)
    return ranks


def _pearson(first: Sequence[float], second: Sequence[float]) -> float | None:
    if len(first) < 2:
        return None
    mean_first, mean_second = sum(first) / len(first), sum(second) / len(second)
    together = sum((a - mean_first) * (b - mean_second) for a, b in zip(first, second, strict=True))
    spread = sum((a - mean_first) ** 2 for a in first) * sum((b - mean_second) ** 2 for b in second)
    return together / spread**0.5 if spread else None
