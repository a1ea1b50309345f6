"""One operator per file: the file name is the operator's name in YAML, its docstring the manual.

An operator is a record of parameters and a generator of evidence. Names are listed without importing anything; an
operator is imported when a rule set first uses it. To add one, add a file here that defines a subclass of
``Operator`` named after it (``dead_air.py`` defines ``DeadAir``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import BaseModel, ConfigDict

from qa_pipeline.features import CallFeatures, Passage
from qa_pipeline.records import Evidence, Role

if TYPE_CHECKING:
    from qa_pipeline.rules.conditions import ConditionReader
    from qa_pipeline.rules.index import TextIndex, Texts
    from qa_pipeline.rules.source import Where
    from qa_pipeline.rules.verdict import Condition
    from qa_pipeline.rules.view import View


class Operator(BaseModel):
    """A detection method with its parameters, named as a rule set writes them."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @classmethod
    def read_parameters(cls, raw: dict[str, Any], where: Where, reader: ConditionReader) -> dict[str, Any] | None:
        """The parameters as they are to be validated: ``$names`` replaced. None where a fault was noted.

        An operator that holds conditions of its own reads them here, with ``reader``.
        """
        return {key: reader.expand(value, (*where, key)) for key, value in raw.items()}

    def find(self, view: View) -> Iterable[Evidence]:
        """What is found in ``view``, in time order.

        Raises ``CannotTell`` where the call does not show what the operator needs; it never returns nothing instead.
        """
        raise NotImplementedError(type(self).__name__)

    def wakers(self, _index: TextIndex, _role: Role | None) -> frozenset[int] | None:
        """As ``Condition.wakers``: the operators of the index without a hit of which nothing is found."""
        return None

    def of_role(self) -> Role | None:
        """Whose words the operator itself asks for, where it names anybody."""
        role: Role | None = self.__dict__.get("role")  # a parameter that not every operator has
        return role

    def missing(self, view: View) -> str:
        """Why nothing was found, where the operator can say more than that; asked only then."""
        return ""

    @classmethod
    def conditions_schema(cls) -> dict[str, Any]:
        """The JSON Schema of the parameters that hold conditions, by name."""
        return {}

    def nested(self) -> Iterator[Condition]:
        """The conditions this operator holds itself."""
        return iter(())

    def refers_to(self) -> Iterator[str]:
        """The ids of the rules whose outcome this operator asks for."""
        return iter(())


Spot: TypeAlias = tuple[Passage, int, int, str]
"""A turn, ``[start, end)`` in its text (not empty), and what to note of it."""


class Spotter(Operator):
    """An operator that looks at each turn by itself, so that its places in a call do not depend on who asks.

    They are looked for once in a judging, and where there are none in view, nobody asks.
    """

    def spots(self, call: CallFeatures, role: Role | None, texts: Texts | None) -> Sequence[Spot]:
        """Its places in all turns of ``role``, in order. ``texts``: what the set's index knows, where it answers."""
        raise NotImplementedError(type(self).__name__)

    def find(self, view: View) -> Iterable[Evidence]:
        """The places in view as evidence; nothing where there are too few of them."""
        return enough(view.spotted(self), self.least)

    @property
    def least(self) -> int:
        """How many places make it hold."""
        least: int = getattr(self, "at_least", 1)
        return least

    @property
    def by_time(self) -> bool:
        """Whether its places are brought in order by their times, where turns overlap."""
        return False

    @property
    def needs_spots(self) -> bool:
        """Whether it has nothing to say where there are no places."""
        return True

    def wakers(self, index: TextIndex, role: Role | None) -> frozenset[int] | None:
        """Itself, where the index answers for it."""
        return frozenset({id(self)}) if index.answers_for(self, self.of_role() or role) else None

    def indexed_phrases(self) -> Sequence[str]:
        """The normalised phrases that are looked for exactly, so that all rules of a set are searched in one pass."""
        return ()

    def indexed_sounds(self) -> Sequence[str]:
        """The coded sounds (``text.pinyin``) without one of which in a turn nothing is found there."""
        return ()

    def indexed_pattern(self) -> str:
        """The expression that is looked for, so that all of a set are tried in one pass."""
        return ""


def enough(found: Sequence[Evidence], at_least: int) -> Sequence[Evidence]:
    """``found``, where at least so many of them are meant; else only what a guard covers, so that it stays visible."""
    if at_least == 1 or not found:  # one that is meant is enough, and where none is, all are covered
        return found
    excused = [evidence for evidence in found if evidence.excuse]
    return found if len(found) - len(excused) >= at_least else excused


@cache
def operator_names() -> tuple[str, ...]:
    """The names of all operators, sorted."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__"))


@cache
def operator(name: str) -> type[Operator]:
    """The operator class of that name. Raises ``KeyError`` for an unknown name."""
    if name not in operator_names():
        raise KeyError(name)
    module = import_module(f"{__name__}.{name}")
    found: type[Operator] = getattr(module, "".join(part.capitalize() for part in name.split("_")))
    return found
