"""Calls that were scored before, judged by another rule set: only what changed is judged, the rest is told again.

A call of which nothing has to be judged is not even looked at: its outcomes come out of the folder's tables, its score
is reckoned anew, and what was heard in it is taken over row by row. Of all others the transcript is read, and the rules
that changed are asked. The rows are those of judging everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from qa_pipeline import __version__
from qa_pipeline.engines.program import program
from qa_pipeline.engines.shard import Put, Task
from qa_pipeline.engines.supervise import Prepare, Work
from qa_pipeline.engines.work import Bench, Scoring, as_rows, seated
from qa_pipeline.errors import QaPipelineError, Stage
from qa_pipeline.outputs.judged import JudgedCall, JudgedPart
from qa_pipeline.outputs.parquet import retold
from qa_pipeline.outputs.parts import Result
from qa_pipeline.outputs.schema import arrow_schemas
from qa_pipeline.outputs.tally import Counted, recount
from qa_pipeline.pipeline import StageClock, score_heard
from qa_pipeline.records import CallFailure, Recording, RuleOutcome
from qa_pipeline.rules import RuleBook, RuleSet, load
from qa_pipeline.rules.fingerprint import fingerprints
from qa_pipeline.rules.judge import judgement_of
from qa_pipeline.rules.reuse import Reuse, reuse
from qa_pipeline.transcribe import Transcribed

_UNFIT = (QaPipelineError, pa.ArrowException, OSError, ArithmeticError, ValueError, TypeError)
"""What may be wrong with what a folder holds, or with telling it again: the call is then judged in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescoring(Scoring):
    """Scorecards become scorecards by another set. ``source`` is the folder that holds them."""

    source: Path

    def prepare(self, bench: Bench, extra_columns: Sequence[str]) -> Prepare[Task, Result]:
        """Load the rule set; dictionaries and models only once something must be judged."""
        return partial(_prepare, self, bench, tuple(extra_columns))


def _prepare(job: Rescoring, bench: Bench, extra_columns: Sequence[str], seat: int) -> Work[Task, Result]:
    return _Again(job, bench, extra_columns, seat)


@dataclass(frozen=True, slots=True)
class _Known:
    """How one call is judged again, and the outcomes that need not be asked for; ``key`` is its transcript's."""

    key: str
    before: Counted
    call: JudgedCall
    by: RuleSet
    again: Reuse
    outcomes: Mapping[str, RuleOutcome]


class _Again:
    """What one worker does. It keeps the part that it read last: calls come in the order of their parts."""

    def __init__(self, job: Rescoring, bench: Bench, extra_columns: Sequence[str], seat: int) -> None:
        self._source, self._extra_columns = job.source, extra_columns
        self._columns = arrow_schemas(extra_columns)["calls"].names
        self._rules: RuleSet | RuleBook = RuleBook(job.ruleset) if job.by_date else load(job.ruleset)
        self._ways: dict[tuple[str, str], Reuse] = {}
        self._part: tuple[int, JudgedPart | None] = (-1, None)
        self._partly: dict[str, _Known] = {}
        self._work = seated(bench, seat, self._finish)

    def __call__(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """(position, result) of each task: first those of which nothing must be judged."""
        self._partly.clear()
        left: list[int] = []
        for position, task in enumerate(tasks):
            known = self._known(task)
            if known is not None and not known.again.asked and (result := _told_again(known)):
                yield position, result
                continue
            if known is not None:
                self._partly[task.recording.path] = known
            left.append(position)
        for n, result in self._work([tasks[position] for position in left]):
            yield left[n], result

    def _finish(self, recording: Recording, heard: Transcribed | CallFailure, clock: StageClock) -> Put:
        """Judge what must be judged of a call."""
        known = self._partly.get(recording.path)
        rules, outcomes = (self._rules, None) if known is None else (known.again.ruleset, known.outcomes)
        result = heard if isinstance(heard, CallFailure) else score_heard(recording, heard, rules, clock, outcomes)
        with clock.at(Stage.SCORE, "rows"):
            return as_rows(result, self._extra_columns)

    def _known(self, task: Task) -> _Known | None:
        """What is known of a call; None where it must be judged in full."""
        if task.judged is None or not isinstance(task.known, str):
            return None
        try:
            part = self._read(task.judged.part)
            call = part and part.call(task.recording.recording_id)
            if not call:
                return None
            by = self._rules.for_call({"started_at": call.started_at})
            again = self._way(call, by)
            outcomes = again.known(call.said)
        except _UNFIT:
            return None
        return _Known(task.known, task.judged.counted, call, by, again, outcomes) if outcomes else None

    def _read(self, number: int) -> JudgedPart | None:
        """A part of the folder; None where its columns are not those of this run."""
        if self._part[0] != number:
            self._part = (number, None)
            part = JudgedPart(self._source, number, program())
            self._part = (number, part if part.tables["calls"].schema.names == self._columns else None)
        return self._part[1]

    def _way(self, call: JudgedCall, by: RuleSet) -> Reuse:
        """What a set may take over from the one that judged ``call``."""
        sets = (call.ruleset_sha256, by.identity.sha256)
        if sets not in self._ways:
            self._ways[sets] = reuse(by, fingerprints(by), call.rules)
        return self._ways[sets]


def _told_again(known: _Known) -> Result | None:
    """The result of a call of which every outcome is known; None where it does not fit the tables."""
    clock = StageClock(Stage.SCORE)
    try:
        with clock.at(Stage.SCORE, "rules"):
            judged = judgement_of(tuple(known.outcomes.values()), known.by)
        with clock.at(Stage.SCORE, "rows"):
            tables = retold(known.call.row, known.call.utterances, judged, known.by.identity, __version__)
    except _UNFIT:
        return None
    return Result(recount(known.before, judged), tables, known.key, None, True, dict(clock.seconds))
