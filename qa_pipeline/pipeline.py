"""One recording, from what was heard in it to its scorecard. What goes wrong becomes a ``CallFailure``, nothing else.

The one broad ``except`` of the project stands here: around one recording.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

from qa_pipeline.errors import RecordingError, Stage
from qa_pipeline.features import call_features
from qa_pipeline.features.roles import RoleDecision, assign_roles
from qa_pipeline.records import (
    CallFailure,
    CallResult,
    Recording,
    RuleOutcome,
    RuleSetIdentity,
    Scorecard,
    Seconds,
    Transcript,
)
from qa_pipeline.rules import RuleBook, RuleSet, judge
from qa_pipeline.transcribe import Transcribed


@dataclass
class StageClock:
    """Which stage one recording is in, and the seconds that each stage has taken so far."""

    stage: Stage = Stage.FIND
    seconds: dict[str, Seconds] = field(default_factory=dict)

    @contextmanager
    def at(self, stage: Stage, name: str = "") -> Iterator[None]:
        """Time what is inside under ``name``; ``stage`` stays set if it raises: a failure knows where it was."""
        self.stage = stage
        began = perf_counter()
        try:
            yield
        finally:
            key = name or stage.value
            self.seconds[key] = self.seconds.get(key, 0.0) + perf_counter() - began


def score_heard(
    recording: Recording,
    heard: Transcribed,
    ruleset: RuleSet | RuleBook,
    clock: StageClock | None = None,
    known: Mapping[str, RuleOutcome] | None = None,
) -> CallResult:
    """The scorecard of ``recording``, in which ``heard`` was heard, or why there is none; never raises for its sake.

    With a ``RuleBook`` the call is judged by the version in force on its day. ``known`` are outcomes as ``judge`` takes
    them.
    """
    clock = clock or StageClock()
    transcript: Transcript | None = None
    try:
        transcript, decision = _named(recording, heard, clock)
        with clock.at(Stage.SCORE, "features"):
            call = call_features(transcript, transcript.metadata)
        with clock.at(Stage.SCORE, "rules"):
            in_force = ruleset.for_call(call.metadata)
            judged = judge(call, in_force, known)
        return Scorecard(
            recording,
            transcript,
            in_force.identity,
            judged.outcomes,
            judged.score,
            line_grade=judged.line_grade,
            line_grade_min=judged.line_grade_min,
            line_grade_max=judged.line_grade_max,
            role_reason=decision.reason,
            agent_by_words=decision.by_words,
        )
    except Exception as error:
        return _failure(recording, error, clock, transcript, ruleset.identity)


def name_heard(recording: Recording, heard: Transcribed, clock: StageClock | None = None) -> Transcript | CallFailure:
    """``heard`` as the transcript of ``recording``, with roles and metadata, or why there is none."""
    clock = clock or StageClock()
    try:
        return _named(recording, heard, clock)[0]
    except Exception as error:
        return _failure(recording, error, clock, None, None)


def _named(recording: Recording, heard: Transcribed, clock: StageClock) -> tuple[Transcript, RoleDecision]:
    """The transcript and how its roles were told. The manifest's word goes over the stored transcript's own."""
    if isinstance(heard, RecordingError):
        raise heard
    with clock.at(Stage.TRANSCRIBE, "roles"):
        decision = assign_roles(heard, recording.agent_channel)
    named = {key: value for key, value in recording.metadata.items() if value is not None}
    metadata: Mapping[str, str | int | float | bool | None] = {**heard.metadata, **named}
    return replace(decision.transcript, recording_id=recording.recording_id, metadata=metadata), decision


def _failure(
    recording: Recording,
    error: Exception,
    clock: StageClock,
    transcript: Transcript | None,
    ruleset: RuleSetIdentity | None,
) -> CallFailure:
    """Why ``recording`` failed: our own errors in their own words, all others with their type."""
    stage, message = clock.stage, f"unexpected {type(error).__name__}: {error}"
    if isinstance(error, RecordingError):
        stage, message = error.stage, error.message
    duration = transcript.duration if transcript else None
    channels = transcript.channels if transcript else None
    return CallFailure(recording, stage, message, duration, channels, ruleset)
