"""Mono stored as stereo: channels that carry the same sound are one channel.

A recorder that mixes both people and writes the mix twice would otherwise double every word, and the second copy would
be taken for the other side. Two channels are one where what is left after taking one from the other is nothing beside
it: a codec may have gone over both, and one may be louder throughout.
"""

from __future__ import annotations

import numpy as np

from qa_pipeline.audio.decode import Samples

RESIDUE_DB = -25.0
"""How far below the channel the rest must lie; a loud echo of the other side leaves far more."""

_BLOCK = 1 << 21  # two minutes: no copy of a long recording is made
_SILENT = 1e-9  # mean power below which there is nothing to compare: -90 dB


def distinct(channels: Samples) -> tuple[int, ...]:
    """The indices of the channels that carry a sound of their own, in order; a copy of an earlier one is left out.

    Silent channels are all kept: a side that says nothing is a side.
    """
    kept: list[int] = []
    for index in range(len(channels)):
        if not any(_same(channels[other], channels[index]) for other in kept):
            kept.append(index)
    return tuple(kept)


def _same(one: Samples, other: Samples) -> bool:
    energy_one, energy_other, product = 0.0, 0.0, 0.0
    for at in range(0, len(one), _BLOCK):
        a, b = one[at : at + _BLOCK], other[at : at + _BLOCK]
        energy_one += float(np.dot(a, a))
        energy_other += float(np.dot(b, b))
        product += float(np.dot(a, b))
    if min(energy_one, energy_other) <= _SILENT * len(one):
        return False
    # With the best gain g the residue of other - g * one has the share 1 - r^2 of its energy; a copy is never inverted
    # on one side only by chance, so the sign does not matter.
    residue = 1.0 - product * product / (energy_one * energy_other)
    return residue <= float(10 ** (RESIDUE_DB / 10))
