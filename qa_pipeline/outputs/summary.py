"""What a run comes to: counted while it goes on, shown to people and machines when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from qa_pipeline.outputs.role_tally import RoleTally
from qa_pipeline.records import CallFailure, CallResult, Outcome, RecognitionEffort, Scorecard, Seconds, Transcript
from qa_pipeline.transcribe.models import DEMO

# How many failed recordings a summary names; all of them stand in ``calls``.
FAILURES_NAMED = 20
FINDINGS_NAMED = 5
# Under which the calls are counted that have no grade: too little could be told of them.
NO_GRADE = "—"
DEMO_NOTICE = (
    "The demo model knows the voices of the samples only: these are no results for real calls. "
    "演示模型只认识示例录音的合成声音，不能用于真实通话。"
)


@dataclass(frozen=True, slots=True)
class FrequentFinding:
    """One rule that fired: how often, and in how many calls."""

    rule_id: str
    title: str
    count: int
    calls: int


@dataclass(frozen=True, slots=True)
class NamedFailure:
    """One recording that failed, as a person needs to know it."""

    recording_id: str
    source_uri: str
    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The result of one run. ``status`` is ``finished`` or ``interrupted``.

    ``calls`` counts the rows that were written, ``expected`` the recordings that were asked for. ``mean_score`` is over
    the calls that have a score. ``cannot_tell_share`` is the part of applicable rule outcomes that could not be told;
    None where nothing was judged. ``model_why`` says how the model was chosen; ``demo_model`` is True if any speech was
    recognised by the demo model, now or when its transcript was stored. ``recognition`` counts windows of sound: heard,
    gated, redecoded, dropped, with their shares, and how full the batches were; empty where none was heard.
    ``roles_unknown`` counts calls in which nobody could tell agent and customer apart, ``roles_unknown_mono`` those of
    them on one channel. ``failures`` names the first failed recordings, ``failed`` counts all.
    """

    status: str
    out: str
    expected: int
    calls: int
    scored: int
    failed: int
    failed_by_stage: Mapping[str, int]
    mean_score: Decimal | None
    grades: Mapping[str, int]
    vetoed: int
    with_warnings: int
    cannot_tell_share: float | None
    top_findings: Sequence[FrequentFinding]
    failures: Sequence[NamedFailure]
    skipped: Mapping[str, int]
    warnings: Sequence[str]
    model: str | None
    model_why: str | None
    demo_model: bool
    audio_s: Seconds
    wall_s: Seconds
    stage_s: Mapping[str, Seconds]
    recognition: Mapping[str, float] = field(default_factory=dict)
    peak_memory_bytes: int = 0
    roles_unknown: int = 0
    roles_unknown_mono: int = 0

    @property
    def realtime_factor(self) -> float | None:
        """Seconds of audio for each second of waiting."""
        return self.audio_s / self.wall_s if self.wall_s > 0 else None

    def as_json(self) -> dict[str, Any]:
        """The summary as plain JSON values; ``notice`` says what must not be overlooked."""
        plain = asdict(self)
        plain["mean_score"] = None if self.mean_score is None else float(self.mean_score)
        plain["realtime_factor"] = self.realtime_factor
        plain["notice"] = DEMO_NOTICE if self.demo_model else None
        return plain


@dataclass
class Tally:
    """Counts results as they come; its size does not grow with the number of calls."""

    calls: int = 0
    failed_by_stage: Counter[str] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    vetoed: int = 0
    with_warnings: int = 0
    demo_model: bool = False
    audio_s: Seconds = 0.0
    stage_s: Counter[str] = field(default_factory=Counter)
    effort: RecognitionEffort = field(default_factory=RecognitionEffort)
    failures: list[NamedFailure] = field(default_factory=list)
    roles: RoleTally = field(default_factory=RoleTally)
    _score_sum: Decimal = Decimal(0)
    _with_score: int = 0
    _outcomes: Counter[Outcome] = field(default_factory=Counter)
    _hits: Counter[str] = field(default_factory=Counter)
    _calls_hit: Counter[str] = field(default_factory=Counter)
    _titles: dict[str, str] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    @property
    def failed(self) -> int:
        """Recordings that failed, at whatever stage."""
        return self.failed_by_stage.total()

    def add(self, result: CallResult | Transcript, stage_s: Mapping[str, Seconds]) -> None:
        """Count one recording's result and the seconds that each stage took."""
        self.calls += 1
        self.stage_s.update(stage_s)
        if isinstance(result, CallFailure):
            self._fail(result)
        else:
            transcript = result.transcript if isinstance(result, Scorecard) else result
            self.audio_s += transcript.duration
            self.with_warnings += bool(transcript.warnings)
            self.demo_model |= transcript.asr_model == DEMO
            self._count_effort(transcript.effort)
            self.roles.add(result)
            if isinstance(result, Scorecard):
                self._count(result)

    def refuse(self, refused: Mapping[str, CallFailure]) -> None:
        """Scorecards that were counted, and written as failed rows after all; each is counted once."""
        for recording_id in sorted(refused.keys() - self._refused):
            self._refused.add(recording_id)
            self._fail(refused[recording_id])

    def summary(self, *, warnings: Sequence[str] = (), **rest: Any) -> RunSummary:
        """The summary so far; ``rest`` are the fields that no result tells, ``warnings`` those of before the run."""
        judged = self._outcomes.total() - self._outcomes[Outcome.NOT_APPLICABLE]
        mean = self._score_sum / self._with_score if self._with_score else None
        return RunSummary(
            calls=self.calls,
            scored=self.calls - self.failed,
            failed=self.failed,
            failed_by_stage=dict(sorted(self.failed_by_stage.items())),
            mean_score=None if mean is None else mean.quantize(Decimal("0.01"), ROUND_HALF_UP),
            grades=dict(self.grades.most_common()),
            vetoed=self.vetoed,
            with_warnings=self.with_warnings,
            cannot_tell_share=self._outcomes[Outcome.CANNOT_TELL] / judged if judged else None,
            top_findings=self._top_findings(),
            failures=tuple(self.failures),
            demo_model=self.demo_model,
            audio_s=self.audio_s,
            stage_s={name: round(seconds, 3) for name, seconds in sorted(self.stage_s.items())},
            recognition=_figures(self.effort),
            roles_unknown=self.roles.unknown,
            roles_unknown_mono=self.roles.mono,
            warnings=(*warnings, *self.roles.warnings()),
            **rest,
        )

    def _fail(self, failure: CallFailure) -> None:
        self.audio_s += failure.duration or 0.0
        self.failed_by_stage[failure.stage.value] += 1
        if len(self.failures) < FAILURES_NAMED:
            recording = failure.recording
            named = NamedFailure(recording.recording_id, recording.source_uri, failure.stage.value, failure.message)
            self.failures.append(named)

    def _count_effort(self, effort: RecognitionEffort | None) -> None:
        if effort is not None:
            self.effort += effort
            self.stage_s.update(effort.seconds)

    def _count(self, card: Scorecard) -> None:
        if card.score.value is not None:
            self._score_sum += card.score.value
            self._with_score += 1
        self.grades[card.score.grade or NO_GRADE] += 1
        self.vetoed += card.score.vetoed
        self._outcomes.update(outcome.outcome for outcome in card.outcomes)
        for outcome in card.outcomes:
            if outcome.findings:
                self._hits[outcome.rule_id] += outcome.n_hits
                self._calls_hit[outcome.rule_id] += 1
                self._titles[outcome.rule_id] = outcome.findings[0].title

    def _top_findings(self) -> tuple[FrequentFinding, ...]:
        ordered = sorted(self._hits.items(), key=lambda item: (-item[1], item[0]))[:FINDINGS_NAMED]
        return tuple(FrequentFinding(rule, self._titles[rule], count, self._calls_hit[rule]) for rule, count in ordered)


def _figures(effort: RecognitionEffort) -> dict[str, float]:
    """What the recognition took, for ``run.json``: counts, their shares of the windows, the fill of the batches."""
    if not effort.windows:
        return {}
    figures: dict[str, float] = {
        "windows": effort.windows,
        "gated": effort.gated,
        "redecoded": effort.redecoded,
        "dropped": effort.dropped,
        "gated_share": round(effort.gated / effort.windows, 4),
        "redecoded_share": round(effort.redecoded / effort.windows, 4),
        "dropped_share": round(effort.dropped / effort.windows, 4),
    }
    return figures | ({"batch_fill": round(effort.passes / effort.slots, 4)} if effort.slots else {})
