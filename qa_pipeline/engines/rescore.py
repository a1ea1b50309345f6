"""``rescore``: the calls of a scored folder, judged by another rule set from their stored transcripts.

Nothing is recognised and no recording is read. Calls that could not be recognised then are failed rows again, in the
same words.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from qa_pipeline.engines.events import OnEvent, Trouble
from qa_pipeline.engines.glance import STORED_S, Glance
from qa_pipeline.engines.mirrored import mirrored
from qa_pipeline.engines.options import RecogniserOptions, RunOptions, Source
from qa_pipeline.engines.plan import Asked, base_request, journal_of, run
from qa_pipeline.engines.rejudge import Rescoring
from qa_pipeline.engines.run import OnProgress
from qa_pipeline.engines.shard import Judged
from qa_pipeline.engines.work import Scoring, scoring
from qa_pipeline.errors import RequestError, Stage
from qa_pipeline.outputs.folder import RUN_INFO, TRANSCRIPTS, check_out
from qa_pipeline.outputs.journal import Entry, Journal, Request, read_journal
from qa_pipeline.outputs.parquet import extra_columns_of
from qa_pipeline.outputs.scored import JUDGED, Scored, opened
from qa_pipeline.outputs.summary import RunSummary
from qa_pipeline.records import CallFailure, RuleSetIdentity
from qa_pipeline.sources.find import Found
from qa_pipeline.sources.identity import absolute
from qa_pipeline.text.vocabulary import Vocabulary


def rescore(
    folder: Source,
    *,
    out: Source,
    ruleset: str = "hotline",
    by_date: bool = False,
    jobs: int | None = None,
    overwrite: bool = False,
    full: bool = False,
    work_dir: str | None = None,
    on_progress: OnProgress | None = None,
    on_event: OnEvent | None = None,
) -> RunSummary:
    """Judge the calls that ``score`` wrote into ``folder`` by ``ruleset``, and write new scorecards into ``out``.

    Options and errors are those of ``score``. ``out`` names the transcripts where they lie and does not copy them, save
    from behind a URL. With the rule set of ``folder`` the rows are those of ``folder``.

    Rules that are what they were when ``folder`` was judged are not judged again (``rules.fingerprint``): their
    outcomes are read. ``full``: they are; the files are the same.
    """
    how = RunOptions(jobs=jobs, overwrite=overwrite)
    how.check()
    job = scoring(ruleset, by_date=by_date)
    _check_other(folder, out)
    say: OnEvent = on_event or (lambda event: None)
    with opened(folder, JUDGED) as scored, mirrored(out, work_dir, lambda words: say(Trouble(words))) as target:
        again = job if full else Rescoring(**_fields(job), source=scored.folder)
        asked = replace(_asked_for(scored, target, again, how), where=os.fspath(out))
        journal_of(asked)  # before anything is fetched into a folder that is not ours to write into
        kept = scored.store(read_journal(scored.folder).entries, target / TRANSCRIPTS)
        return run(replace(asked, store=kept), on_progress, on_event)


def _asked_for(scored: Scored, target: Path, job: Scoring, how: RunOptions) -> Asked:
    """The request, all but where the transcripts lie."""
    source = scored.folder
    check_out(target)
    journal, before = _judged(source)
    entries = _by_path(journal)
    request = base_request("rescore", job, _vocabulary(before), before.get("recogniser"))
    return Asked(
        command="rescore",
        job=job,
        found=Found(
            tuple(entry.recording for _, entry in entries),
            warnings=_warnings(scored),
            extra_columns=tuple(extra_columns_of(source)),
        ),
        seen=[Glance(entry.stamp, STORED_S) for _, entry in entries],
        out=target,
        how=how,
        asked=RecogniserOptions(vocabulary=_vocabulary(before)),
        request={**request, "of": absolute(scored.named)},
        options={"folder": scored.named, **job.options()},
        recipe=before.get("recogniser"),
        known={entry.recording.path: _known(entry, job.identity) for _, entry in entries},
        judged={e.recording.path: Judged(part, e.counted) for part, e in entries if e.key and not e.counted.failed},
        planned=[part for part, _ in entries],
    )


def _fields(job: Scoring) -> dict[str, Any]:
    return {field.name: getattr(job, field.name) for field in fields(job)}


def _check_other(folder: Source, out: Source) -> None:
    if absolute(folder).rstrip("/") == absolute(out).rstrip("/"):
        raise RequestError(f"--out {out}: this is the folder itself. Choose another, to be able to compare them.")


def _judged(source: Path) -> tuple[Journal, Request]:
    """What ``score`` left in ``source``, and what it was asked."""
    journal = read_journal(source)
    commands = {request.get("command") for request in journal.requests}
    if not journal.entries or not commands <= {"score", "rescore"}:
        raise RequestError(f"{source} holds no calls that `qa-pipeline score` has judged: nothing to judge again.")
    untold = sum(entry.key is None and not entry.counted.failed for entry in journal.entries)
    if untold:
        raise RequestError(
            f"{untold} calls of {source} were scored without keeping their transcripts (--store none). Score the "
            "recordings again."
        )
    return journal, journal.requests[0]


def _by_path(journal: Journal) -> Sequence[tuple[int, Entry]]:
    """Part and entry of each call, in the order in which recordings are found."""
    every = [(part, entry) for part, entries in journal.parts.items() for entry in entries]
    return sorted(every, key=lambda one: one[1].recording.path)


def _known(entry: Entry, ruleset: RuleSetIdentity) -> str | CallFailure:
    """The key of a call's transcript, or why there is none."""
    if entry.key is not None:
        return entry.key
    counted = entry.counted
    stage = Stage(counted.stage or Stage.TRANSCRIBE)
    return CallFailure(entry.recording, stage, counted.message, counted.duration, counted.channels, ruleset)


def _warnings(scored: Scored) -> tuple[str, ...]:
    if _run_info(scored.folder).get("status") == "finished":
        return ()
    return (f"{scored.named} was not finished: the calls that are done there are judged",)


def _run_info(source: Path) -> Mapping[str, Any]:
    try:
        info = json.loads((source / RUN_INFO).read_bytes())
    except (OSError, ValueError):
        return {}
    return info if isinstance(info, dict) else {}


def _vocabulary(request: Request) -> Vocabulary:
    """The site's words, which shape how text is cut into words."""
    told = request.get("vocabulary") or {}
    return Vocabulary(tuple(told.get("words") or ()), told.get("prompt"))
