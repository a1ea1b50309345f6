"""What is done with each recording: scored, or transcribed. Workers load what they need for it once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from qa_pipeline import __version__
from qa_pipeline.engines.options import MakeTranscriber
from qa_pipeline.engines.program import program
from qa_pipeline.engines.shard import Finish, Library, Put, Task, run_shard
from qa_pipeline.engines.supervise import Prepare, Work
from qa_pipeline.errors import Stage
from qa_pipeline.outputs.parquet import tables_of
from qa_pipeline.outputs.parts import Content, Result, Scorecards, StoredTranscripts
from qa_pipeline.outputs.provenance import UNKNOWN, Provenance
from qa_pipeline.outputs.tally import count
from qa_pipeline.pipeline import StageClock, name_heard, score_heard
from qa_pipeline.records import CallFailure, CallResult, Recording, Role, RuleSetIdentity, Transcript, Utterance
from qa_pipeline.rules import RuleBook, RuleSet, load
from qa_pipeline.rules.files import find_rule_set
from qa_pipeline.rules.fingerprint import fingerprints
from qa_pipeline.transcribe import Transcribed
from qa_pipeline.transcribe.stored import stored_text


@dataclass(frozen=True, slots=True)
class Bench:
    """What every worker of a run works with. ``gpus``: how many there are to choose from by seat; 0 where others do."""

    make: MakeTranscriber
    library: Library
    gpus: int = 0


class Job(Protocol):
    """One thing to do with recordings. ``identity`` is the rule set's, None without one."""

    @property
    def identity(self) -> RuleSetIdentity | None:
        """The rule set that judges, where one does."""

    def options(self) -> Mapping[str, Any]:
        """What a person asked for, for ``run.json``."""

    def facts(self) -> Mapping[str, Any]:
        """What decides the results, for the journal."""

    def prepare(self, bench: Bench, extra_columns: Sequence[str]) -> Prepare[Task, Result]:
        """What a worker does first; pickled to it."""

    def content(self, out: Path, extra_columns: Sequence[str]) -> Content:
        """How results are written."""

    def put(self, failure: CallFailure, extra_columns: Sequence[str]) -> Put:
        """A failure of which no worker could tell, as it is written."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """Recordings become scorecards. ``found_by``: by which program and rules; with ``by_date``, of all versions."""

    ruleset: str
    by_date: bool
    identity: RuleSetIdentity
    found_by: Provenance = UNKNOWN

    def options(self) -> Mapping[str, Any]:
        """The rule set as it was named."""
        return {"ruleset": self.ruleset, "by_date": self.by_date}

    def facts(self) -> Mapping[str, Any]:
        """The rule set by its digest; with ``by_date``, all its versions by theirs."""
        others = _versions(self.ruleset) if self.by_date else ()
        versions = {other.name: load(str(other)).identity.sha256 for other in others}
        return {
            "ruleset": asdict(self.identity),
            "by_date": self.by_date,
            **({"versions": versions} if versions else {}),
        }

    def prepare(self, bench: Bench, extra_columns: Sequence[str]) -> Prepare[Task, Result]:
        """Load the rule set and the recogniser."""
        return partial(_prepare_scoring, self, bench, tuple(extra_columns))

    def content(self, out: Path, extra_columns: Sequence[str]) -> Content:
        """Rows of four tables."""
        return Scorecards(out, extra_columns, self.found_by)

    def put(self, failure: CallFailure, extra_columns: Sequence[str]) -> Put:
        """A failed row."""
        return as_rows(failure, extra_columns)


def scoring(name_or_path: str, *, by_date: bool = False) -> Scoring:
    """Scoring by a rule set. Raises what ``load`` raises."""
    ruleset = load(name_or_path)
    sets = [ruleset, *(load(str(other)) for other in (_versions(name_or_path) if by_date else ()))]
    found_by = Provenance(program(), {one.identity.sha256: fingerprints(one) for one in sets})
    return Scoring(name_or_path, by_date, ruleset.identity, found_by)


def _versions(name_or_path: str) -> list[Path]:
    """The versions of a rule set that lie beside it."""
    path = find_rule_set(name_or_path)
    return sorted(path.parent.glob(f"{path.stem.split('@')[0]}@*.yaml"))


@dataclass(frozen=True, slots=True)
class Transcribing:
    """Recordings become stored transcripts."""

    identity: RuleSetIdentity | None = None

    def options(self) -> Mapping[str, Any]:
        """None of its own."""
        return {}

    def facts(self) -> Mapping[str, Any]:
        """None of its own."""
        return {}

    def prepare(self, bench: Bench, extra_columns: Sequence[str]) -> Prepare[Task, Result]:
        """Load the recogniser."""
        return partial(_prepare_transcribing, bench)

    def content(self, out: Path, extra_columns: Sequence[str]) -> Content:
        """One file each."""
        return StoredTranscripts(out)

    def put(self, failure: CallFailure, extra_columns: Sequence[str]) -> Put:
        """Nothing but its entry in the journal."""
        return count(failure), None


def _prepare_scoring(job: Scoring, bench: Bench, extra_columns: Sequence[str], seat: int) -> Work[Task, Result]:
    rules: RuleSet | RuleBook = RuleBook(job.ruleset) if job.by_date else load(job.ruleset)
    finish = partial(_score, rules, extra_columns)
    _warm_up(finish)
    return seated(bench, seat, finish)


def _warm_up(finish: Finish) -> None:
    """Judge a call of nobody: dictionaries and models are read, patterns compiled, before the first call is timed."""
    said = (Utterance(Role.AGENT, 0, 0.0, 1.0, "您好，请讲"), Utterance(Role.CUSTOMER, 1, 1.5, 2.0, "你好"))
    finish(Recording("warm-up", "", ""), Transcript("warm-up", 2.0, 2, said), StageClock())


def _prepare_transcribing(bench: Bench, seat: int) -> Work[Task, Result]:
    return seated(bench, seat, _transcribe)


def seated(bench: Bench, seat: int, finish: Finish) -> Work[Task, Result]:
    """The work of one worker: ``run_shard`` with a recogniser of its own."""
    if bench.gpus > 1:
        os.environ["CUDA_VISIBLE_DEVICES"] = _gpu_of(seat, bench.gpus)  # before CUDA is first asked for anything
    return partial(run_shard, transcriber=bench.make(), library=bench.library, finish=finish)


def _gpu_of(seat: int, gpus: int) -> str:
    """Seats share out the GPUs that this process was allowed to see."""
    visible = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    return (visible or [str(number) for number in range(gpus)])[seat % gpus]


def _score(
    rules: RuleSet | RuleBook,
    extra_columns: Sequence[str],
    recording: Recording,
    heard: Transcribed | CallFailure,
    clock: StageClock,
) -> Put:
    result = heard if isinstance(heard, CallFailure) else score_heard(recording, heard, rules, clock)
    with clock.at(Stage.SCORE, "rows"):
        return as_rows(result, extra_columns)


def as_rows(result: CallResult, extra_columns: Sequence[str]) -> Put:
    """A result in figures and as it is written."""
    tables, shown = tables_of(result, extra_columns, __version__)
    return count(shown), tables


def _transcribe(recording: Recording, heard: Transcribed | CallFailure, clock: StageClock) -> Put:
    result = heard if isinstance(heard, CallFailure) else name_heard(recording, heard, clock)
    content = stored_text(result).encode() if isinstance(result, Transcript) else None
    return count(result, recording.source_uri), content
