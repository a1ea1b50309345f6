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

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class RuleFile(Strict):
    """One line of the standard, as written."""

    id: Identifier
    title: str = Field(min_length=1)
    indicator: str = Field(min_length=1)
    source: str = ""
    when: Any = None
    within: Any = None
    require: Any = None
    forbid: Any = None
    reward: Any = None
    unless: list[Any] = Field(default_factory=list)
    guards: list[Guard] | None = None
    silent: Literal["pass", "cannot_tell"] = "pass"
    why_silent: str = ""
    score: ScoreSpec = Field(default_factory=ScoreSpec)
    severity: Severity = Severity.MINOR
    advice: str = ""
    suggest: str = ""

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


class RuleSetFile(Strict):
    """A rule-set file, as written."""

    ruleset: Identifier
    title: str = ""
    version: str = Field(min_length=1)
    source: str = ""
    engine: str = Field(default="", pattern=r"^(>=\d+(\.\d+){0,2})?$")
    effective: Effective = Field(default_factory=Effective)
    include: list[str] = Field(default_factory=list)
    lexicons: dict[str, list[str] | LexiconChange] = Field(default_factory=dict)
    parameters: dict[str, float | int | str | ParameterFile] = Field(default_factory=dict)
    scoring: Scoring | None = None
    rules: list[Any] = Field(default_factory=list)
    override: dict[str, Override] = Field(default_factory=dict)
    extend: dict[str, Extension] = Field(default_factory=dict)
    disable: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
