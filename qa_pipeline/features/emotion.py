"""The customer's emotion through a call: where it was worst (峰), how it ended (终), and whether it recovered.

Peak and end are what a caller remembers (峰终定律, seeds/002). The curve is read from two rough signs: how angry the
words sound (``text.sentiment``) and how far the voice rises above the speaker's own usual loudness. It shows a trend
to a person who then listens; no points hang on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from qa_pipeline.records import Role, Seconds, Utterance
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.sentiment import sentiment

LOUD_DB = 6.0
"""A voice this far above its own median counts as fully raised."""

_LOUDNESS_WEIGHT = 0.35
_NEIGHBOUR = 0.5  # the weight of the utterance before and after, beside the utterance's own 1
_RECOVERED = 0.15


@dataclass(frozen=True, slots=True)
class Mood:
    """One utterance of the customer. ``tension`` in [0, 1]: 0 calm, 1 angry, smoothed over its neighbours."""

    start: Seconds
    end: Seconds
    tension: float


@dataclass(frozen=True, slots=True)
class EmotionCurve:
    """``moods`` in time order, at least two; ``peak`` is the tensest, ``end`` the last."""

    moods: tuple[Mood, ...]
    peak: Mood
    end: Mood

    @property
    def recovered(self) -> bool:
        """Whether the call ended clearly calmer than its peak."""
        return self.peak.tension - self.end.tension >= _RECOVERED


def emotion_curve(utterances: Sequence[Utterance], role: Role = Role.CUSTOMER) -> EmotionCurve | None:
    """The curve over ``role``'s utterances; None where fewer than two of them say anything."""
    spoken = [(u, tension) for u in utterances if u.role is role and (tension := _tension(u)) is not None]
    if len(spoken) < 2:
        return None
    usual = _usual_loudness([u for u, _ in spoken])
    raw = [_with_voice(tension, u.loudness_db, usual) for u, tension in spoken]
    smooth = [_smoothed(raw, index) for index in range(len(raw))]
    moods = tuple(Mood(u.start, u.end, round(value, 3)) for (u, _), value in zip(spoken, smooth, strict=True))
    return EmotionCurve(moods, max(moods, key=lambda mood: mood.tension), moods[-1])


def _tension(utterance: Utterance) -> float | None:
    calm = sentiment(normalise(utterance.text).text)
    return None if calm is None else 1 - calm


def _usual_loudness(utterances: Sequence[Utterance]) -> float | None:
    measured = [u.loudness_db for u in utterances if u.loudness_db is not None]
    return median(measured) if len(measured) >= 3 else None


def _with_voice(tension: float, loudness: float | None, usual: float | None) -> float:
    if loudness is None or usual is None:
        return tension
    raised = min(1.0, max(0.0, (loudness - usual) / LOUD_DB))
    return (1 - _LOUDNESS_WEIGHT) * tension + _LOUDNESS_WEIGHT * raised


def _smoothed(values: Sequence[float], index: int) -> float:
    near = range(max(0, index - 1), min(len(values), index + 2))
    weights = {i: 1.0 if i == index else _NEIGHBOUR for i in near}
    return sum(values[i] * weight for i, weight in weights.items()) / sum(weights.values())
