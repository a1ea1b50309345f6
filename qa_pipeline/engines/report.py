"""The report over all cores: pages of calls are written by processes, each reading the tables for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from qa_pipeline.engines.machine import usable_cores
from qa_pipeline.engines.pool import Died, run_here, run_in_workers
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.delivered import delivered_folder
from qa_pipeline.outputs.report.call_pages import Batch, CallDone, PageWriter
from qa_pipeline.outputs.report.period import Counts, NightCounter, Period, write_period
from qa_pipeline.outputs.report.site import REPORT, Report, ReportOptions, write_report
from qa_pipeline.outputs.scored import Place, opened
from qa_pipeline.sources.identity import absolute
from qa_pipeline.storage import is_url

_FEW = 4  # batches; below this, starting processes takes longer than writing

OnBatch = Callable[[int, int], None]


def report(
    folder: Place,
    out: Place,
    options: ReportOptions | None = None,
    *,
    jobs: int | None = None,
    on_batch: OnBatch | None = None,
) -> Report:
    """Write the report of the scored ``folder`` into ``out``, in ``jobs`` processes (None: one for each core).

    Each may lie behind a URL, and so may what ``options`` name. ``on_batch`` is called with the batches done and in
    all. Raises RequestError where the request cannot run.
    """
    pages_of = partial(_map, jobs=jobs or usable_cores(), on_batch=on_batch)
    options = options or ReportOptions()
    with delivered_folder(out, REPORT) as target, opened(folder) as scored, ExitStack() as stack:
        others = {absolute(place): place for place in options.history}
        others.pop(absolute(folder), None)
        history = tuple(stack.enter_context(opened(place)).folder for place in others.values())
        options = replace(options, history=history, linked=options.linked and not is_url(out))
        written = write_report(scored.folder, target, options, pages_of)
    return _named(written, out)


def report_period(
    folders: Sequence[Place],
    out: Place,
    period: Period,
    *,
    words: bool = True,
    jobs: int | None = None,
    on_batch: OnBatch | None = None,
) -> Report:
    """Write the report over many scored nights into ``out``, counting nights in ``jobs`` processes.

    ``folders`` are scored ones, or hold such; each may lie behind a URL. Raises RequestError where the request cannot
    run.
    """
    counted = partial(_count, jobs=jobs or usable_cores(), on_batch=on_batch)
    with delivered_folder(out, REPORT) as target:
        written = write_period(folders, target, period, counted, words=words)
    return _named(written, out)


def _named(report: Report, out: Place) -> Report:
    """``report`` with its page as people find it."""
    return replace(report, page=f"{str(out).rstrip('/')}/{Path(report.page).name}") if is_url(out) else report


def _count(counter: NightCounter, nights: Sequence[Place], *, jobs: int, on_batch: OnBatch | None) -> Iterator[Counts]:
    prepare = partial(_counting, counter)
    answers = run_here(prepare, nights) if jobs == 1 or len(nights) < _FEW else run_in_workers(prepare, nights, jobs)
    for done, (index, answer) in enumerate((item for item in answers if item is not None), 1):
        if isinstance(answer, Died):
            raise RequestError(f"{nights[index]} could not be counted: {answer}. Try --jobs 1.")
        if isinstance(answer, RequestError):
            raise answer
        if on_batch is not None:
            on_batch(done, len(nights))
        yield answer


def _counting(counter: NightCounter) -> Callable[[Place], Counts | RequestError]:
    return partial(_counted, counter)


def _counted(counter: NightCounter, night: Place) -> Counts | RequestError:
    try:
        return counter(night)
    except RequestError as error:
        return error


def _map(
    writer: PageWriter, batches: Sequence[Batch], *, jobs: int, on_batch: OnBatch | None
) -> Iterator[tuple[CallDone, ...]]:
    here = jobs == 1 or len(batches) < _FEW
    prepare = partial(_ready, writer)
    answers = run_here(prepare, batches) if here else run_in_workers(prepare, batches, jobs)
    done = 0
    for item in answers:
        if item is None:
            continue
        answer = item[1]
        if isinstance(answer, Died):
            ids = batches[item[0]].ids
            raise RequestError(
                f"The pages of {ids[0]} to {ids[-1]} could not be written: {answer}. "
                "Try --no-waveforms, which leaves the recordings unread."
            )
        done += 1
        if on_batch is not None:
            on_batch(done, len(batches))
        if isinstance(answer, RequestError):
            raise answer
        yield answer


def _ready(writer: PageWriter) -> Callable[[Batch], tuple[CallDone, ...] | RequestError]:
    return partial(_write, writer)


def _write(writer: PageWriter, batch: Batch) -> tuple[CallDone, ...] | RequestError:
    """What the writer says; a full disk comes back as an answer, since an exception would look like a death."""
    try:
        return writer(batch)
    except RequestError as error:
        return error
