"""Counting results: what a summary needs of one recording, small enough to send and to keep, and the sum over all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from qa_pipeline.outputs.role_tally import RolesSeen, RoleTally, roles_seen
from qa_pipeline.outputs.rows import Judged
from qa_pipeline.outputs.summary import (
    FAILURES_NAMED,
    FINDINGS_NAMED,
    NO_GRADE,
    FrequentFinding,
    NamedFailure,
    RunSummary,
)
from qa_pipeline.records import CallFailure, CallResult, Outcome, RecognitionEffort, Seconds, Transcript
from qa_pipeline.transcribe.models import DEMO


@dataclass(frozen=True, slots=True)
class Counted:
    """One recording's result in figures.

    ``stage`` and ``message`` are a failure's, ``stage`` None where there was none. ``duration`` and ``channels`` are of
    the sound, None where they could not be told. ``hits`` are rules that fired, with their title and how often.
    ``effort`` is what the recognition took in this run; it is not kept.
    """

    recording_id: str
    source_uri: str
    stage: str | None = None
    message: str = ""
    duration: Seconds | None = None
    channels: int | None = None
    score: Decimal | None = None
    grade: str | None = None
    vetoed: bool = False
    warned: bool = False
    demo_model: bool = False
    outcomes: Mapping[str, int] = field(default_factory=dict)
    hits: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    roles: RolesSeen | None = None
    effort: RecognitionEffort | None = None

    @property
    def failed(self) -> bool:
        """Whether there is nothing but a reason why."""
        return self.stage is not None

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, without what is empty; ``read`` takes them back."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name != "effort"}
        plain["score"] = None if self.score is None else str(self.score)
        plain["roles"] = self.roles and asdict(self.roles)
        return {name: value for name, value in plain.items() if value not in (None, "", False, {})}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Counted:
        """What ``as_json`` made. Raises ValueError or TypeError where it is something else."""
        hits = {rule: (str(title), int(times)) for rule, (title, times) in plain.get("hits", {}).items()}
        score = Decimal(plain["score"]) if "score" in plain else None
        roles = RolesSeen(**plain["roles"]) if "roles" in plain else None
        return cls(**{**plain, "score": score, "hits": hits, "roles": roles})


def count(result: CallResult | Transcript, source_uri: str = "") -> Counted:
    """``result`` in figures; ``source_uri`` is asked for where a transcript does not tell it."""
    if isinstance(result, CallFailure):
        recording, stage = result.recording, result.stage.value
        named = recording.recording_id, recording.source_uri
        return Counted(*named, stage, result.message, result.duration, result.channels)
    if isinstance(result, Transcript):
        return Counted(result.recording_id, source_uri, **_of_sound(result), roles=roles_seen(result))
    heard = Counted(
        result.recording.recording_id,
        result.recording.source_uri,
        **_of_sound(result.transcript),
        roles=roles_seen(result),
    )
    return replace(heard, **_of_rules(result))


def recount(before: Counted, judged: Judged) -> Counted:
    """A call that was scored ``before``, in figures, where it is judged anew."""
    return replace(before, **_of_rules(judged))


def _of_rules(judged: Judged) -> dict[str, Any]:
    return {
        "score": judged.score.value,
        "grade": judged.score.grade or NO_GRADE,
        "vetoed": judged.score.vetoed,
        "outcomes": dict(Counter(outcome.outcome.value for outcome in judged.outcomes)),
        "hits": {o.rule_id: (o.findings[0].title, o.n_hits) for o in judged.outcomes if o.findings},
    }


def _of_sound(transcript: Transcript) -> dict[str, Any]:
    return {
        "duration": transcript.duration,
        "channels": transcript.channels,
        "warned": bool(transcript.warnings),
        "demo_model": transcript.asr_model == DEMO,
        "effort": transcript.effort,
    }


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
    roles: RoleTally = field(default_factory=RoleTally)
    failures: list[NamedFailure] = field(default_factory=list)
    _score_sum: Decimal = Decimal(0)
    _with_score: int = 0
    _outcomes: Counter[str] = field(default_factory=Counter)
    _hits: Counter[str] = field(default_factory=Counter)
    _calls_hit: Counter[str] = field(default_factory=Counter)
    _titles: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """Recordings that failed, at whatever stage."""
        return self.failed_by_stage.total()

    def add(self, counted: Counted, stage_s: Mapping[str, Seconds] | None = None) -> None:
        """Count one recording's result and the seconds that each stage took."""
        self.calls += 1
        self.stage_s.update(stage_s or {})
        self.audio_s += counted.duration or 0.0
        if counted.stage is not None:
            self._fail(counted, counted.stage)
            return
        self.with_warnings += counted.warned
        self.demo_model |= counted.demo_model
        if counted.roles is not None:
            self.roles.count(counted.roles)
        if counted.effort is not None:
            self.effort += counted.effort
            self.stage_s.update(counted.effort.seconds)
        self.vetoed += counted.vetoed
        if counted.grade is not None:
            self.grades[counted.grade] += 1
        if counted.score is not None:
            self._score_sum += counted.score
            self._with_score += 1
        self._outcomes.update(counted.outcomes)
        for rule_id, (title, times) in counted.hits.items():
            self._hits[rule_id] += times
            self._calls_hit[rule_id] += 1
            self._titles[rule_id] = title

    def summary(self, *, warnings: Sequence[str] = (), **rest: Any) -> RunSummary:
        """The summary so far; ``rest`` are the fields that no result tells, ``warnings`` those of before the run."""
        judged = self._outcomes.total() - self._outcomes[Outcome.NOT_APPLICABLE.value]
        mean = self._score_sum / self._with_score if self._with_score else None
        return RunSummary(
            calls=self.calls,
            scored=self.calls - self.failed,
            failed=self.failed,
            failed_by_stage=dict(sorted(self.failed_by_stage.items())),
            mean_score=None if mean is None else mean.quantize(Decimal("0.01"), ROUND_HALF_UP),
            grades=dict(sorted(self.grades.items(), key=lambda item: (-item[1], item[0]))),
            vetoed=self.vetoed,
            with_warnings=self.with_warnings,
            cannot_tell_share=self._outcomes[Outcome.CANNOT_TELL.value] / judged if judged else None,
            top_findings=self._top_findings(),
            failures=tuple(sorted(self.failures, key=lambda failure: failure.source_uri)),
            demo_model=self.demo_model,
            audio_s=self.audio_s,
            stage_s={name: round(seconds, 3) for name, seconds in sorted(self.stage_s.items())},
            recognition=_figures(self.effort),
            roles_unknown=self.roles.unknown,
            roles_unknown_mono=self.roles.mono,
            warnings=(*warnings, *self.roles.warnings()),
            **rest,
        )

    def _fail(self, counted: Counted, stage: str) -> None:
        self.failed_by_stage[stage] += 1
        if len(self.failures) < FAILURES_NAMED:
            self.failures.append(NamedFailure(counted.recording_id, counted.source_uri, stage, counted.message))

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
