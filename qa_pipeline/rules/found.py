"""What an operator found in the turns of a call: its places, which turns they are in, and the evidence they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa_pipeline.features.timeline import Turns
from qa_pipeline.records import Evidence
from qa_pipeline.rules.operators import Spot, Spotter
from qa_pipeline.rules.schema import Guard

if TYPE_CHECKING:
    from qa_pipeline.rules.view import View


class Found:
    """The places of one operator in one call. Evidence is made for those that are in view, once for equal guards."""

    __slots__ = ("_hits", "_spots", "turns")

    def __init__(self, operator: Spotter, spots: Sequence[Spot]) -> None:
        if operator.by_time and len(spots) > 1:
            spots = sorted(spots, key=lambda spot: spot[0].times(spot[1], spot[2]))
        self._spots = [(1 << spot[0].index, spot) for spot in spots]
        self._hits: dict[frozenset[Guard], list[Evidence | None]] = {}
        self.turns: Turns = 0
        for turn, _ in self._spots:
            self.turns |= turn

    def hits(self, turns: Turns, view: View) -> Sequence[Evidence]:
        """The places in these ``turns`` as evidence, as the guards of ``view`` weigh them."""
        hits = self._hits.get(view.guards)
        if hits is None:
            hits = self._hits[view.guards] = [None] * len(self._spots)
        chosen = []
        for number, (turn, spot) in enumerate(self._spots):
            if turn & turns:
                hit = hits[number]
                if hit is None:
                    hit = hits[number] = view.hit(*spot)
                chosen.append(hit)
        return chosen
