"""Small scorecards and failures for tests of the outputs."""

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
    Transcript,
    Utterance,
)

RULES = RuleSetIdentity("hotline", "1.0.0", "f" * 64)


def recording(name="rec-a", **metadata):
    return Recording(name, f"/calls/{name}.wav", f"/calls/{name}.wav", metadata)


def card(name="rec-a", *, points="-5", value="95", text="这是规定", **metadata):
    said = Evidence(Role.AGENT, 1.0, 2.5, text, text)
    unsaid = Evidence(None, 3.0, 12.0, note="静音 9 秒")
    finding = Finding("banned-1", "拿规定挡人", "服务禁语", Severity.MAJOR, Decimal(points), said)
    silence = Finding("dead-air", "静音", "沟通", Severity.MINOR, Decimal(0), unsaid)
    outcomes = (
        RuleOutcome("banned-1", "服务禁语", Outcome.FAIL, Decimal(points), (finding,), "1 处"),
        RuleOutcome("dead-air", "沟通", Outcome.FAIL, Decimal(0), (silence,), "1 处"),
        RuleOutcome("tone", "语气", Outcome.CANNOT_TELL, Decimal(0), (), "没有声音", Decimal(5)),
        RuleOutcome("thanks", "赞美", Outcome.NOT_APPLICABLE, Decimal(0)),
    )
    transcript = Transcript(
        name, 30.0, 2, (Utterance(Role.AGENT, 0, 1.0, 2.5, text, 0.9),), asr_model="demo", warnings=("短",)
    )
    score = Score(Decimal(value), Decimal(value) - 5, Decimal(value), "优秀", "合格", "优秀")
    return Scorecard(recording(name, **metadata), transcript, RULES, outcomes, score, role_reason="问候语")


def failure(name="rec-z", **metadata):
    return CallFailure(recording(name, **metadata), Stage.DECODE, "不是音频", duration=1.5, ruleset=RULES)
