"""What a choice of examples is worth: a sum of parts, each of which can be said in words.

A pair is worth much where one call is handled well and the other badly, of the same kind and about the same matter,
where the one does what the other fails to, and where both are good to listen to. A further call is worth much where
its score lies between, or it is of the other kind, and where it shows faults that the pair does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.examples.candidates import Candidate

GAP = 3.0
KIND = 2.0
TOPIC = 4.0
RULES = 3.0
LISTEN = 2.5
BETWEEN = 2.0
NEW_FAULTS = 1.5
OTHER_MATTER = 0.5
"""How much each part counts at its best."""

WIDE_GAP = 40.0
"""Points between good and bad from which on more adds nothing."""

LEAST_GAP = 10.0
"""A smaller difference in score is no contrast."""

MANY_RULES = 6
"""Opposite rules from which on more add nothing."""

JITTER = 0.6
"""With a seed other than 0, each call's worth moves by up to so much: about as good is good enough."""

_TELLING = ("taboo-", "redline-", "shirking", "banned-", "overpromise")
_WORDS = 512

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Part:
    """One part of a worth, and what it comes from, in words."""

    name: str
    value: float
    why: str


class Worth:
    """The calls of a field as arrays, so that all pairs of thousands can be weighed."""

    def __init__(
        self, calls: Sequence[Candidate], theme: frozenset[str], seed: int, titles: Mapping[str, str] | None = None
    ) -> None:
        self.titles = titles or {}
        self.calls = calls
        self.theme = theme
        self.scores = np.array([call.score for call in calls], np.float32)
        self.listen = np.array([call.listening.value for call in calls], np.float32)
        self.jitter = np.array([_jitter(call.recording_id, seed) for call in calls], np.float32)
        self.rules = sorted(frozenset().union(*(call.failed | call.passed for call in calls)))
        self.failed = _matrix([call.failed for call in calls], self.rules)
        self.passed = _matrix([call.passed for call in calls], self.rules)
        self.topics = _topics([call.topic for call in calls])
        self.kinds = _codes([call.kind.value for call in calls])
        self.queues = _codes([call.queue for call in calls])
        self.agents = _codes([call.agent for call in calls])

    def pairs(self, good: int) -> Matrix:
        """(calls,) the worth of each call as the bad end of a pair with the call ``good``; -inf where it cannot be."""
        row: Matrix = self.all_pairs(good, good + 1)[0]
        return row

    def all_pairs(self, first: int, last: int) -> Matrix:
        """(last - first, calls) ``pairs`` for each of the calls ``[first, last)`` as the good end."""
        goods = slice(first, last)
        gap = self.scores[goods, None] - self.scores
        opposite = self.passed[goods].astype(np.float32) @ self.failed.astype(np.float32).T
        value: Matrix = (
            GAP * np.minimum(1.0, gap / WIDE_GAP)
            + KIND * (self.kinds[goods, None] == self.kinds)
            + TOPIC * self._matters(goods)
            + RULES * np.minimum(1.0, opposite / MANY_RULES)
            + LISTEN * (self.listen[goods, None] + self.listen)
            + self.jitter[goods, None]
            + self.jitter
        ).astype(np.float32)
        value[(gap < LEAST_GAP) | (self.agents[goods, None] == self.agents)] = -np.inf
        if self.theme:
            on_theme = [self.rules.index(rule) for rule in self.theme if rule in self.rules]
            passed, failed = (matrix[:, on_theme].astype(np.float32) for matrix in (self.passed, self.failed))
            value[passed[goods] @ failed.T < 0.5] = -np.inf
        return value

    def thirds(self, chosen: Sequence[int]) -> Matrix:
        """(calls,) what each call adds to ``chosen`` (good, bad, ...); -inf for agents that are there already."""
        good, bad = chosen[0], chosen[1]
        value: Matrix = (
            LISTEN * self.listen
            + BETWEEN * np.maximum(self._between(good, bad), self._other_kind(chosen))
            + NEW_FAULTS * np.minimum(1.0, (self.failed * ~self._faults(chosen)).sum(axis=1) / 3)
            + OTHER_MATTER * (1.0 - np.maximum.reduce([self._matter(i) for i in chosen]))
            + self.jitter
        ).astype(np.float32)
        value[np.isin(self.agents, self.agents[list(chosen)])] = -np.inf
        value[list(chosen)] = -np.inf
        return value

    @property
    def best_third(self) -> float:
        """No call can add more than this to a pair."""
        return LISTEN + BETWEEN + NEW_FAULTS + OTHER_MATTER + JITTER

    def pair_parts(self, good: int, bad: int) -> list[Part]:
        """Why these two: the parts of ``pairs(good)[bad]``."""
        a, b = self.calls[good], self.calls[bad]
        gap = a.score - b.score
        opposite = sorted(a.passed & b.failed)
        matter = float(self._matter(good)[bad])
        return [
            Part("反差", GAP * min(1.0, gap / WIDE_GAP), f"{a.score:g} 分对 {b.score:g} 分"),
            Part(
                "同类",
                KIND * (a.kind is b.kind),
                a.kind.label if a.kind is b.kind else f"{a.kind.label}、{b.kind.label}",
            ),
            Part("同题", TOPIC * matter, a.queue if a.queue == b.queue and a.queue else f"话题相近 {matter:.0%}"),
            Part("一通做到、一通没做到", RULES * min(1.0, len(opposite) / MANY_RULES), self._named(opposite)),
            Part("好听", LISTEN * (a.listening.value + b.listening.value), "时长、音质、有转折点"),
        ]

    def third_parts(self, chosen: Sequence[int], third: int) -> list[Part]:
        """Why this one as well: the parts of ``thirds(chosen)[third]``."""
        call = self.calls[third]
        between = float(self._between(chosen[0], chosen[1])[third])
        other = float(self._other_kind(chosen)[third])
        faults = self.failed[third] * ~self._faults(chosen)
        new = [rule for rule, fault in zip(self.rules, faults, strict=True) if fault]
        matter = float(np.maximum.reduce([self._matter(i) for i in chosen])[third])
        why = f"是{call.kind.label}" if other >= between else f"{call.score:g} 分，介于两者之间"
        return [
            Part("居中或另一类", BETWEEN * max(between, other), why),
            Part("前面没有的问题", NEW_FAULTS * min(1.0, len(new) / 3), self._named(new)),
            Part("另一件事", OTHER_MATTER * (1.0 - matter), call.queue or ""),
            Part("好听", LISTEN * call.listening.value, "时长、音质、有转折点"),
        ]

    def _named(self, rules: Iterable[str]) -> str:
        """How many rules, and the first of them by name: taboos and red lines before courtesies."""
        ordered = sorted(rules, key=lambda rule: (_telling(rule), rule))
        first = "／".join(_short(self.titles.get(rule, rule)) for rule in ordered[:3])
        return f"{len(ordered)} 条，如{first}" if ordered else ""

    def _matter(self, call: int) -> Matrix:
        """(calls,) how much each is about the same matter as ``call``, 0 to 1: the same queue, the same words."""
        row: Matrix = self._matters(slice(call, call + 1))[0]
        return row

    def _matters(self, calls: slice) -> Matrix:
        words = np.minimum(1.0, 2.0 * (self.topics[calls] @ self.topics.T))
        alike: Matrix = (0.4 * (self.queues[calls, None] == self.queues) + 0.6 * words).astype(np.float32)
        return alike

    def _between(self, good: int, bad: int) -> Matrix:
        middle, half = (self.scores[good] + self.scores[bad]) / 2, abs(self.scores[good] - self.scores[bad]) / 2
        near: Matrix = np.maximum(0.0, 1.0 - np.abs(self.scores - middle) / max(half, 1.0)).astype(np.float32)
        return near

    def _other_kind(self, chosen: Sequence[int]) -> Matrix:
        return (~np.isin(self.kinds, self.kinds[list(chosen)])).astype(np.float32)

    def _faults(self, chosen: Sequence[int]) -> NDArray[np.bool_]:
        return np.asarray(self.failed[list(chosen)].any(axis=0), bool)


def _matrix(sets: Sequence[frozenset[str]], names: Sequence[str]) -> NDArray[np.bool_]:
    place = {name: i for i, name in enumerate(names)}
    matrix = np.zeros((len(sets), len(names)), bool)
    for row, members in enumerate(sets):
        matrix[row, [place[name] for name in members]] = True
    return matrix


def _codes(names: Sequence[str | None]) -> NDArray[np.int64]:
    """A number for each name; whatever has none is like no other."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) if name else -1 - i for i, name in enumerate(names)], np.int64)


def _topics(words: Sequence[frozenset[str]]) -> Matrix:
    """(calls, buckets) unit vectors: rare words weigh more, and words fall into buckets by their digest."""
    count: dict[str, int] = {}
    for said in words:
        for word in said:
            count[word] = count.get(word, 0) + 1
    vectors = np.zeros((len(words), _WORDS), np.float32)
    for row, said in enumerate(words):
        for word in said:
            vectors[row, _digest(word) % _WORDS] += np.log((1 + len(words)) / (1 + count[word])) + 0.1
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Matrix = vectors / np.maximum(length, 1e-6)
    return unit


def _short(title: str) -> str:
    """The head of a title (共情：说出客户的感受), unless it says nothing by itself (红线：拒绝的态度)."""
    head = title.split("：", maxsplit=1)[0]
    return head if head != "红线" else title


def _telling(rule: str) -> int:
    """How early to name a rule: a trainer thinks in taboos and red lines."""
    return next((place for place, head in enumerate(_TELLING) if rule.startswith(head)), len(_TELLING))


def _jitter(recording_id: str, seed: int) -> float:
    return JITTER * (_digest(f"{seed}:{recording_id}") % 1000) / 1000 if seed else 0.0


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
