"""Everything that one call's page shows, made ready for its template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from qa_pipeline.features.emotion import emotion_curve
from qa_pipeline.outputs.figures import section_of
from qa_pipeline.outputs.night import Night, local_start
from qa_pipeline.outputs.report.arithmetic import Step, steps
from qa_pipeline.outputs.report.audio import Sound
from qa_pipeline.outputs.report.conversation import Conversation, Finding, conversation
from qa_pipeline.outputs.report.masking import CallMask, mask_of, mask_plain
from qa_pipeline.outputs.report.peaks import Peaks
from qa_pipeline.outputs.report.timeline import Timeline, timeline
from qa_pipeline.outputs.schema import META_PREFIX
from qa_pipeline.records import Role, Utterance

Row: TypeAlias = Mapping[str, Any]
ADVICE = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule's outcome with its texts masked."""

    row: Row
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class CallView:
    """One call, ready to be shown. ``rules`` by section of the sheet; ``advice``: the dearest findings, one a rule."""

    row: Row
    started: Any
    sound: Sound | None
    talk: Conversation
    timeline: Timeline | None
    steps: tuple[Step, ...]
    rules: Mapping[str, Sequence[Judged]]
    advice: tuple[Finding, ...]
    facts: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]
    error: str
    texts: tuple[str, ...]


def call_view(night: Night, row: Row, sound: Sound | None, drawn: Peaks | None, *, masked: bool) -> CallView:
    """The view of one call of ``night``."""
    utterances = night.rows("utterances", row["recording_id"])
    outcomes = night.rows("outcomes", row["recording_id"])
    mask = mask_of(row, utterances, masked=masked)
    talk = conversation(row, utterances, night.rows("findings", row["recording_id"]), mask)
    curve = emotion_curve([_utterance(u) for u in utterances])
    titles = {o["rule_id"]: o["title"] or o["rule_id"] for o in outcomes}
    titles |= {f.row["rule_id"]: f.row["title"] for f in talk.findings}
    return CallView(
        row=row,
        started=local_start(row),
        sound=sound,
        talk=talk,
        timeline=timeline(row, utterances, talk, curve, drawn),
        steps=tuple(steps(row, titles, talk.findings)),
        rules=_by_section(outcomes, titles, mask),
        advice=tuple(_dearest(talk.findings)),
        facts=tuple(_facts(row, masked=masked)),
        warnings=tuple(mask_plain(row["warnings"] or "", masked=masked).splitlines()),
        error=mask_plain(row["error_message"] or "", masked=masked),
        texts=tuple(mask.utterance(index, u["text"]) for index, u in enumerate(utterances)),
    )


def _utterance(row: Row) -> Utterance:
    role = Role(row["role"]) if row["role"] in set(Role) else Role.UNKNOWN
    return Utterance(role, row["channel"], row["start_s"], row["end_s"], row["text"], loudness_db=row["loudness_db"])


def _by_section(outcomes: Sequence[Row], titles: Mapping[str, str], mask: CallMask) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = {}
    for row in outcomes:
        judged = Judged(row, titles[row["rule_id"]], mask.text(row["reason"]))
        found.setdefault(section_of(row["indicator"]), []).append(judged)
    return found


def _dearest(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings that cost most, each rule once, that have something to advise."""
    cost: dict[str, Decimal] = {}
    for finding in findings:
        rule = finding.row["rule_id"]
        cost[rule] = cost.get(rule, Decimal(0)) - min(finding.row["points"] or Decimal(0), Decimal(0))
    first: dict[str, Finding] = {}
    for finding in findings:
        if finding.row["advice"] and cost[finding.row["rule_id"]]:
            first.setdefault(finding.row["rule_id"], finding)
    yield from sorted(first.values(), key=lambda f: (-cost[f.row["rule_id"]], f.number))[:ADVICE]


def _facts(row: Row, *, masked: bool) -> Iterator[tuple[str, str, str]]:
    """What is known of the call: (中文, English, value)."""
    hung_up = {"agent": "客服 agent", "customer": "客户 customer"}
    known = (
        ("坐席", "Agent", row["agent_id"]),
        ("团队", "Team", row["team"]),
        ("队列", "Queue", row["queue"]),
        ("先挂断", "Hung up first", hung_up.get(row["hangup_by"] or "", row["hangup_by"])),
        ("振铃", "Ringing", None if row["ring_s"] is None else f"{row['ring_s']:g} s"),
        ("语音菜单", "Voice menu", None if row["ivr_s"] is None else f"{row['ivr_s']:g} s"),
        ("声道", "Channels", row["channels"]),
        ("识别模型", "Recogniser", row["asr_model"]),
    )
    yield from ((zh, en, str(value)) for zh, en, value in known if value not in (None, ""))
    for column, value in row.items():
        if column.startswith(META_PREFIX) and value not in (None, ""):
            name = column.removeprefix(META_PREFIX)
            yield name, name, mask_plain(str(value), masked=masked)
