"""Small scorecards and failures for tests of the outputs: calls said line by line, judged hit by hit."""

from dataclasses import replace
from decimal import Decimal

from qa_pipeline.errors import Stage
from qa_pipeline.records import (
    CallFailure,
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


def recording(name="rec-a", path=None, **metadata):
    return Recording(name, path or f"/calls/{name}.wav", path or f"/calls/{name}.wav", metadata)


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
    """A stereo call of those lines, judged as ``outcomes`` say."""
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
    return Scorecard(
        recording(name, path, **metadata),
        transcript,
        ruleset,
        tuple(outcomes),
        marks,
        line_grade=grade,
        line_grade_min=grade,
    )


def card(name="rec-a", *, points="-5", value="95", text="这是规定", **metadata):
    """A call with every kind of outcome, a hit in words and one in silence, and a score that is not certain."""
    outcomes = (
        rule("banned-1", Outcome.FAIL, hit("banned-1", 1.0, 2.5, text, points=points), indicator="服务禁语"),
        rule("dead-air", Outcome.FAIL, _silence(), indicator="沟通"),
        rule("tone", Outcome.CANNOT_TELL, indicator="语气", reason="没有声音"),
        rule("thanks", Outcome.NOT_APPLICABLE, indicator="赞美", reason=""),
    )
    made = call(name, outcomes, said=((AGENT, 1.0, 2.5, text),), score=value, duration=30.0, **metadata)
    least = replace(made.score, minimum=Decimal(value) - 5, maximum=Decimal(value), grade_min="合格", steps=())
    transcript = replace(made.transcript, speech=None, channel_roles={}, asr_model="demo", warnings=("短",))
    return replace(made, transcript=transcript, score=least, line_grade=None, line_grade_min=None, role_reason="问候语")


def _silence():
    return hit("dead-air", 3.0, 12.0, "", role=None, points="0", severity=Severity.MINOR, note="静音 9 秒")


def failure(name="rec-z", **metadata):
    return CallFailure(recording(name, **metadata), Stage.DECODE, "不是音频", duration=1.5, ruleset=RULES)
