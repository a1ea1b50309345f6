"""``metadata`` (话单字段): what the manifest says of the call: who hung up, ring seconds, queue, anything.

In a rule set::

    require: {metadata: {field: hangup_by, is: customer}}
    require: {metadata: {field: ring_s, at_most: 15}}

A field that the manifest does not give, or that is no number where one is compared, cannot be told: never a pass.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from qa_pipeline.records import Evidence, MetadataValue
from qa_pipeline.rules.operators import Operator
from qa_pipeline.rules.view import CannotTell, View


class Metadata(Operator):
    """The parameters: a field and one or more comparisons, all of which must hold."""

    field: str = Field(min_length=1)
    is_value: str | int | float | bool | None = Field(default=None, alias="is")
    one_of: list[str] = Field(default_factory=list)
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _compares(self) -> Metadata:
        if self.is_value is None and not self.one_of and self.at_least is None and self.at_most is None:
            raise ValueError("要写 is、one_of、at_least 或 at_most  say is, one_of, at_least or at_most")
        return self

    def find(self, view: View) -> Iterator[Evidence]:
        """Yield one piece of evidence where the comparisons hold: the whole recording, the value as its match."""
        value = view.call.metadata.get(self.field)
        if value is None or value == "":
            raise CannotTell(f"清单里没有 {self.field}  the manifest does not say {self.field}")
        if self._holds(value):
            yield Evidence(None, view.window.start, view.window.end, matched=str(value), note=f"{self.field} = {value}")

    def _holds(self, value: MetadataValue) -> bool:
        if self.is_value is not None and str(value) != str(self.is_value):
            return False
        if self.one_of and str(value) not in self.one_of:
            return False
        if self.at_least is None and self.at_most is None:
            return True
        number = self._number(value)
        return (self.at_least is None or number >= self.at_least) and (self.at_most is None or number <= self.at_most)

    def _number(self, value: MetadataValue) -> float:
        try:
            return float(str(value))
        except ValueError:
            raise CannotTell(f"{self.field} 不是数字 is not a number: {value!r}") from None
