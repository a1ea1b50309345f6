"""Cases beside the rules: short dialogues that say where a rule must fire, and where it must not.

The cases of ``banned-phrases.yaml`` lie in ``cases/banned-phrases.yaml`` beside it::

    - rule: banned-phrase-rules-as-shield
      fires:                                   # 要报 the rule fires
        - 客服: 这是规定，我也没办法。
        - [客户: 为什么不行, 客服: 规定就是这样]
        - {why: 同音 ASR homophones, 客服: 这是归定, todo: 同音还认不出来}
      silent:                                  # 不报 it looks, and does not fire
        - {why: 客户说的, 客户: 你们就会说这是规定}
        - {why: 引用, dialogue: [客服: 您刚才说“这是规定”], excuse: quoted}

A case is one line, a list of lines (see ``rules.dialogue`` for times, rates and overlaps), or a mapping of the keys of
``CaseFile`` with the line or the ``dialogue`` in it. A rule *fires* where it has something to report: a ``forbid`` that
is hit, a ``require`` that is not met, a ``reward`` that is earned. It is *silent* where it was asked and has nothing to
report; a rule that was not asked at all, or cannot answer, goes under ``not_applicable`` or ``cannot_tell``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from qa_pipeline.errors import RuleSetError
from qa_pipeline.records import ChannelSound, Role, Transcript
from qa_pipeline.rules.conditions import note_faults
from qa_pipeline.rules.dialogue import RATE, Duration, Line, LineFile, Rate, is_line, read_dialogue, transcript_of
from qa_pipeline.rules.schema import Identifier, Strict
from qa_pipeline.rules.source import Source, Where, read_source

FOLDER = "cases"
SPEECH_DB, QUIET_DB = -20.0, 40.0
"""How loud a case is whose noise is given, and how far above the noise the customer speaks in it."""
HEARD = "嗯"
"""What the agent says at the end of a case in which only the customer speaks: a call without an agent tells nothing."""


class Expected(StrEnum):
    """What a case wants of its rule; also the keys of a case file."""

    FIRES = "fires"
    SILENT = "silent"
    NOT_APPLICABLE = "not_applicable"
    CANNOT_TELL = "cannot_tell"


class GroupFile(Strict):
    """The cases of one rule, by what is expected."""

    rule: Identifier
    """规则编号 the rule's id."""
    fires: list[Any] = Field(default_factory=list)
    """要报的对话 where it must fire."""
    silent: list[Any] = Field(default_factory=list)
    """不该报的对话 where it must not."""
    not_applicable: list[Any] = Field(default_factory=list)
    """不适用的对话 where it does not apply."""
    cannot_tell: list[Any] = Field(default_factory=list)
    """无法判断的对话 where the call does not show it."""


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class CaseFile(Strict):
    """What a case may say beside its dialogue."""

    why: str = ""
    """为什么这样判 what the case is about."""
    todo: str = ""
    """已知缺口：写明缺什么；没通过也不算失败 a known gap: reported, never a failure."""
    hit: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    """要标出的原话 words that must be marked."""
    hits: int | None = Field(default=None, ge=1)
    """一共几处 how many findings there are."""
    excuse: str = ""
    """因为哪条理由不报 the excuse or the guard by which it is silent."""
    rate: Rate = RATE
    """语速，字/秒 字 a second."""
    duration: Duration | None = None
    """录音长度，秒 the recording's length, where it goes on after the last word."""
    mono: bool = False
    """两个人在同一声道 both on one channel."""
    agent_snr_db: float | None = None
    """客服一侧说话比背景高出的分贝 by how much the agent's speech stands above the noise behind it."""
    metadata: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """话单字段 what the manifest says of the call."""


@dataclass(frozen=True, slots=True)
class Case:
    """One dialogue and what the rule must say of it. ``file:line`` is where it is written."""

    rule_id: str
    expected: Expected
    transcript: Transcript
    how: CaseFile
    file: str
    line: int

    @property
    def place(self) -> str:
        """Where the case is written."""
        return f"{self.file}:{self.line}"


def cases_beside(ruleset: Path) -> Path:
    """Where the cases of a rule-set file lie, whether there are any or not."""
    return ruleset.parent / FOLDER / ruleset.name


def as_shown(path: Path) -> Path:
    """The path as a person at this prompt would write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def load_cases(path: Path) -> tuple[Case, ...]:
    """The cases of one file, in order. Raises ``RuleSetError`` with every fault of the file."""
    source = read_source(path)
    cases = tuple(_cases(source))
    if source.faults:
        raise RuleSetError(source.faults)
    return cases


def _cases(source: Source) -> Iterator[Case]:
    if not isinstance(source.data, list):
        fix = "写成 write - rule: 规则编号"
        source.fault((), "用例文件是一个列表，每条规则一项 a case file is a list, one item a rule", fix)
        return
    for index, raw in enumerate(source.data):
        yield from _group(raw, (index,), source)


def _group(raw: Any, where: Where, source: Source) -> Iterator[Case]:
    try:
        group = GroupFile.model_validate(raw)
    except ValidationError as error:
        note_faults(error, where, source, known=GroupFile.model_fields)
        return
    for expected in Expected:
        for index, item in enumerate(getattr(group, expected.value)):
            case = _case(item, (*where, expected.value, index), source, group.rule, expected)
            if case is not None:
                yield case


def _case(raw: Any, where: Where, source: Source, rule_id: str, expected: Expected) -> Case | None:
    own, dialogue, place = _apart(raw, where)
    try:
        how = CaseFile.model_validate(own)
    except ValidationError as error:
        note_faults(error, where, source, known=[*CaseFile.model_fields, "dialogue"])
        return None
    if expected is not Expected.FIRES and (how.hit or how.hits):
        source.fault(where, "hit 和 hits 只用于 fires  hit and hits belong under fires")
    if expected is Expected.FIRES and how.excuse:
        source.fault(where, "excuse 不用于 fires  an excuse belongs under silent or not_applicable")
    lines = read_dialogue(dialogue, place, source)
    if not lines:
        return None
    if expected in (Expected.FIRES, Expected.SILENT) and {line.role for line in lines} == {Role.CUSTOMER}:
        lines.append(Line(Role.AGENT, HEARD, None, LineFile()))
    line = source.places.get(where, (0, 0))[0]
    name = f"{Path(source.path).stem}:{line}"
    transcript = transcript_of(lines, name, rate=how.rate, mono=how.mono, duration=how.duration, metadata=how.metadata)
    return Case(rule_id, expected, _sounding(transcript, how.agent_snr_db), how, source.path, line)


def _sounding(transcript: Transcript, agent_snr_db: float | None) -> Transcript:
    """The call with what was measured of its channels; the customer's is quiet."""
    if agent_snr_db is None:
        return transcript
    agent = ChannelSound(SPEECH_DB, SPEECH_DB - agent_snr_db, agent_snr_db, 0.0)
    quiet = ChannelSound(SPEECH_DB, SPEECH_DB - QUIET_DB, QUIET_DB, 0.0)
    return replace(transcript, sound=(agent, quiet)[: transcript.channels])


def _apart(raw: Any, where: Where) -> tuple[dict[str, Any], Any, Where]:
    """The case's own keys, its dialogue, and where that is written."""
    if not isinstance(raw, dict):
        return {}, raw, where
    own = {key: value for key, value in raw.items() if key in CaseFile.model_fields and key != "rate"}
    if is_line(raw):  # its rate is the line's own
        return own, {key: value for key, value in raw.items() if key not in own}, where
    rest = {key: value for key, value in raw.items() if key != "dialogue"}
    return rest, raw.get("dialogue"), (*where, "dialogue")
