"""The turning points of a call: where it went wrong, where it went right, where its caller changed; with a question.

What rules found is weighed by how grave it is. What went right leaves no finding, so it is looked for here: words of
feeling and thanks (the model ``manner``), a specific apology, a promise with a time, and a caller who calms down.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from qa_pipeline.examples.candidates import WHOLE_CALL
from qa_pipeline.outputs.night import Row
from qa_pipeline.records import Role, Seconds, Transcript, Utterance
from qa_pipeline.text.manner import Manner, shown
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.sentiment import sentiment

QUESTIONS = Path(__file__).with_name("questions.yaml")

APART_S: Seconds = 8.0
"""Stop points nearer than this are one: a class wants to hear something in between."""

MOST = 5
_LONGEST_S: Seconds = 15.0
_OF_ONE_RULE = 2
SURE = 0.75
"""How sure the model of manners must be."""

_TURN = 0.5
"""How far a caller's sentiment rises, from one utterance to his next, where he calms down."""

_WEIGHTS = {"critical": 4.0, "major": 3.0, "minor": 1.5}
_APOLOGY = re.compile("(?:抱歉|对不起|不好意思|向您道歉)")
_CAUSE = re.compile("没有|没能|影响|给您|让您|耽误|不便|做得不|工作|我们的|出了错|久等|没做好|不够")
_PROMISE = re.compile(
    "(?:[一二三四五六七八九十两半几0-9]+个?(?:小时|分钟|工作日|天)(?:之?内|以内)|[点天午上]之?以?前|马上|立刻|现在就|明天|今天)"
)
_DOES = re.compile(
    "我(?:马上|现在|这就|来|会|帮|给|去|再|先|今天|把)|给您(?:答复|回电|回复|打|登记|安排|办|查)|派|安排"
)


class Tone(StrEnum):
    """What a moment is: handled well, badly, or a change on the caller's side."""

    GOOD = "good"
    BAD = "bad"
    CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something to stop at. ``at`` is when it has been heard; ``quote`` and ``matched`` are as recognised: mask them.

    ``rule`` is the rule's id, or the key of its question where no rule found it.
    """

    tone: Tone
    title: str
    rule: str
    start: Seconds
    at: Seconds
    weight: float
    quote: str = ""
    matched: str = ""
    note: str = ""
    advice: str = ""
    suggest: str = ""
    points: float = 0.0
    role: Role | None = None

    @property
    def question(self) -> str:
        """What to ask a class here."""
        return _question(self.rule)


def moments(transcript: Transcript, findings: Sequence[Row], theme: Collection[str] = ()) -> tuple[Moment, ...]:
    """At most ``MOST`` turning points, in time order, none nearer to another than ``APART_S``.

    Rules of the ``theme`` come first; one that has a moment already comes last.
    """
    found = [*_found(transcript, findings), *_good(transcript), *_calmer(transcript)]
    kept: list[Moment] = []
    while found and len(kept) < MOST:
        seen = [moment.rule for moment in kept]
        best = min(found, key=lambda m: (-_drawn(m, theme) * 0.4 ** seen.count(m.rule), m.start, m.rule))
        kept.append(best)
        again = seen.count(best.rule) + 1 >= _OF_ONE_RULE
        found = [m for m in found if abs(m.at - best.at) >= APART_S and not (again and m.rule == best.rule)]
    return tuple(sorted(kept, key=lambda m: m.at))


def _drawn(moment: Moment, theme: Collection[str]) -> float:
    return moment.weight + (10.0 if moment.rule in theme else 0.0)


def missing(findings: Sequence[Row], duration: Seconds) -> list[Row]:
    """The findings about the whole call, with points: what never happened in it."""
    return [row for row in findings if _is_whole(row, duration) and row["points"]]


def _is_whole(finding: Row, duration: Seconds) -> bool:
    """Whether a finding has no moment of its own: it is of the whole call, or says that something never came."""
    length = finding["end_s"] - finding["start_s"]
    never_came = finding["role"] is not None and not finding["matched"] and length > _LONGEST_S
    return bool(length >= WHOLE_CALL * duration or never_came)


def _found(transcript: Transcript, findings: Sequence[Row]) -> Iterator[Moment]:
    for row in findings:
        weight = _WEIGHTS.get(row["severity"] or "", 0.0) + abs(float(row["points"] or 0)) / 4
        caller = row["role"] == Role.CUSTOMER.value
        if row["rule_id"].startswith(("customer-angry", "alert-customer-abusive")):
            weight = 1.2
        if not weight or row["rule_id"] == "pii-spoken" or _is_whole(row, transcript.duration):
            continue
        tone = Tone.CALLER if caller else Tone.GOOD if (row["points"] or 0) > 0 else Tone.BAD
        yield Moment(
            tone=tone,
            title=row["title"] or row["rule_id"],
            rule=row["rule_id"],
            start=row["start_s"],
            at=_heard_until(transcript, row["end_s"]),
            weight=weight,
            quote=row["quote"] or "",
            matched=row["matched"] or "",
            note=row["note"] or "",
            advice=row["advice"] or "",
            suggest=row["suggest"] or "",
            points=float(row["points"] or 0),
            role=Role(row["role"]) if row["role"] else None,
        )


def _heard_until(transcript: Transcript, time: Seconds) -> Seconds:
    """The end of whatever is being said at ``time``: nobody is stopped in the middle of a word."""
    ends = [u.end for u in transcript.utterances if u.start < time <= u.end + 0.05]
    return max(ends, default=time)


def _good(transcript: Transcript) -> Iterator[Moment]:
    """What the agent does well, by utterance."""
    for utterance in transcript.utterances:
        text = normalise(utterance.text).text
        if utterance.role is not Role.AGENT or len(text) < 8:
            continue
        empathy, praise = shown(text, Manner.EMPATHY), shown(text, Manner.PRAISE)
        if _APOLOGY.search(text) and _CAUSE.search(text):
            yield _well(utterance, "good-apology", "具体道歉", 1.6)
        elif empathy.share > SURE:
            yield _well(utterance, "good-empathy", "说出客户的感受", 1.4 + empathy.share / 2)
        elif praise.share > SURE:
            yield _well(utterance, "good-praise", "感谢和肯定", 1.0 + praise.share / 2)
        elif _PROMISE.search(text) and _DOES.search(text):
            yield _well(utterance, "good-promise", "给出办法和时限", 1.3)


def _well(utterance: Utterance, key: str, title: str, weight: float) -> Moment:
    return Moment(
        Tone.GOOD, title, key, utterance.start, utterance.end, weight, quote=utterance.text, role=utterance.role
    )


def _calmer(transcript: Transcript) -> Iterator[Moment]:
    """Where the caller, who had sounded angry, sounds content."""
    last: float | None = None
    for utterance in transcript.utterances:
        if utterance.role is not Role.CUSTOMER or len(utterance.text) < 4:
            continue
        now = sentiment(normalise(utterance.text).text)
        if now is None:
            continue
        if last is not None and now - last >= _TURN and now > 0.6:
            turn = _well(utterance, "good-turn", "客户的语气缓和了", 1.2)
            yield replace(turn, tone=Tone.CALLER)
        last = now


@cache
def _questions() -> dict[str, str]:
    questions: dict[str, str] = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    return dict(sorted(questions.items(), key=lambda item: -len(item[0])))


def _question(rule: str) -> str:
    return next((text for key, text in _questions().items() if rule.startswith(key)), _questions()["default"])
