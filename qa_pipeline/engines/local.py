"""``score`` and ``transcribe``: whole folders of recordings, by as many workers as fit, on one machine or a cluster.

Everything that can be wrong with a request (rule set, manifest, sources, output folder, model) is found before the
first recording is touched. What can be wrong with a recording is its own failed row. An output folder of the same
request is gone on with: what is done there is not done again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any, Unpack

from qa_pipeline.engines.events import OnEvent, Trouble
from qa_pipeline.engines.follow import Watch, follow
from qa_pipeline.engines.glance import glances
from qa_pipeline.engines.mirrored import mirrored
from qa_pipeline.engines.options import (
    Options,
    RecogniserOptions,
    RunOptions,
    Source,
    choose_model,
    parted,
    recipe,
    recipe_of,
)
from qa_pipeline.engines.plan import Asked, base_request, run
from qa_pipeline.engines.preview import Preview
from qa_pipeline.engines.preview import preview as look_ahead
from qa_pipeline.engines.run import OnProgress
from qa_pipeline.engines.work import Job, Transcribing, scoring
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.folder import check_out
from qa_pipeline.outputs.summary import RunSummary
from qa_pipeline.sources.find import Found, find_recordings
from qa_pipeline.sources.identity import printable
from qa_pipeline.sources.manifest import parse_agent_channel, read_manifest


def score(
    sources: Sequence[Source] | Source,
    *,
    out: Source,
    ruleset: str = "hotline",
    by_date: bool = False,
    on_progress: OnProgress | None = None,
    on_event: OnEvent | None = None,
    **options: Unpack[Options],
) -> RunSummary:
    """Score recordings against a rule set and write Parquet scorecards into ``out``.

    ``sources`` are audio files, folders (recursive), globs and stored transcripts. ``ruleset`` is a shipped set's name
    or a path; ``by_date`` judges each call by the version in force on its day (``name.yaml``, ``name@2025.yaml`` with
    their ``effective`` days). ``on_progress`` is called after each recording and about once a second,
    ``on_event`` with what is worth a line in a log. The other options are those of ``RecogniserOptions`` and
    ``RunOptions``: ``model`` is a hub name, a folder or ``demo``, and None chooses one that suits the machine.

    Every recording becomes one row of ``calls``, scored or failed. Where ``out`` holds results of the same request,
    only failed, changed and new recordings are worked on. Raises RequestError where the request cannot run,
    RunInterrupted (a KeyboardInterrupt) after Ctrl-C, when what was done has been written.
    """
    job = scoring(ruleset, by_date=by_date)
    return _carried_out("score", job, sources, out, options=options, on_progress=on_progress, on_event=on_event)


def transcribe(
    sources: Sequence[Source] | Source,
    *,
    out: Source,
    on_progress: OnProgress | None = None,
    on_event: OnEvent | None = None,
    **options: Unpack[Options],
) -> RunSummary:
    """Recognise recordings and write stored transcripts, ``<recording_id>.json``, into ``out``.

    Options, errors and going on are those of ``score``. ``out`` can be scored later, again and again, without the
    recogniser. A store is kept only where one is named.
    """
    return _carried_out(
        "transcribe", Transcribing(), sources, out, options=options, on_progress=on_progress, on_event=on_event
    )


def preview(
    command: str,
    sources: Sequence[Source] | Source,
    *,
    out: Source,
    ruleset: str = "hotline",
    by_date: bool = False,
    **options: Unpack[Options],
) -> Preview:
    """What ``command`` (``score`` or ``transcribe``) would do; nothing is written. Errors are those of the run."""
    asked, how = parted(options)
    how.check()
    asked.check()
    job: Job = scoring(ruleset, by_date=by_date) if command == "score" else Transcribing()
    with mirrored(out, how.work_dir) as folder:
        return look_ahead(replace(asked_for(command, job, sources, folder, (asked, how)), where=os.fspath(out)))


def _carried_out(
    command: str,
    job: Job,
    sources: Sequence[Source] | Source,
    out: Source,
    *,
    options: Options,
    on_progress: OnProgress | None,
    on_event: OnEvent | None,
) -> RunSummary:
    """Ask for it and do it, in ``out`` itself or in the working folder of a URL."""
    began = monotonic()
    asked, how = parted(options)
    how.check()
    asked.check()
    say: OnEvent = on_event or (lambda event: None)
    with mirrored(out, how.work_dir, lambda words: say(Trouble(words))) as folder:
        deadline = None if how.time_budget_s is None else began + how.time_budget_s

        def ask(some: Sequence[Source] | Source) -> Asked:
            request = asked_for(command, job, some, folder, (asked, how))
            return replace(request, where=os.fspath(out), deadline=deadline)

        if not how.follow:
            return run(ask(sources), on_progress, on_event)
        listed = [os.fspath(source) for source in _listed(sources)]
        watch = Watch(how.settle_s, how.idle_s, None if how.follow_s is None else began + how.follow_s)
        return follow(
            lambda some, staff: replace(ask(some), growing=True, staff=staff), listed, watch, on_progress, say
        )


def asked_for(
    command: str,
    job: Job,
    sources: Sequence[Source] | Source,
    out: Path,
    options: tuple[RecogniserOptions, RunOptions],
) -> Asked:
    """Check everything, in the order of what it costs."""
    asked, how = options
    check_out(out)
    listed = _listed(sources)
    found = _find(listed, how)
    sound = any(not recording.is_stored_transcript for recording in found.recordings)
    chosen = choose_model(asked) if sound and how.recogniser is None else None
    heard_by = recipe(asked, chosen.facts()) if chosen is not None else None
    if how.recogniser is not None:
        heard_by = recipe_of(how.recogniser)
    return Asked(
        command=command,
        job=job,
        found=found,
        seen=glances(found.recordings),
        out=out,
        how=how,
        asked=asked,
        request=base_request(command, job, asked.vocabulary, heard_by),
        options={**_as_json(listed, how), **asked.as_json(), **job.options()},
        chosen=chosen,
        recipe=heard_by,
        keeps_store=command == "score",
    )


def _listed(sources: Sequence[Source] | Source) -> tuple[Source, ...]:
    """One source may be given without a list around it."""
    return (sources,) if isinstance(sources, str | os.PathLike) else tuple(sources)


def _find(sources: Sequence[Source], how: RunOptions) -> Found:
    try:
        agent_channel = parse_agent_channel(how.agent_channel)
    except ValueError as error:
        raise RequestError(f"--agent-channel {how.agent_channel}: expected {error}.") from None
    manifest = read_manifest(os.fspath(how.manifest)) if how.manifest is not None else None
    return find_recordings(sources, manifest=manifest, agent_channel=agent_channel, may_all_fail=how.follow)


def _as_json(sources: Sequence[Source], how: RunOptions) -> dict[str, Any]:
    """The request for ``run.json``."""
    return {
        "sources": [printable(os.fspath(source)) for source in sources],
        "manifest": None if how.manifest is None else os.fspath(how.manifest),
        "agent_channel": how.agent_channel,
        "engine": how.engine,
        "store": None if how.store is None else os.fspath(how.store),
        "patience": how.patience,
        "priority": how.priority,
        "time_budget_s": how.time_budget_s,
    }
