"""``score`` and ``transcribe``: whole folders of recordings on this machine, in as many processes as fit.

Everything that can be wrong with a request (rule set, manifest, sources, output folder, model) is found before the
first recording is touched. What can be wrong with a recording is its own failed row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from qa_pipeline import __version__
from qa_pipeline.engines.events import OnEvent
from qa_pipeline.engines.machine import available_bytes, default_jobs, usable_cores
from qa_pipeline.engines.options import (
    ChosenModel,
    MakeTranscriber,
    RecogniserOptions,
    VadOptions,
    choose_model,
    make_recogniser,
    make_replay,
)
from qa_pipeline.engines.run import Done, OnProgress, Plan, execute
from qa_pipeline.errors import RequestError
from qa_pipeline.outputs.folder import check_out, clear_out
from qa_pipeline.outputs.parquet import ScorecardWriter
from qa_pipeline.outputs.summary import RunSummary
from qa_pipeline.outputs.transcripts import TranscriptWriter
from qa_pipeline.pipeline import StageClock, score_recording, transcribe_recording
from qa_pipeline.records import Recording, RuleSetIdentity
from qa_pipeline.rules import RuleBook, load
from qa_pipeline.sources.find import Found, find_recordings
from qa_pipeline.sources.identity import printable
from qa_pipeline.sources.manifest import parse_agent_channel, read_manifest
from qa_pipeline.text.vocabulary import Vocabulary, read_vocabulary

# Below this many stored transcripts, starting processes takes longer than judging.
_FEW_STORED = 200

Source = str | os.PathLike[str]


def score(
    sources: Sequence[Source] | Source,
    *,
    out: Source,
    ruleset: str = "hotline",
    by_date: bool = False,
    model: str | None = None,
    device: str = "auto",
    compute_type: str | None = None,
    batch_size: int = 8,
    beam_size: int = 5,
    language: str = "zh",
    diarization: str | None = None,
    vocabulary: Source | None = None,
    jobs: int | None = None,
    manifest: Source | None = None,
    agent_channel: str = "auto",
    overwrite: bool = False,
    recogniser: MakeTranscriber | None = None,
    on_progress: OnProgress | None = None,
    on_event: OnEvent | None = None,
    vad: VadOptions | None = None,
) -> RunSummary:
    """Score recordings against a rule set and write Parquet scorecards into ``out``.

    ``sources`` are audio files, folders (recursive), globs and stored transcripts. ``ruleset`` is a shipped set's name
    or a path; ``by_date`` judges each call by the version in force on its day (``name.yaml``, ``name@2025.yaml`` with
    their ``effective`` days). ``model`` is a hub name, a CTranslate2 directory, one with SenseVoice or Paraformer for
    sherpa-onnx, or ``demo``; None chooses one that suits the machine. ``diarization`` names a folder with the models
    that tell the voices of mono recordings apart (None: ``QA_PIPELINE_DIARIZATION``, else roles stay unknown there).
    ``vocabulary`` is a file with the site's own words (``text.vocabulary``), for the recogniser and for jieba.
    ``jobs`` None: as many processes as cores and memory allow; recordings are recognised outside this process even with
    1, since a broken file may bring a decoder down. ``agent_channel`` is ``auto``, ``left``,
    ``right`` or a number, for recordings of which ``manifest`` does not say it. ``recogniser`` makes another
    recogniser than faster-whisper; it is pickled into each worker. ``on_progress`` is called after each recording and
    about once a second, ``on_event`` with what is worth a line in a log. ``vad`` says what counts as speech.

    Every recording becomes one row of ``calls``, scored or failed. Raises RequestError where the request cannot run,
    RunInterrupted (a KeyboardInterrupt) after Ctrl-C, when what was done has been written.
    """
    identity = load(ruleset).identity
    asked = RecogniserOptions(
        model,
        device,
        compute_type,
        batch_size,
        beam_size,
        language,
        vad or VadOptions(),
        diarization,
        _words(vocabulary),
    )
    request = _Request(_listed(sources), Path(out), jobs, manifest, agent_channel, overwrite, asked, recogniser)
    options = {"ruleset": ruleset, "by_date": by_date}
    plan = request.plan("score", partial(_prepare_scoring, ruleset, by_date), options, ruleset=identity)
    writer = ScorecardWriter(plan.out, len(plan.found.recordings), __version__, plan.found.extra_columns)
    return execute(plan, writer, on_progress, on_event)


def transcribe(
    sources: Sequence[Source] | Source,
    *,
    out: Source,
    model: str | None = None,
    device: str = "auto",
    compute_type: str | None = None,
    batch_size: int = 8,
    beam_size: int = 5,
    language: str = "zh",
    diarization: str | None = None,
    vocabulary: Source | None = None,
    jobs: int | None = None,
    manifest: Source | None = None,
    agent_channel: str = "auto",
    overwrite: bool = False,
    recogniser: MakeTranscriber | None = None,
    on_progress: OnProgress | None = None,
    on_event: OnEvent | None = None,
    vad: VadOptions | None = None,
) -> RunSummary:
    """Recognise recordings and write stored transcripts, ``<recording_id>.json``, into ``out``.

    Options and errors are those of ``score``. ``out`` can be scored later, again and again, without the recogniser.
    """
    asked = RecogniserOptions(
        model,
        device,
        compute_type,
        batch_size,
        beam_size,
        language,
        vad or VadOptions(),
        diarization,
        _words(vocabulary),
    )
    request = _Request(_listed(sources), Path(out), jobs, manifest, agent_channel, overwrite, asked, recogniser)
    plan = request.plan("transcribe", _prepare_transcribing, {})
    return execute(plan, TranscriptWriter(plan.out), on_progress, on_event)


@dataclass(frozen=True, slots=True)
class _Request:
    """What was asked for, in the shape that both functions share."""

    sources: Sequence[Source]
    out: Path
    jobs: int | None
    manifest: Source | None
    agent_channel: str
    overwrite: bool
    asked: RecogniserOptions
    recogniser: MakeTranscriber | None

    def plan(
        self,
        command: str,
        prepare: Callable[[MakeTranscriber], Callable[[Recording], Done]],
        options: Mapping[str, Any],
        ruleset: RuleSetIdentity | None = None,
    ) -> Plan:
        """Check everything, in the order of what it costs, and make room in the output folder."""
        if self.jobs is not None and self.jobs < 1:
            raise RequestError(f"--jobs {self.jobs}: at least one process must work.")
        self.asked.check()
        check_out(self.out, overwrite=self.overwrite)
        found = self._find()
        sound = sum(not recording.is_stored_transcript for recording in found.recordings)
        chosen = choose_model(self.asked) if sound and self.recogniser is None else None
        jobs = self.jobs or self._fitting_jobs(len(found.recordings), sound, chosen)
        clear_out(self.out, found.recordings)
        return Plan(
            command=command,
            found=found,
            out=self.out,
            prepare=partial(prepare, self._maker(chosen, jobs)),
            jobs=jobs,
            alone=jobs == 1 and not sound,
            options={**self._as_json(), **options},
            model=chosen.facts() if chosen is not None else None,
            ruleset=ruleset,
        )

    def _find(self) -> Found:
        try:
            agent_channel = parse_agent_channel(self.agent_channel)
        except ValueError as error:
            raise RequestError(f"--agent-channel {self.agent_channel}: expected {error}.") from None
        manifest = read_manifest(os.fspath(self.manifest)) if self.manifest is not None else None
        return find_recordings(self.sources, manifest=manifest, agent_channel=agent_channel)

    def _fitting_jobs(self, recordings: int, sound: int, chosen: ChosenModel | None) -> int:
        """A GPU is kept busy by one process; a CPU by one for each core."""
        if (chosen is not None and chosen.on_gpu) or (not sound and recordings < _FEW_STORED):
            return 1
        weights = chosen.weights_bytes if chosen is not None else 0
        return default_jobs(recordings, cores=usable_cores(), model_bytes=weights, memory=available_bytes())

    def _maker(self, chosen: ChosenModel | None, jobs: int) -> MakeTranscriber:
        if self.recogniser is not None:
            return self.recogniser
        if chosen is None:
            return partial(make_replay, self.asked.vocabulary)
        return partial(make_recogniser, chosen, self.asked, max(1, usable_cores() // jobs))

    def _as_json(self) -> dict[str, Any]:
        """The request for ``run.json``."""
        return {
            "sources": [printable(os.fspath(source)) for source in self.sources],
            "manifest": None if self.manifest is None else os.fspath(self.manifest),
            "agent_channel": self.agent_channel,
            **self.asked.as_json(),
        }


def _words(vocabulary: Source | None) -> Vocabulary:
    return Vocabulary() if vocabulary is None else read_vocabulary(os.fspath(vocabulary))


def _listed(sources: Sequence[Source] | Source) -> tuple[Source, ...]:
    """One source may be given without a list around it."""
    return (sources,) if isinstance(sources, str | os.PathLike) else tuple(sources)


def _prepare_scoring(ruleset: str, by_date: bool, make: MakeTranscriber) -> Callable[[Recording], Done]:
    """What a worker does first: load the rule set and the recogniser, once."""
    rules, transcriber = RuleBook(ruleset) if by_date else load(ruleset), make()

    def work(recording: Recording) -> Done:
        clock = StageClock()
        return Done(score_recording(recording, transcriber, rules, clock), clock.seconds)

    return work


def _prepare_transcribing(make: MakeTranscriber) -> Callable[[Recording], Done]:
    transcriber = make()

    def work(recording: Recording) -> Done:
        clock = StageClock()
        return Done(transcribe_recording(recording, transcriber, clock), clock.seconds)

    return work
