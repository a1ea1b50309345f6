"""Dialogues that a person writes by hand, as the transcript a recogniser would have made of them.

A line is who speaks and what is said; its time follows from its length::

    - 客户: 我家暖气不热
    - {客服: 好的，我帮您登记, pause: 12}        # 前面静音 12 秒 twelve seconds of silence before it
    - {客服: 您先听我说, overlap: 1.5}            # 前一句还有 1.5 秒没说完 begins before the last line ends
    - {客服: 请您提供一下住址和电话, rate: 8}     # 一秒八个字 eight 字 a second
    - 1:05 客户: 喂？                             # 从 1 分 5 秒开始 begins at 65 s

Who: 客服 (坐席, agent), 客户 (来电人, 市民, customer), 未知 (某人, unknown). A line may also be plain text, 客服：您好.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from qa_pipeline.records import MetadataValue, Role, Seconds, Transcript, Utterance
from qa_pipeline.rules.conditions import note_faults
from qa_pipeline.rules.schema import Strict
from qa_pipeline.rules.source import Source, Where
from qa_pipeline.text.normalise import count_spoken

FIRST_WORD_S: Seconds = 0.5
GAP_S: Seconds = 0.4
"""Between two lines, where neither says otherwise."""

RATE = 4.5
"""字 a second: natural speech on the telephone."""

SHORTEST_S: Seconds = 0.4
"""No line is shorter, however few its 字."""

WHO = {
    **dict.fromkeys(("客服", "坐席", "agent"), Role.AGENT),
    **dict.fromkeys(("客户", "来电人", "市民", "customer"), Role.CUSTOMER),
    **dict.fromkeys(("未知", "某人", "unknown"), Role.UNKNOWN),
}
NAMES = {Role.AGENT: "客服", Role.CUSTOMER: "客户", Role.SYSTEM: "系统", Role.UNKNOWN: "未知"}

_SPEAKER = re.compile(rf"(?:(?:(?P<minutes>\d+):)?(?P<seconds>\d+(?:\.\d+)?)\s+)?(?P<who>{'|'.join(WHO)})")
_PLAIN_LINE = re.compile(rf"(?P<speaker>{_SPEAKER.pattern})\s*[:：]\s*(?P<text>.*)", re.DOTALL)

Duration = Annotated[Seconds, Field(ge=0, le=3600, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, le=30)]


class LineFile(Strict):
    """What a line may say beside its words."""

    pause: Duration | None = None
    overlap: Duration | None = None
    rate: Rate | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
    loudness_db: float | None = Field(default=None, le=0)

    @model_validator(mode="after")
    def _one_start(self) -> LineFile:
        if self.pause is not None and self.overlap is not None:
            raise ValueError("pause 和 overlap 只能写一个 give either pause or overlap")
        return self


@dataclass(frozen=True, slots=True)
class Line:
    """One line as written; ``start`` is None where it follows from the line before."""

    role: Role
    text: str
    start: Seconds | None
    how: LineFile


def is_line(raw: Any) -> bool:
    """Whether ``raw`` is one line of a dialogue: text, or a mapping in which somebody speaks."""
    return isinstance(raw, str) or (isinstance(raw, dict) and any(map(_SPEAKER.fullmatch, raw)))


def read_dialogue(raw: Any, where: Where, source: Source) -> list[Line]:
    """The lines written at ``where``, one or a list of them; every fault is noted in ``source``."""
    if is_line(raw):
        return [line for line in [_line(raw, where, source)] if line is not None]
    if not isinstance(raw, list) or not raw:
        source.fault(where, "对话是几行话 a dialogue is a list of lines", "写成 write - 客服: 您好")
        return []
    read = (_line(item, (*where, index), source) for index, item in enumerate(raw))
    return [line for line in read if line is not None]


def _line(raw: Any, where: Where, source: Source) -> Line | None:
    if isinstance(raw, str):
        plain = _PLAIN_LINE.fullmatch(raw.strip())
        if plain is not None:
            return _said(plain["speaker"], plain["text"], {}, where, source)
    speakers = [key for key in raw if _SPEAKER.fullmatch(key)] if isinstance(raw, dict) else []
    if not speakers:
        source.fault(where, "看不出谁在说话 who speaks?", "写成 write 客服: ... 或 or 客户: ...")
        return None
    if len(speakers) > 1:
        fix = "每人一行 one line each: [客户: ..., 客服: ...]"
        source.fault(where, "一行只有一个人说话 one line has one speaker", fix)
        return None
    how = {key: value for key, value in raw.items() if key != speakers[0]}
    return _said(speakers[0], raw[speakers[0]], how, (*where, speakers[0]), source)


def _said(speaker: str, text: Any, how: dict[str, Any], where: Where, source: Source) -> Line | None:
    if not isinstance(text, str):
        source.fault(where, f"说的话要是文字 what is said is text (got {text!r})", '加引号 quote it: "12345"')
        return None
    try:
        file = LineFile.model_validate(how)
    except ValidationError as error:
        note_faults(error, where[:-1], source, known=LineFile.model_fields)
        return None
    parts = _SPEAKER.fullmatch(speaker)
    if parts is None:
        return None
    start = None if parts["seconds"] is None else 60 * int(parts["minutes"] or 0) + float(parts["seconds"])
    return Line(WHO[parts["who"]], text, start, file)


def transcript_of(
    lines: Sequence[Line],
    name: str,
    *,
    rate: float = RATE,
    mono: bool = False,
    duration: Seconds | None = None,
    metadata: Mapping[str, MetadataValue] | None = None,
) -> Transcript:
    """The call in which ``lines`` are said. Agent and customer are recorded apart unless ``mono``.

    ``rate`` holds for every line that names none of its own. The recording ends half a second after the last word, or
    after ``duration`` seconds where that is later.
    """
    apart = not mono and any(line.role is not Role.UNKNOWN for line in lines)
    utterances = sorted(_timed(lines, rate, apart), key=lambda u: (u.start, u.channel))
    ends = max((utterance.end for utterance in utterances), default=0.0) + FIRST_WORD_S
    whole = max(ends, duration or 0.0)
    return Transcript(name, whole, 2 if apart else 1, tuple(utterances), metadata=dict(metadata or {}))


def _timed(lines: Sequence[Line], rate: float, apart: bool) -> Iterator[Utterance]:
    heard_until = FIRST_WORD_S - GAP_S
    for line in lines:
        start = line.start if line.start is not None else heard_until + _wait(line.how)
        start = max(0.0, start)
        heard_until = start + max(SHORTEST_S, count_spoken(line.text) / (line.how.rate or rate))
        channel = int(apart and line.role is Role.CUSTOMER)
        how = line.how
        yield Utterance(line.role, channel, start, heard_until, line.text, how.confidence, (), how.loudness_db)


def _wait(how: LineFile) -> Seconds:
    return GAP_S if how.pause is None and how.overlap is None else (how.pause or 0.0) - (how.overlap or 0.0)
