"""The four tables of the scorecards, column by column.

Readers depend on the names, the types and the order: a change here is a new ``SCHEMA_VERSION``, a line in the
changelog, and a new golden file. Times are seconds from the recording's start (float64); points and scores are
decimals with two places. Columns may be null unless their text says "always".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

SCHEMA_VERSION = "1"
META_PREFIX = "meta_"

_TEXT = pa.string()
_SECONDS = pa.float64()
_POINTS = pa.decimal128(9, 2)
_COUNT = pa.int32()
_FLAG = pa.bool_()
_SPEECH = pa.list_(pa.struct([("channel", pa.int32()), ("start_s", pa.float64()), ("end_s", pa.float64())]))
_DROPPED = pa.list_(
    pa.struct(
        [
            ("channel", pa.int32()),
            ("start_s", pa.float64()),
            ("end_s", pa.float64()),
            ("text", _TEXT),
            ("reason", _TEXT),
            ("confidence", pa.float64()),
        ]
    )
)
_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its Arrow type, and what it means."""

    name: str
    type: pa.DataType
    doc: str


_ID = Column("recording_id", _TEXT, "Always. Joins the four tables; from the manifest, else from path and content.")

CALLS: tuple[Column, ...] = (
    _ID,
    Column("source_uri", _TEXT, "Always. Absolute path of the recording or of the stored transcript."),
    Column("status", _TEXT, "Always. `scored` or `failed`."),
    Column("error_stage", _TEXT, "Where a failed recording failed: find, read, decode, transcribe, score."),
    Column("error_message", _TEXT, "Why it failed, in words."),
    Column("duration_s", _SECONDS, "Length of the recording, where it could be told."),
    Column("channels", _COUNT, "Channels of the sound: 1 mono, 2 agent and customer apart."),
    Column("agent_channel", _COUNT, "The channel on which the agent speaks, from 0 (left); null where unknown."),
    Column("role_reason", _TEXT, "How agent and customer were told apart, or why they could not be."),
    Column("agent_id", _TEXT, "The agent, from the manifest."),
    Column("team", _TEXT, "The agent's team, from the manifest."),
    Column("queue", _TEXT, "The line or skill group, from the manifest."),
    Column("started_at", _INSTANT, "When the call began. Times given without a zone are Beijing time (+08:00)."),
    Column("started_at_given", _TEXT, "The same as the manifest gave it, in ISO 8601: local clock time, zone if any."),
    Column("hangup_by", _TEXT, "Who hung up: `agent` or `customer`."),
    Column("ring_s", _SECONDS, "Seconds of ringing before the call was answered."),
    Column("ivr_s", _SECONDS, "Seconds in the voice menu."),
    Column("ruleset_id", _TEXT, "The rule set that judged the call."),
    Column("ruleset_version", _TEXT, "Its version."),
    Column("ruleset_sha256", _TEXT, "Digest of the resolved rule set, includes and all."),
    Column("score", _POINTS, "Points; null where too little could be told for a figure to mean anything."),
    Column("score_min", _POINTS, "The score if all that could not be told went badly."),
    Column("score_max", _POINTS, "The score if all that could not be told went well."),
    Column("score_steps", _TEXT, "How the score was reached, one step a line; null for failed recordings."),
    Column("grade", _TEXT, "Grade of the score."),
    Column("grade_min", _TEXT, "Grade of `score_min`."),
    Column("grade_max", _TEXT, "Grade of `score_max`."),
    Column("line_grade", _TEXT, "Grade by indicators passed (冷线, 普通, 优秀), where the rule set has one."),
    Column("line_grade_min", _TEXT, "The same, if all that could not be told went badly."),
    Column("line_grade_max", _TEXT, "The same, if all that could not be told went well."),
    Column("vetoed", _FLAG, "Whether a veto rule (一票否决) fired; null for failed recordings."),
    Column("n_findings", _COUNT, "Rows of this call in `findings`; null for failed recordings."),
    Column("n_cannot_tell", _COUNT, "Rules that could not be told; null for failed recordings."),
    Column("asr_model", _TEXT, "What recognised the speech; null for hand-written transcripts."),
    Column("warnings", _TEXT, "What was odd about the recording, one line each; null where nothing was."),
    Column("pipeline_version", _TEXT, "Always. Version of qa-pipeline that wrote the row."),
    Column("speech", _SPEECH, "When somebody spoke, channel by channel, by the sound; null without sound."),
    Column("dropped", _DROPPED, "Words that were not trusted, and why (docs/recognition.md); null where none."),
    Column("windows", _COUNT, "Pieces of sound that were recognised; null for hand-written transcripts."),
    Column("windows_gated", _COUNT, "Those of them whose words were doubted at first."),
    Column("windows_redecoded", _COUNT, "How often such pieces, or parts of them, were heard again."),
)

OUTCOMES: tuple[Column, ...] = (
    _ID,
    Column("rule_id", _TEXT, "Always. The rule; one row for each recording and rule."),
    Column("indicator", _TEXT, "The indicator that the rule feeds."),
    Column("outcome", _TEXT, "Always. `pass`, `fail`, `not_applicable` or `cannot_tell`, which is never a pass."),
    Column("points", _POINTS, "Points taken (negative) or given."),
    Column("worth", _POINTS, "The most points that the rule can take, whatever the outcome."),
    Column("in_reach", _POINTS, "The most points that the rule can give, whatever the outcome."),
    Column("n_hits", _COUNT, "Rows of this rule in `findings`."),
    Column("reason", _TEXT, "Why, in words."),
    Column("title", _TEXT, "The rule's title."),
    Column("veto", _FLAG, "Whether failing the rule spoils the whole score (一票否决)."),
)

FINDINGS: tuple[Column, ...] = (
    _ID,
    Column("rule_id", _TEXT, "Always. The rule that fired."),
    Column("title", _TEXT, "The rule's title."),
    Column("indicator", _TEXT, "The indicator that the rule feeds."),
    Column("severity", _TEXT, "`info`, `minor`, `major` or `critical`."),
    Column("points", _POINTS, "Points that this hit took (negative) or gave."),
    Column("role", _TEXT, "Who is meant: `agent`, `customer`, `system` (a machine), `unknown`; null: nobody spoke."),
    Column("start_s", _SECONDS, "Where the evidence begins."),
    Column("end_s", _SECONDS, "Where the evidence ends."),
    Column("quote", _TEXT, "What was said."),
    Column("matched", _TEXT, "The part of it that the rule matched."),
    Column("turn", _COUNT, "The turn it lies in, from 0; null where it is no turn."),
    Column("operator", _TEXT, "The operator that found it; null for what is missing."),
    Column("confidence", _SECONDS, "The recogniser's own probability for these words, in [0, 1]."),
    Column("note", _TEXT, "What was seen where nothing was said, as a silence and its length."),
    Column("advice", _TEXT, "What to do about it."),
    Column("suggest", _TEXT, "A wording to use instead."),
)

UTTERANCES: tuple[Column, ...] = (
    _ID,
    Column("index", _COUNT, "Always. Counts the utterances of a recording from 0, in time order."),
    Column("role", _TEXT, "Always. `agent`, `customer`, `system` (a machine's prompt) or `unknown`."),
    Column("channel", _COUNT, "Always. The channel, from 0 (left)."),
    Column("start_s", _SECONDS, "Always. Where it begins."),
    Column("end_s", _SECONDS, "Always. Where it ends."),
    Column("text", _TEXT, "Always. What was said."),
    Column("confidence", _SECONDS, "The recogniser's own probability in [0, 1]."),
    Column("loudness_db", _SECONDS, "RMS level in dB below full scale (<= 0), where the sound was measured."),
)

TABLES: Mapping[str, tuple[Column, ...]] = {
    "calls": CALLS,
    "outcomes": OUTCOMES,
    "findings": FINDINGS,
    "utterances": UTTERANCES,
}


def arrow_schemas(extra_columns: Sequence[str] = ()) -> dict[str, pa.Schema]:
    """The Arrow schema of each table; ``calls`` ends with one text column ``meta_*`` for each of ``extra_columns``."""
    extra = tuple(Column(META_PREFIX + name, _TEXT, f"`{name}` as the manifest has it.") for name in extra_columns)
    return {name: _arrow(columns + extra if name == "calls" else columns) for name, columns in TABLES.items()}


def describe(schema: pa.Schema) -> str:
    """One line for each column: name and type, for the golden file and for docs."""
    return "\n".join(f"{field.name}: {field.type}" for field in schema)


def _arrow(columns: Iterable[Column]) -> pa.Schema:
    fields = [pa.field(column.name, column.type, metadata={"doc": column.doc}) for column in columns]
    return pa.schema(fields, metadata={"schema_version": SCHEMA_VERSION})
