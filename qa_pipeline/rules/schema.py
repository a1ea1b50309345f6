"""The shape of a rule-set file: what may be written, and what each key means.

Conditions (``require``, ``forbid``, ``reward``, ``when`` and the excuses) are read by ``conditions``; here they are
plain data. Messages of pydantic are turned into faults with a line by the loader.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from qa_pipeline.records import Severity

ID_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"

Identifier = Annotated[str, Field(pattern=ID_PATTERN, max_length=80)]


def _exact(value: Any) -> Any:
    """YAML's 2.5 as the decimal that was written, not as the nearest binary fraction."""
    return Decimal(str(value)) if isinstance(value, float) else value


Points = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=1000, decimal_places=2)]


class Strict(BaseModel):
    """A record in which an unknown key is a fault: a misspelt option must never be silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Guard(StrEnum):
    """A way in which words may be said without being meant; see ``rules.guards``."""

    QUOTED = "quoted"
    NEGATED = "negated"
    ECHO = "echo"
    POLITE_TURN = "polite_turn"


class ScoreSpec(Strict):
    """What a rule takes or gives. ``per: hit`` counts every hit up to ``max``; ``per: call`` counts once."""

    deduct: Points | None = None
    add: Points | None = None
    per: Literal["call", "hit"] = "call"
    max: Points | None = None
    veto: bool = False

    @model_validator(mode="after")
    def _coherent(self) -> ScoreSpec:
        if self.deduct is not None and self.add is not None:
            raise ValueError("deduct 和 add 只能写一个 give either deduct or add")
        if self.per == "hit" and self.max is None:
            raise ValueError("per: hit 要写 max 封顶 per: hit needs a max, so that the worst case is known")
        if self.per == "call" and self.max is not None:
            raise ValueError("per: call 不需要 max  per: call takes no max")
        each = self.deduct if self.deduct is not None else self.add
        if self.max is not None and (each is None or self.max < each):
            raise ValueError("max 不能小于一次的分值 max cannot be smaller than one hit")
        return self

    @property
    def most_taken(self) -> Decimal:
        """The most this rule can take from one call."""
        return Decimal(0) if self.deduct is None else self.deduct if self.max is None else self.max

    @property
    def most_given(self) -> Decimal:
        """The most this rule can give to one call."""
        return Decimal(0) if self.add is None else self.add if self.max is None else self.max


LintCode = Annotated[str, Field(pattern=r"^QA[1-5]\d\d$")]
Reason = Annotated[str, Field(min_length=1)]


class RuleFile(Strict):
    """One line of the standard, as written."""

    id: Identifier
    """规则编号：小写字母、数字和连字符；是公开接口 the rule's id, a public interface."""
    title: str = Field(min_length=1)
    """给人看的名称 what people call it."""
    indicator: str = Field(min_length=1)
    """指标，写成 分项/指标 the indicator it feeds: section/indicator."""
    source: str = ""
    """出处：哪份标准的哪一段 the passage of the standard it implements."""
    when: Any = None
    """适用于哪些通话；不满足就是 not_applicable  the calls it applies to."""
    within: Any = None
    """看通话的哪一部分 which part of the call it looks at."""
    require: Any = None
    """必须做到；没有做到就是 fail  what must be there."""
    forbid: Any = None
    """不能出现；每出现一次是一处命中 what must not be there."""
    reward: Any = None
    """做到了加分 what earns a bonus."""
    unless: list[Any] = Field(default_factory=list)
    """有名称的理由：成立时不算 named excuses."""
    guards: list[Guard] | None = None
    """哪些情形下说了也不算：引用、否定、复述、转折 which guards apply."""
    silent: Literal["pass", "cannot_tell"] = "pass"
    """没有命中时的结果 the outcome of a forbid without a hit."""
    why_silent: str = ""
    """没有命中为什么不能算通过 why no hit proves nothing."""
    score: ScoreSpec = Field(default_factory=ScoreSpec)
    """扣分或加分 what it takes or gives."""
    severity: Severity = Severity.MINOR
    """严重程度，与分值无关 how grave a finding is, apart from points."""
    advice: str = ""
    """改进建议 what to do better."""
    suggest: str = ""
    """可以这样说 a wording to use instead."""
    lint_ignore: dict[LintCode, Reason] = Field(default_factory=dict, exclude=True)
    """这条规则不看的检查，写明原因 codes of rules check switched off for this rule, with the reason."""

    @model_validator(mode="after")
    def _one_kind(self) -> RuleFile:
        kinds = [kind for kind in ("require", "forbid", "reward") if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError("require、forbid、reward 必须且只能写一个 give exactly one of require, forbid, reward")
        if self.score.add is not None and kinds[0] != "reward":
            raise ValueError("只有 reward 才能 add 加分 only a reward can add points")
        if self.score.deduct is not None and kinds[0] == "reward":
            raise ValueError("reward 不能 deduct 扣分 a reward cannot deduct")
        if self.silent == "cannot_tell" and (kinds[0] != "forbid" or not self.why_silent):
            raise ValueError("silent: cannot_tell 只用于 forbid，并要写 why_silent  only for forbid, with why_silent")
        return self

    @property
    def section(self) -> str:
        """The first part of the indicator: the section of the sheet the rule belongs to."""
        return self.indicator.split("/", 1)[0]

    @property
    def guards_in_force(self) -> frozenset[Guard]:
        """The guards that apply: as written, else all of them for a ``forbid`` and none for the other kinds."""
        return frozenset(self.guards if self.guards is not None else Guard if self.kind == "forbid" else ())

    @property
    def kind(self) -> Literal["require", "forbid", "reward"]:
        """Which of the three kinds of rule this is."""
        return "require" if self.require is not None else "forbid" if self.forbid is not None else "reward"


class GradeBand(Strict):
    """A grade and the lowest score that earns it."""

    grade: str = Field(min_length=1)
    from_score: Points = Field(alias="from")


class Section(Strict):
    """A section of the sheet: the first part of an indicator (接待礼仪 of 接待礼仪/称呼).

    ``weight`` is the most the section can lose (``method: deduct``) or its share of the base (``method: earn``).
    """

    weight: Annotated[Points, Field(gt=0)]


class LineGrade(Strict):
    """One grade of the arithmetic over indicators; every bound that is written must hold. See ``rules.line_grades``."""

    grade: str = Field(min_length=1)
    passed_at_least: int | None = Field(default=None, ge=0)
    passed_below: int | None = Field(default=None, ge=1)
    key_all_passed: bool = False
    non_key_failed_below: int | None = Field(default=None, ge=1)


class LineGrades(Strict):
    """零点's arithmetic: which indicators count, which of them are key, and the grades, tried in order."""

    indicators: list[str] = Field(min_length=1)
    key: list[str] = Field(default_factory=list)
    grades: list[LineGrade] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> LineGrades:
        strangers = sorted(set(self.key) - set(self.indicators))
        if strangers:
            raise ValueError(f"重点指标不在 indicators 里 key indicators that are not listed: {', '.join(strangers)}")
        last = self.grades[-1]
        if last.model_dump(exclude={"grade"}, exclude_defaults=True):
            raise ValueError("最后一档不写条件 the last grade takes no bounds, so that every call has one")
        return self


class Scoring(Strict):
    """How points become a score and a score a grade.

    ``method: deduct`` starts from ``base`` and takes away; ``earn`` gives each rule its worth (its ``deduct``) and
    scales what was earned to ``base``, so that rules that do not apply drop out of both sides. ``min_told``: the share
    of the applicable rules that must be told for a score to be given. ``min_confidence``: below this mean confidence
    of the recogniser, what was said counts as not known.
    """

    base: Points = Decimal(100)
    method: Literal["deduct", "earn"] = "deduct"
    ceiling: Points = Decimal(100)
    sections: dict[str, Section] = Field(default_factory=dict)
    bonus_max: Points | None = None
    veto_cap: Points = Decimal(0)
    min_told: float = Field(default=0.5, ge=0, le=1)
    min_confidence: float = Field(default=0.0, ge=0, le=1)
    grades: list[GradeBand] = Field(default_factory=list)
    line_grades: LineGrades | None = None

    @model_validator(mode="after")
    def _bands_descend(self) -> Scoring:
        floors = [band.from_score for band in self.grades]
        if floors != sorted(floors, reverse=True) or len(set(floors)) != len(floors):
            raise ValueError("grades 要从高到低写 grades are listed from the highest band down")
        if floors and floors[-1] != 0:
            raise ValueError("最低一档要 from: 0  the lowest band starts at 0, so that every score has a grade")
        return self


class Preset(Strict):
    """A value of a parameter that a norm or a sheet names, and where it is written."""

    value: float | int | str
    source: str = Field(min_length=1)


class ParameterFile(Strict):
    """A value that a site may set without copying rules: declared with ``value``, or changed where it is included.

    ``preset`` picks one of the cited values of ``presets``.
    """

    value: float | int | str | None = None
    preset: str | None = None
    about: str = ""
    source: str = ""
    presets: dict[str, Preset] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_value(self) -> ParameterFile:
        if (self.value is None) == (self.preset is None):
            raise ValueError("写 value 或 preset 之一 give either value or preset")
        return self


class LexiconChange(Strict):
    """A change to an included lexicon."""

    append: list[str] = Field(default_factory=list)
    remove: list[str] = Field(default_factory=list)


class Override(Strict):
    """A change to an included rule: ``set`` replaces keys whole; the reason is kept with the rule."""

    why: str = Field(min_length=1)
    set: dict[str, Any] = Field(min_length=1)


class Extension(Strict):
    """More for an included rule: ``any`` adds other ways in which it may hold, ``unless`` adds excuses."""

    why: str = Field(min_length=1)
    any: list[Any] = Field(default_factory=list)
    unless: list[Any] = Field(default_factory=list)


class Effective(Strict):
    """The days on which a version is in force, both included."""

    from_day: date | None = Field(default=None, alias="from")
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether this version is in force on ``day``."""
        return (self.from_day is None or self.from_day <= day) and (self.until is None or day <= self.until)


class Lint(Strict):
    """Codes of ``rules check`` that are switched off in this file: with a reason, or a reason for each thing named."""

    ignore: dict[LintCode, Reason | dict[str, Reason]] = Field(default_factory=dict)
    """{QA204: 原因} 或 or {QA204: {短语 a phrase: 原因}}."""


class RuleSetFile(Strict):
    """A rule-set file, as written."""

    ruleset: Identifier
    """规则集编号 the id of the set."""
    title: str = ""
    """给人看的名称 what people call it."""
    version: str = Field(min_length=1)
    """版本号，加引号写成文字 the version, as text."""
    source: str = ""
    """实施的标准 the standard it implements."""
    engine: str = Field(default="", pattern=r"^(>=\d+(\.\d+){0,2})?$")
    """最低的软件版本，如 ">=0.1"  the oldest engine that understands it."""
    effective: Effective = Field(default_factory=Effective)
    """生效的日期 the days on which this version is in force."""
    include: list[str] = Field(default_factory=list)
    """包含的规则集 the sets it includes, by name."""
    lexicons: dict[str, list[str] | LexiconChange] = Field(default_factory=dict)
    """词表：有名称的短语列表 named phrase lists."""
    parameters: dict[str, float | int | str | ParameterFile] = Field(default_factory=dict)
    """参数：站点可以改的数值 named values that a site may set."""
    scoring: Scoring | None = None
    """怎样计分和评级 how points become a score and grades."""
    rules: list[Any] = Field(default_factory=list)
    """规则 the rules."""
    override: dict[str, Override] = Field(default_factory=dict)
    """改动包含来的规则 changes to included rules."""
    extend: dict[str, Extension] = Field(default_factory=dict)
    """给包含来的规则补充条件或理由 more for included rules."""
    disable: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """停用包含来的规则，写明原因 included rules out of force, with the reason."""
    lint: Lint = Field(default_factory=Lint)
    """rules check 在这个文件里不看什么 what rules check does not look at in this file."""
