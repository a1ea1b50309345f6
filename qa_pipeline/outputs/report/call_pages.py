"""Writing the pages of calls: a batch at a time, in any process, each batch with its text for the full-text search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from qa_pipeline.outputs.night import Night, Row, read_night
from qa_pipeline.outputs.report.audio import Sound, copied, in_place, source_of
from qa_pipeline.outputs.report.call_page import CallView, call_view
from qa_pipeline.outputs.report.pages import data_script, render, write
from qa_pipeline.outputs.report.peaks import STEPS, Peaks, peaks
from qa_pipeline.outputs.words import content_words
from qa_pipeline.sources.identity import file_name_for
from qa_pipeline.storage import is_url
from qa_pipeline.text.privacy import LABELS

BATCH = 50
"""Calls in a batch; their texts are one file, which the search loads only when it is asked for."""

CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Site:
    """What every page of a report knows. ``pages`` are (name, href, 中文, English) of the menu."""

    label: str
    masked: bool
    demo: bool
    pages: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive calls by id; ``before`` and ``after`` are their neighbours, for the pages' own links."""

    number: int
    ids: tuple[str, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Quote:
    """A finding as the overview quotes it: masked, with the second at which it is heard."""

    recording_id: str
    rule_id: str
    start: float
    quote: str
    matched: str
    note: str
    severity: str
    points: float


@dataclass(frozen=True, slots=True)
class CallDone:
    """What the overview needs of a call whose page is written. ``words`` are each side's, once each."""

    recording_id: str
    quotes: tuple[Quote, ...]
    customer_words: frozenset[str]
    agent_words: frozenset[str]
    playable: bool
    peak: float | None


@dataclass(frozen=True)
class PageWriter:
    """Writes batches of call pages of the scored ``folder`` into ``out``; pickled into each process."""

    folder: Path
    out: Path
    site: Site
    with_audio: bool
    waveforms: bool
    linked: bool = True

    @cached_property
    def _night(self) -> Night:
        return read_night(self.folder)

    @cached_property
    def _rows(self) -> dict[str, Row]:
        return {row["recording_id"]: row for row in self._night.calls}

    def __call__(self, batch: Batch) -> tuple[CallDone, ...]:
        """Write every page of ``batch`` and its texts. Raises RequestError where the disk does not take them."""
        around = (batch.before, *batch.ids, batch.after)
        done, texts = [], []
        for index, recording_id in enumerate(batch.ids):
            view = self._view(self._rows[recording_id])
            self._write(view, around[index], around[index + 2])
            done.append(_done(view))
            texts.append("\n".join(view.texts))
        write(self.out, f"data/text-{batch.number}.js", data_script("text", [batch.number, texts]))
        return tuple(done)

    def _view(self, row: Row) -> CallView:
        sound = self._sound(row)
        drawn = self._peaks(row, sound) if self.waveforms else None
        return call_view(self._night, row, sound, drawn, masked=self.site.masked)

    def _sound(self, row: Row) -> Sound | None:
        folder = self.out / CALLS
        if self.with_audio:
            return copied(row, folder)
        return in_place(row, folder) if self.linked else None

    def _peaks(self, row: Row, sound: Sound | None) -> Peaks | None:
        """Read from the copy, else from the recording where that is on this machine: none is fetched to be drawn."""
        path = sound.path if sound is not None else source_of(row)
        return None if path is None or is_url(path) else peaks(path, row["duration_s"] or 0.0)

    def _write(self, view: CallView, before: str | None, after: str | None) -> None:
        around = {"before": before, "after": after}
        page = render("call.html", site=self.site, root="../", here="calls", call=view, steps_drawn=STEPS, **around)
        write(self.out, f"{CALLS}/{file_name_for(view.row['recording_id'])}.html", page)


def batches(ids: Sequence[str], size: int = BATCH) -> list[Batch]:
    """``ids`` in batches, each knowing its neighbours."""
    return [
        Batch(
            start // size,
            tuple(ids[start : start + size]),
            ids[start - 1] if start else None,
            ids[start + size] if start + size < len(ids) else None,
        )
        for start in range(0, len(ids), size)
    ]


def _done(view: CallView) -> CallDone:
    quotes = tuple(
        Quote(
            view.row["recording_id"],
            finding.row["rule_id"],
            finding.row["start_s"],
            finding.quote,
            finding.matched,
            finding.note,
            finding.row["severity"],
            float(finding.row["points"] or 0),
        )
        for finding in view.talk.findings
        if not finding.whole
    )
    mood = view.timeline.mood if view.timeline else None
    return CallDone(
        view.row["recording_id"],
        quotes,
        _words(view, "customer"),
        _words(view, "agent"),
        view.sound is not None and view.sound.plays,
        mood.peak.tension if mood else None,
    )


def _words(view: CallView, role: str) -> frozenset[str]:
    """The content words of one side; what was masked is no word."""
    found: set[str] = set()
    for line, text in zip(view.talk.lines, view.texts, strict=True):
        if line.row["role"] == role:
            for label in LABELS:
                text = text.replace(label, " ")  # noqa: PLW2901
            found.update(content_words(text))
    return frozenset(found)
