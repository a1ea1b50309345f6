"""The speakers: named voices of espeak-ng that differ audibly and that the demo model is trained on.

A sample call may use any voice of ``VOICES`` at any rate from ``SLOWEST`` to ``FASTEST``; the demo model knows these
voices and nobody else's. Variants that espeak-ng pronounces badly in Mandarin (``edward``, ``Alicia``, the whispering
and the robot ones) are left out on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

BASE = "cmn-latn-pinyin"
"""The language. Debian's ``cmn`` and ``zh`` read most Chinese words as English-spelled pinyin; this one reads every Han
character as exactly one Mandarin syllable."""

SLOWEST, FASTEST = 130, 260
"""Rates (espeak words per minute) inside which the demo model is trained; 170 is everyday speech."""


@dataclass(frozen=True)
class Voice:
    """One speaker. ``pitch`` and ``pitch_range`` are espeak's 0..99 scales (50 is the variant's own)."""

    name: str
    variant: str
    gender: Literal["female", "male"]
    rate: int = 170
    pitch: int = 50
    pitch_range: int = 50

    @property
    def espeak_name(self) -> str:
        """The name that espeak-ng loads, for example ``cmn-latn-pinyin+f3``."""
        return f"{BASE}+{self.variant}"

    def at(self, *, rate: int | None = None, pitch: int | None = None, pitch_range: int | None = None) -> Voice:
        """Return the same speaker speaking faster, slower, higher, lower or flatter."""
        return replace(
            self,
            rate=self.rate if rate is None else rate,
            pitch=self.pitch if pitch is None else pitch,
            pitch_range=self.pitch_range if pitch_range is None else pitch_range,
        )


_POOL = (
    Voice("anna", "f1", "female", rate=170, pitch=52),
    Voice("fang", "f2", "female", rate=175, pitch=58),
    Voice("hong", "f3", "female", rate=165, pitch=50),
    Voice("jing", "f4", "female", rate=180, pitch=44),
    Voice("lan", "f5", "female", rate=168, pitch=55),
    Voice("linda", "linda", "female", rate=178, pitch=48),
    Voice("belinda", "belinda", "female", rate=160, pitch=60),
    Voice("bo", "m1", "male", rate=172, pitch=45),
    Voice("gang", "m2", "male", rate=180, pitch=40),
    Voice("jun", "m3", "male", rate=165, pitch=52),
    Voice("lei", "m4", "male", rate=175, pitch=48),
    Voice("tao", "m7", "male", rate=170, pitch=56),
    Voice("adam", "adam", "male", rate=162, pitch=42),
    Voice("gene", "Gene", "male", rate=178, pitch=50),
)

VOICES: dict[str, Voice] = {voice.name: voice for voice in _POOL}
"""The pool, by name: seven women and seven men."""

EXTRA_VARIANTS = ("m5", "m6", "m8", "Diogo", "max", "steph")
"""Variants used in training only, so that the model does not hang on the pool's exact timbres."""
