"""The numbers that the charts draw, as plain values; how they look is the page's own matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qa_pipeline.outputs.figures import BIN, EditionFigures, Figures, NightFigures
from qa_pipeline.outputs.report.baseline import Baseline
from qa_pipeline.outputs.report.trend import Trend


def charts(night: NightFigures, past: Trend, baselines: Sequence[Baseline | None]) -> dict[str, Any]:
    """By chart: one entry for each rule-set version, and the trend over all."""
    return {
        "editions": [
            {
                "scores": _scores(part.whole),
                "hours": _hours(part),
                "sections": _sections(part, baseline),
            }
            for part, baseline in zip(night.editions, baselines, strict=True)
        ],
        "trend": [_point(point.day, point.edition.name, point.figures) for point in past.points],
    }


def _scores(figures: Figures) -> dict[str, Any]:
    edges = list(range(0, max([100, *figures.bins]) + 1, BIN))
    return {"edges": edges, "width": BIN, "calls": [figures.bins[edge] for edge in edges]}


def _hours(part: EditionFigures) -> dict[str, Any]:
    """From the first hour to the last around the clock; the night's gap, its longest silence, lies outside."""
    busy = sorted(int(hour) for hour in part.by["hour"])
    if not busy:
        return {"hours": [], "calls": [], "scores": []}
    gaps = [((busy[(i + 1) % len(busy)] - hour) % 24 or 24, i) for i, hour in enumerate(busy)]
    first = busy[(max(gaps)[1] + 1) % len(busy)]
    hours = [(first + step) % 24 for step in range(24 - max(gaps)[0] + 1)]
    found = [part.by["hour"].get(f"{hour:02d}", Figures()) for hour in hours]
    return {
        "hours": [f"{hour:02d}" for hour in hours],
        "calls": [figures.calls for figures in found],
        "scores": [figures.mean_score for figures in found],
    }


def _sections(part: EditionFigures, baseline: Baseline | None) -> dict[str, Any]:
    names = [name for name in part.whole.sections if part.whole.mean_rate(name) is not None]
    return {
        "names": names,
        "rates": [part.whole.mean_rate(name) for name in names],
        "reference": [baseline.section(name) if baseline else None for name in names],
        "reference_name": [baseline.zh, baseline.en] if baseline else None,
    }


def _point(day: str, edition: str, figures: Figures) -> dict[str, Any]:
    return {
        "day": day,
        "edition": edition,
        "calls": figures.calls,
        "failed": figures.n_failed,
        "score": figures.mean_score,
        "rate": figures.mean_rate(),
        "cannot_tell": figures.cannot_tell_share,
        "vetoed": figures.vetoed,
    }
