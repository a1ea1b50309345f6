"""``metrics.prom``: how a run goes, for Prometheus (node_exporter's textfile collector) and whatever reads its format.

Written beside ``run.json`` and as often, so that somebody on duty is woken by a night that stands still rather than by
the morning. Seconds are seconds, shares lie in [0, 1], and no name or number of anybody stands in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qa_pipeline.outputs.folder import METRICS
from qa_pipeline.outputs.summary import RunSummary
from qa_pipeline.outputs.whole import whole_file

_WINDOWS = ("windows", "gated", "redecoded", "dropped")
_STATUSES = ("running", "finished", "interrupted", "out_of_time")


def write_metrics(out: Path, summary: RunSummary, *, labels: Mapping[str, str], now: float, **gauges: float) -> None:
    """Write ``metrics.prom`` whole or not at all. Raises RequestError where the disk does not take it.

    ``labels`` tell runs apart (command, rule set, model). ``now`` is the time of day in seconds since 1970: a figure
    that grows old shows a run that hangs. ``gauges`` are further figures by name, such as ``memory_bytes``.
    """
    text = metrics_text(summary, labels=labels, now=now, **gauges)
    with whole_file(out / METRICS, out) as path:
        path.write_bytes(text)


def metrics_text(summary: RunSummary, *, labels: Mapping[str, str], now: float, **gauges: float) -> bytes:
    """The figures of ``summary`` in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    _Figures(registry, labels).of(summary, now, gauges)
    return bytes(generate_latest(registry))


class _Figures:
    """Gauges of one run, all under ``qa_pipeline_`` and the run's own labels."""

    def __init__(self, registry: Any, labels: Mapping[str, str]) -> None:
        self.registry, self.labels = registry, dict(labels)

    def of(self, summary: RunSummary, now: float, gauges: Mapping[str, float]) -> None:
        """Set everything that the summary tells."""
        self.gauge("recordings_expected", "Recordings asked for.", summary.expected)
        self.by("recordings", "Recordings done, by how they ended.", "result",
                {"scored": summary.scored, "failed": summary.failed})  # fmt: skip
        self.by("failures", "Failed recordings, by the stage that failed.", "stage", summary.failed_by_stage)
        self.by("grades", "Scored calls, by grade.", "grade", summary.grades)
        self.gauge("vetoed", "Scored calls with a veto.", summary.vetoed)
        self.gauge("audio_seconds", "Seconds of audio done.", summary.audio_s)
        self.gauge("wall_seconds", "Seconds since the run began.", summary.wall_s)
        self.gauge("realtime_factor", "Seconds of audio for each second of waiting.", summary.realtime_factor or 0.0)
        self.by("stage_seconds", "Seconds of work, by stage, all workers added up.", "stage", summary.stage_s)
        if (fill := summary.recognition.get("batch_fill")) is not None:
            self.gauge("batch_fill_ratio", "How full the recogniser's batches were.", fill)
        windows = {name: summary.recognition[name] for name in _WINDOWS if name in summary.recognition}
        self.by("recogniser_windows", "Windows of sound, by what became of them.", "what", windows)
        if summary.peak_memory_bytes:
            self.gauge("memory_peak_bytes", "Most memory of all processes on this machine.", summary.peak_memory_bytes)
        if summary.cannot_tell_share is not None:
            self.gauge("cannot_tell_share", "Share of rule outcomes that could not be told.", summary.cannot_tell_share)
        self.by("status", "1 for the run's present status.", "status",
                {status: float(summary.status == status) for status in _STATUSES})  # fmt: skip
        self.gauge("updated_timestamp_seconds", "When these figures were written.", now)
        for name, value in sorted(gauges.items()):
            self.gauge(name, name.replace("_", " ").capitalize() + ".", value)

    def gauge(self, name: str, what: str, value: float) -> None:
        """One figure."""
        self._made(name, what, ()).labels(*self.labels.values()).set(value)

    def by(self, name: str, what: str, label: str, values: Mapping[str, float]) -> None:
        """One figure for each value of ``label``; none where there is none."""
        gauge = self._made(name, what, (label,))
        for key, value in values.items():
            gauge.labels(*self.labels.values(), key).set(value)

    def _made(self, name: str, what: str, more: tuple[str, ...]) -> Any:
        from prometheus_client import Gauge

        return Gauge(f"qa_pipeline_{name}", what, [*self.labels, *more], registry=self.registry)
