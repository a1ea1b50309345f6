"""Small scored nights for tests of the report: calls said line by line, written as a run writes them."""

import wave
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from qa_pipeline.outputs.rows import call_row, finding_rows, outcome_rows, utterance_rows
from qa_pipeline.outputs.schema import arrow_schemas
from qa_pipeline.records import (
    Evidence,
    Finding,
    Outcome,
    Recording,
    Role,
    RuleOutcome,
    RuleSetIdentity,
    Score,
    Scorecard,
    Severity,
    Span,
    Transcript,
    Utterance,
)

AGENT, CUSTOMER = Role.AGENT, Role.CUSTOMER
RULES = RuleSetIdentity("hotline", "1.0.0", "a" * 64)
NEWER = RuleSetIdentity("hotline", "2.0.0", "b" * 64)
TALK = (
    (AGENT, 0.5, 2.5, "您好，请问有什么可以帮您？"),
    (CUSTOMER, 3.0, 6.0, "我家暖气不热，我要投诉。"),
    (AGENT, 5.5, 8.0, "这是规定，没办法。"),
    (CUSTOMER, 14.0, 18.0, "你们到底管不管？"),
)


def hit(rule, start, end, matched, *, quote=None, role=AGENT, points="-5", severity=Severity.MAJOR, title="", **more):
    evidence = Evidence(role, start, end, quote if quote is not None else matched, matched, **more)
    return Finding(rule, title or rule, "", severity, Decimal(points), evidence, "先听完", "我来帮您看")


def rule(name, outcome=Outcome.PASS, *hits, indicator="接待礼仪/开头语", veto=False, reason="没有出现 not found"):
    points = sum((h.points for h in hits), Decimal(0))
    title = f"{name} 的标题"
    told = tuple(Finding(name, title, indicator, h.severity, h.points, h.evidence, h.advice, h.suggest) for h in hits)
    return RuleOutcome(name, indicator, outcome, points, told, reason, Decimal(5), title=title, veto=veto)


def call(
    name, outcomes=(), *, said=TALK, score="90", grade="优秀", path=None, ruleset=RULES, duration=20.0, **metadata
):
    utterances = tuple(
        Utterance(role, 0 if role is AGENT else 1, start, end, text, 0.9, loudness_db=-24.0)
        for role, start, end, text in said
    )
    speech = tuple(tuple(Span(u.start, u.end) for u in utterances if u.channel == channel) for channel in range(2))
    transcript = Transcript(name, duration, 2, utterances, speech=speech, channel_roles={0: AGENT, 1: CUSTOMER})
    outcomes = outcomes or (rule("greeting"),)
    value = None if score is None else Decimal(score)
    steps = ["基础分 base 100", *(f"{o.points} {o.rule_id}" for o in outcomes if o.points), f"= {score}"]
    vetoed = any(o.veto and o.outcome is Outcome.FAIL for o in outcomes)
    marks = Score(value, value or Decimal(0), value or Decimal(100), grade, grade, grade, vetoed, tuple(steps))
    recording = Recording(name, path or f"/nowhere/{name}.wav", path or f"/nowhere/{name}.wav", metadata)
    return Scorecard(recording, transcript, ruleset, tuple(outcomes), marks, line_grade=grade, line_grade_min=grade)


def write_night(out, *results, extra=()):
    """The four tables of ``results``, each in one part."""
    cards = [result for result in results if isinstance(result, Scorecard)]
    rows = {
        "calls": [call_row(result, extra, "0.1.0") for result in results],
        "outcomes": [row for card in cards for row in outcome_rows(card.recording.recording_id, card.outcomes)],
        "findings": [row for card in cards for row in finding_rows(card.recording.recording_id, card.outcomes)],
        "utterances": [row for card in cards for row in utterance_rows(card)],
    }
    for name, schema in arrow_schemas(extra).items():
        (out / name).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows[name], schema=schema), out / name / "part-00000.parquet")
    return out


def sound(path, seconds=20.0, rate=8000):
    """A stereo WAV: a tone on the left in the first half, on the right in the second."""
    t = np.arange(int(seconds * rate)) / rate
    tone = (np.sin(2 * np.pi * 220 * t) * 12000).astype("<i2")
    left, right = tone.copy(), tone.copy()
    left[len(t) // 2 :] = 0
    right[: len(t) // 2] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.stack([left, right], axis=1).tobytes())
    return path
