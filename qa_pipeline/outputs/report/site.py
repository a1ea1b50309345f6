"""The report as a whole: call pages by whoever writes them, then the pages that look at all calls.

Data comes as scripts, since a page opened from disk may not fetch: ``data/calls.js`` is the list of calls in plain
columns, ``data/text-N.js`` what was said in batch N, loaded when somebody searches in it, and ``data/figures.js`` what
the charts draw. Each hands its value to a function of ``QA``.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.delivered import Bundle
from qa_pipeline.outputs.figures import NightFigures, count_night
from qa_pipeline.outputs.night import read_night
from qa_pipeline.outputs.report.baseline import read_baseline
from qa_pipeline.outputs.report.call_pages import Batch, CallDone, PageWriter, Site, batches
from qa_pipeline.outputs.report.overview import Overview, overview
from qa_pipeline.outputs.report.pages import copy_static, data_script, render, write
from qa_pipeline.outputs.report.trend import trend
from qa_pipeline.outputs.scored import Place

MENU = (
    ("index", "index.html", "总览", "Overview"),
    ("calls", "calls.html", "通话", "Calls"),
    ("words", "words.html", "用词", "Words"),
)
MARKER = "report.json"
_PAGE, _OWN = "index.html", ("calls", "data", "audio")
REPORT = Bundle(MARKER, _PAGE, _OWN)
Map = Callable[[PageWriter, Sequence[Batch]], Iterable[tuple[CallDone, ...]]]
"""Calls the writer for every batch, in any order and any process, and gives back what it answers."""


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How a report is made. ``history`` are scored folders of earlier nights.

    ``linked``: recordings of this machine are played where they lie, unless they are copied in.
    """

    masked: bool = True
    with_audio: bool = False
    waveforms: bool = True
    history: tuple[Place, ...] = ()
    baseline: Place | None = None
    linked: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """What was written: the page to open (a URL as text), how many calls have a page, how many of them can be heard."""

    page: Path | str
    calls: int
    playable: int


def write_report(folder: Path, out: Path, options: ReportOptions, pages_of: Map) -> Report:
    """Write the report of the scored ``folder`` into ``out``.

    Raises RequestError where ``folder`` holds no scorecards or ``out`` cannot be written or holds something else.
    """
    night = count_night(read_night(folder))
    check_out(out)
    site = Site(night.day or folder.name, options.masked, _by_demo_model(night), MENU)
    past = trend(night, tuple(map(Path, options.history)))
    fixed = read_baseline(options.baseline) if options.baseline else None
    writer = PageWriter(folder, out, site, options.with_audio, options.waveforms, options.linked)
    clear_out(out)
    copy_static(out)
    write(out, MARKER, "{}\n")
    answers = pages_of(writer, batches([call.id for call in night.calls]))
    done = {call.recording_id: call for answer in answers for call in answer}
    view = overview(night, done, past, fixed, masked=options.masked)
    _write_pages(out, site, view)
    return Report(out / _PAGE, len(night.calls), sum(call.playable for call in done.values()))


def check_out(out: Path) -> None:
    """See that ``out`` is a folder of ours, empty or not there. Raises RequestError, changes nothing."""
    if out.exists() and not out.is_dir():
        raise RequestError(f"{out} 是文件 is a file: give --out a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise RequestError(f"{out} 里有别的东西 holds something else: give --out an empty or new folder")


def clear_out(out: Path) -> None:
    """Delete the pages of an earlier report, so that no call of another night stays among them."""
    if (out / MARKER).is_file():
        for name in _OWN:
            shutil.rmtree(out / name, ignore_errors=True)


def _write_pages(out: Path, site: Site, view: Overview) -> None:
    for name, _, _, _ in MENU:
        write(out, f"{name}.html", render(f"{name}.html", site=site, root="", here=name, view=view))
    write(out, "data/calls.js", data_script("calls", view.index))
    write(out, "data/figures.js", data_script("figures", view.charts))


def _by_demo_model(night: NightFigures) -> bool:
    return any(call.row["asr_model"] == "demo" for call in night.calls)
