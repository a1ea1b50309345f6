"""From results to rows: what each record puts into each column of the four tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol, TypeAlias

from qa_pipeline.records import (
    CallFailure,
    CallResult,
    MetadataValue,
    Outcome,
    Role,
    RuleOutcome,
    RuleSetIdentity,
    Score,
    Scorecard,
    Seconds,
    Transcript,
)

Row: TypeAlias = dict[str, Any]

# Hotline systems write local clock time without a zone; China has one zone and no summer time.
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
_CENT = Decimal("0.01")


class Judged(Protocol):
    """What a rule set says of one call, as a scorecard and as a judgement without one."""

    @property
    def outcomes(self) -> tuple[RuleOutcome, ...]:
        """In the order of the rules."""

    @property
    def score(self) -> Score:
        """What they come to."""

    @property
    def line_grade(self) -> str | None:
        """The grade by indicators."""

    @property
    def line_grade_min(self) -> str | None:
        """Its worst case."""

    @property
    def line_grade_max(self) -> str | None:
        """Its best case."""


def call_row(result: CallResult, extra_columns: Sequence[str], version: str) -> Row:
    """The row of ``calls``; columns that are not named here stay null."""
    row = _heard(result) | judged_columns(result) if isinstance(result, Scorecard) else _failed(result)
    row |= _metadata_columns(metadata_of(result), extra_columns)
    row |= {"recording_id": text(result.recording.recording_id), "source_uri": text(result.recording.source_uri)}
    return row | made_by_columns(result.ruleset, version)


def made_by_columns(ruleset: RuleSetIdentity | None, version: str) -> Row:
    """The columns of ``calls`` that say by what the row was made."""
    row: Row = {"pipeline_version": version}
    if ruleset is not None:
        row |= {"ruleset_id": ruleset.id, "ruleset_version": ruleset.version, "ruleset_sha256": ruleset.sha256}
    return row


def judged_columns(judged: Judged) -> Row:
    """The columns of ``calls`` that hang on the rules."""
    score = judged.score
    return {
        "score": points(score.value),
        "score_min": points(score.minimum),
        "score_max": points(score.maximum),
        "score_steps": text("\n".join(score.steps)) or None,
        "grade": score.grade,
        "grade_min": score.grade_min,
        "grade_max": score.grade_max,
        "line_grade": judged.line_grade,
        "line_grade_min": judged.line_grade_min,
        "line_grade_max": judged.line_grade_max,
        "vetoed": score.vetoed,
        "n_findings": sum(outcome.n_hits for outcome in judged.outcomes),
        "n_cannot_tell": sum(outcome.outcome is Outcome.CANNOT_TELL for outcome in judged.outcomes),
    }


def outcome_rows(recording_id: str, outcomes: Sequence[RuleOutcome]) -> Iterator[Row]:
    """The rows of ``outcomes``, in the order of the rules."""
    whose = text(recording_id)
    for outcome in outcomes:
        yield {
            "recording_id": whose,
            "rule_id": outcome.rule_id,
            "indicator": text(outcome.indicator),
            "outcome": outcome.outcome.value,
            "points": points(outcome.points),
            "worth": points(outcome.worth),
            "in_reach": points(outcome.in_reach),
            "n_hits": outcome.n_hits,
            "reason": text(outcome.reason),
            "title": text(outcome.title) or None,
            "veto": outcome.veto,
        }


def finding_rows(recording_id: str, outcomes: Sequence[RuleOutcome]) -> Iterator[Row]:
    """The rows of ``findings``, in the order of the rules, then of time."""
    whose = text(recording_id)
    for finding in (finding for outcome in outcomes for finding in outcome.findings):
        evidence = finding.evidence
        yield {
            "recording_id": whose,
            "rule_id": finding.rule_id,
            "title": text(finding.title),
            "indicator": text(finding.indicator),
            "severity": finding.severity.value,
            "points": points(finding.points),
            "role": evidence.role.value if evidence.role is not None else None,
            "start_s": seconds(evidence.start),
            "end_s": seconds(evidence.end),
            "quote": text(evidence.quote),
            "matched": text(evidence.matched),
            "turn": evidence.turn,
            "operator": evidence.operator or None,
            "confidence": evidence.confidence,
            "note": text(evidence.note),
            "advice": text(finding.advice),
            "suggest": text(finding.suggest),
        }


def utterance_rows(card: Scorecard) -> Iterator[Row]:
    """The rows of ``utterances``, in time order."""
    for index, utterance in enumerate(card.transcript.utterances):
        yield {
            "recording_id": text(card.recording.recording_id),
            "index": index,
            "role": utterance.role.value,
            "channel": utterance.channel,
            "start_s": seconds(utterance.start),
            "end_s": seconds(utterance.end),
            "text": text(utterance.text),
            "confidence": utterance.confidence,
            "loudness_db": utterance.loudness_db,
        }


def metadata_of(result: CallResult) -> Mapping[str, MetadataValue]:
    """What is known of the call: the transcript's own metadata, and over it the manifest's."""
    own = result.transcript.metadata if isinstance(result, Scorecard) else {}
    return {**own, **result.recording.metadata}


def agent_channel(transcript: Transcript) -> int | None:
    """The channel on which the agent speaks; None where no or more than one channel is the agent's."""
    spoken = {u.channel for u in transcript.utterances if u.role is Role.AGENT}
    named = {channel for channel, role in transcript.channel_roles.items() if role is Role.AGENT} or spoken
    return named.pop() if len(named) == 1 else None


def speech_rows(transcript: Transcript) -> list[Row] | None:
    """The stretches of speech of all channels, by channel, then time; None where there was no sound to look at."""
    if transcript.speech is None:
        return None
    return [
        {"channel": channel, "start_s": seconds(span.start), "end_s": seconds(span.end)}
        for channel, spans in enumerate(transcript.speech)
        for span in spans
    ]


def dropped_rows(transcript: Transcript) -> list[Row] | None:
    """The words that were not trusted, in time order; None where there are none."""
    return [
        {
            "channel": dropped.channel,
            "start_s": seconds(dropped.start),
            "end_s": seconds(dropped.end),
            "text": text(dropped.text),
            "reason": text(dropped.reason),
            "confidence": dropped.confidence,
        }
        for dropped in transcript.dropped
    ] or None


def text(value: object) -> str:
    """``value`` as text that UTF-8 can hold: JSON may smuggle in half a character."""
    told = str(value)
    try:
        told.encode()
    except UnicodeEncodeError:
        return told.encode("utf-8", "replace").decode("utf-8")
    return told


def points(value: Decimal | None) -> Decimal | None:
    """``value`` to two places, halves away from zero."""
    return None if value is None else value.quantize(_CENT, ROUND_HALF_UP)


def seconds(value: Seconds) -> Seconds:
    """``value`` to the millisecond: a recogniser knows no better, and sums of floats look as if it did."""
    return round(value, 3)


def instant(value: object) -> datetime | None:
    """The moment that ``value`` (ISO 8601) names, in UTC; None where it is no time. Without a zone: Beijing."""
    try:
        moment = datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _heard(card: Scorecard) -> Row:
    transcript, effort = card.transcript, card.transcript.effort
    return {
        "status": "scored",
        "duration_s": seconds(transcript.duration),
        "channels": transcript.channels,
        "agent_channel": agent_channel(transcript),
        "role_reason": text(card.role_reason) or None,
        "asr_model": transcript.asr_model,
        "warnings": text("\n".join(transcript.warnings)) or None,
        "speech": speech_rows(transcript),
        "dropped": dropped_rows(transcript),
        "windows": effort and effort.windows,
        "windows_gated": effort and effort.gated,
        "windows_redecoded": effort and effort.redecoded,
    }


def _failed(failure: CallFailure) -> Row:
    return {
        "status": "failed",
        "error_stage": failure.stage.value,
        "error_message": text(failure.message),
        "duration_s": None if failure.duration is None else seconds(failure.duration),
        "channels": failure.channels,
    }


def _metadata_columns(metadata: Mapping[str, MetadataValue], extra_columns: Sequence[str]) -> Row:
    """The columns that the manifest fills, those that we do not know behind ``meta_``."""
    row: Row = {name: _text_or_none(metadata.get(name)) for name in ("agent_id", "team", "queue", "hangup_by")}
    row |= {name: _number_or_none(metadata.get(name)) for name in ("ring_s", "ivr_s")}
    started = metadata.get("started_at")
    row |= {"started_at": instant(started), "started_at_given": _text_or_none(started)}
    return row | {f"meta_{name}": _text_or_none(metadata.get(name)) for name in extra_columns}


def _text_or_none(value: MetadataValue) -> str | None:
    return None if value is None or value == "" else text(value)


def _number_or_none(value: MetadataValue) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None
