"""Lengths of time and times of day as people type them: ``90m``, ``1h30m``, ``45`` (seconds), ``07:00``."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import typer

_UNITS = {"d": 86_400, "h": 3600, "m": 60, "s": 1, "天": 86_400, "小时": 3600, "分钟": 60, "分": 60, "秒": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|m|s|天|小时|分钟|分|秒)\s*", re.IGNORECASE)
_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


def duration(text: str) -> float:
    """Seconds of ``10h``, ``1h30m``, ``90m``, ``2.5h``, ``45s``, ``1小时30分``; a bare number is seconds. Above 0.

    Raises ``typer.BadParameter``, which typer shows with the option's name.
    """
    text = str(text).strip()
    parts = list(_PART.finditer(text))
    if parts and "".join(part[0] for part in parts) == text:
        seconds = sum(float(part[1]) * _UNITS[part[2].lower()] for part in parts)
    elif re.fullmatch(r"\d+(\.\d+)?", text):
        seconds = float(text)
    else:
        raise typer.BadParameter(f"写成 write it as 10h, 1h30m, 90m, 45s; 不是 not {text!r}")
    if seconds <= 0:
        raise typer.BadParameter(f"要大于零 must be more than nothing: {text!r}")
    return seconds


def time_of_day(text: str) -> str:
    """``HH:MM`` of ``7:00`` or ``07:00``. Raises ``typer.BadParameter``."""
    found = _TIME.fullmatch(str(text).strip())
    if found is None:
        raise typer.BadParameter(f"写成 write it as 07:00; 不是 not {text!r}")
    return f"{int(found[1]):02d}:{found[2]}"


def seconds_until(clock: str, now: datetime) -> float:
    """Seconds from ``now`` to the next time that it is ``clock`` (``HH:MM``), today or tomorrow; above 0."""
    hour, minute = map(int, clock.split(":"))
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if then <= now:
        then += timedelta(days=1)
    return (then - now).total_seconds()


def spoken(seconds: float) -> str:
    """``seconds`` as people say it: ``45 s``, ``12 min``, ``9 h 05 min``."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
