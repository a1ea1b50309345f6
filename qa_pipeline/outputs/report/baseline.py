"""What a realization rate is compared with (seeds/003 sets one line's 73.8 % beside 75.2 % of all lines).

A file of rates that a site was given (``--baseline``), else the earlier nights under the same rule-set version.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.figures import Figures, section_of
from qa_pipeline.storage import is_url, open_binary, why

_MEAN = ("", "平均", "总平均", "mean")


@dataclass(frozen=True, slots=True)
class Baseline:
    """``rates`` in [0, 1] by indicator; ``mean`` over all of them, or as the file says."""

    zh: str
    en: str
    rates: Mapping[str, float]
    mean: float | None
    calls: int | None = None

    def section(self, name: str) -> float | None:
        """The plain mean over a section's indicators."""
        rates = [rate for indicator, rate in self.rates.items() if section_of(indicator) == name]
        return sum(rates) / len(rates) if rates else None


def read_baseline(path: str | os.PathLike[str]) -> Baseline:
    """A CSV with the columns ``indicator`` and ``rate`` (0 to 1, or per cent); an indicator ``mean`` or 平均 is theirs.

    It may lie behind a URL. Raises RequestError that names the line.
    """
    rates: dict[str, float] = {}
    mean = None
    try:
        with open_binary(path) as file:
            reader = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))
            if not {"indicator", "rate"} <= set(reader.fieldnames or ()):
                raise RequestError(f"{path}: needs the columns indicator,rate, such as 接待礼仪/开头语,58.2%")
            for line, row in enumerate(reader, 2):
                rate = _rate(row["rate"], path, line)
                if (name := (row["indicator"] or "").strip()) in _MEAN:
                    mean = rate
                else:
                    rates[name] = rate
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = why(error) if isinstance(error, OSError) and is_url(path) else error
        raise RequestError(f"{path}: cannot be read as UTF-8 CSV: {reason}") from error
    if mean is None and rates:
        mean = sum(rates.values()) / len(rates)
    name = PurePath(path).stem
    return Baseline(f"基准 {name}", f"baseline {name}", rates, mean)


def baseline_of(figures: Figures) -> Baseline:
    """Earlier nights as the measure."""
    rates = {
        name: rate.value
        for names in figures.sections.values()
        for name in names
        if (rate := figures.rate(name)).solid and rate.value is not None
    }
    return Baseline("此前各夜", "earlier nights", rates, figures.mean_rate(), figures.scored)


def _rate(text: str | None, path: str | os.PathLike[str], line: int) -> float:
    try:
        plain = (text or "").strip()
        value = float(plain.rstrip("%％"))
    except ValueError:
        raise RequestError(f"{path}:{line}: rate {text!r} is no number; write 0.758 or 75.8%") from None
    share = value / 100 if plain.endswith(("%", "％")) or value > 1 else value
    if not 0 <= share <= 1:
        raise RequestError(f"{path}:{line}: rate {text!r} is not between 0 and 100 %")
    return share
