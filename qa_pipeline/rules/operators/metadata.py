"""``metadata`` (话单字段): what the manifest says of the call: who hung up, ring seconds, queue, anything.

In a rule set::

    require: {metadata: {field: hangup_by, is: customer}}
    require: {metadata: {field: ring_s, at_most: 15}}
    when:    {metadata: {field: queue, one_of: [投诉, 供热]}}
    when:    {metadata: {field: started_at, at_least: 2026-11-15, at_most: 2027-03-15}}     # 供暖季
    when:    {metadata: {field: vip, is: true}}
    when:    {metadata: {field: ticket_id, exists: true}}

写了几样就要样样满足。比较看写的是什么：

- 写数字按数字比（"15"、15.0 和 15 相同）；写 true/false 时，是、否、yes、no、1、0 都认；其他按文字比，不分大小写；
- ``at_least``、``at_most`` 两头都含，可以写数字或日期（2026-11-15，或 2026-11-15 09:30）。只写日子，就只比日子：
  ``at_most: 2027-03-15`` 含那一整天。时区不换算，按话单里写的钟点比；
- ``is_not`` 是不等于；``one_of`` 是其中之一；``exists: true`` 只问有没有这一项，不能和别的写在一起。

话单里没有这一项，或者要比数字、日期而它不是，判为无法判断，不算通过；只有 ``exists`` 例外。
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from qa_pipeline.records import Evidence, MetadataValue
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.timing import within
from qa_pipeline.rules.view import CannotTell, View

_TRUE = frozenset({"true", "yes", "y", "1", "1.0", "是", "有", "对"})
_FALSE = frozenset({"false", "no", "n", "0", "0.0", "否", "无", "没有"})


def _bound(value: float | str) -> float | str:
    """A bound is a number or a date; a number that was written as text is a number."""
    if isinstance(value, str):
        number = _number(value)
        if number is None and _moment(value) is None:
            raise ValueError("要写数字或日期 a number or a date such as 2026-11-15")
        return value if number is None else number
    return value


Bound = Annotated[float | str, AfterValidator(_bound)]


class Metadata(Operator):
    """The parameters: a field and one or more comparisons, all of which must hold."""

    field: str = Field(min_length=1)
    is_value: bool | int | float | str | None = Field(default=None, alias="is")
    is_not: bool | int | float | str | None = None
    one_of: list[bool | int | float | str] = Field(default_factory=list)
    at_least: Bound | None = None
    at_most: Bound | None = None
    exists: bool | None = None

    @model_validator(mode="after")
    def _compares(self) -> Metadata:
        bounds = (self.at_least, self.at_most)
        compares = any(value is not None for value in (self.is_value, self.is_not, *bounds)) or bool(self.one_of)
        if compares == (self.exists is not None):
            keys = "is、is_not、one_of、at_least、at_most"
            raise ValueError(f"要写 {keys} 中的一样或几样，或者只写 exists  compare, or ask exists alone")
        if len({isinstance(bound, str) for bound in bounds if bound is not None}) > 1:
            raise ValueError("at_least 和 at_most 要么都是数字，要么都是日期 give two numbers or two dates")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one piece of evidence where the comparisons hold: the whole recording, the value as its match."""
        value = view.call.metadata.get(self.field)
        missing = value is None or (isinstance(value, str) and not value.strip())
        if self.exists is not None:
            if self.exists is not missing:
                note = f"话单里没有 {self.field}" if missing else f"{self.field} = {value}"
                matched = "" if missing else str(value)
                yield Evidence(None, view.window.start, view.window.end, matched=matched, note=note)
            return
        if missing:
            raise CannotTell(f"话单里没有 {self.field}  the manifest does not say {self.field}")
        if self._holds(value):
            yield Evidence(None, view.window.start, view.window.end, matched=str(value), note=f"{self.field} = {value}")

    def _holds(self, value: MetadataValue) -> bool:
        if self.is_value is not None and not self._same(value, self.is_value):
            return False
        if self.is_not is not None and self._same(value, self.is_not):
            return False
        if self.one_of and not any(self._same(value, wanted) for wanted in self.one_of):
            return False
        return (self.at_least is None and self.at_most is None) or self._between(value)

    def _same(self, value: MetadataValue, wanted: bool | int | float | str) -> bool:
        """Whether ``value`` is what was written, compared as the kind of thing that was written."""
        text = str(value).strip().casefold()
        if isinstance(wanted, bool):
            if text not in _TRUE | _FALSE:
                raise CannotTell(f"{self.field} 不是“是/否” is neither yes nor no: {value!r}")
            return (text in _TRUE) is wanted
        if isinstance(wanted, int | float):
            return _number(value) == wanted
        return text == wanted.strip().casefold()

    def _between(self, value: MetadataValue) -> bool:
        """Whether ``value`` lies between the bounds, which are included."""
        if isinstance(self.at_least, str) or isinstance(self.at_most, str):
            moment = _moment(str(value))
            if moment is None:
                raise CannotTell(f"{self.field} 不是日期 is not a date: {value!r}")
            return not _before(moment, self.at_least) and not _after(moment, self.at_most)
        number = _number(value)
        if number is None:
            raise CannotTell(f"{self.field} 不是数字 is not a number: {value!r}")
        return within(number, self.at_least, self.at_most)


def _number(value: MetadataValue) -> float | None:
    try:
        number = float(str(value).strip())
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _moment(text: str) -> datetime | date | None:
    """A date or a time as written, without its zone: bounds mean the clock on the wall of the hotline."""
    cleaned = text.strip().replace("/", "-")
    try:
        return date.fromisoformat(cleaned)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(cleaned).replace(tzinfo=None)
    except ValueError:
        return None


def _before(moment: datetime | date, bound: float | str | None) -> bool:
    limit = _moment(bound) if isinstance(bound, str) else None
    return limit is not None and _comparable(moment, limit) < _comparable(limit, limit)


def _after(moment: datetime | date, bound: float | str | None) -> bool:
    limit = _moment(bound) if isinstance(bound, str) else None
    return limit is not None and _comparable(moment, limit) > _comparable(limit, limit)


def _comparable(moment: datetime | date, limit: datetime | date) -> datetime:
    """``moment`` as precise as ``limit`` is: to the day where that is a day."""
    if isinstance(moment, datetime) and isinstance(limit, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day)
