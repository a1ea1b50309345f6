"""The phrases and expressions of a rule as they are written: where each stands, and what saying it means.

Conditions are judged compiled; what checks and coverage need (the very list item on its line, its role, whether saying
it alone is enough) is only in the text of the rule, so this walks that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from qa_pipeline.rules.packs import Pack, Part, RawRule
from qa_pipeline.rules.source import Source, Where
from qa_pipeline.text.normalise import normalise

Slot = Literal["require", "forbid", "reward", "when", "unless", "within"]
_CONDITION_LISTS = ("all", "any", "none")


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One phrase (``operator`` is ``phrase``) or one expression (``pattern``) and where it is written.

    ``text`` is normalised for a phrase, as written for an expression. ``alone``: saying it is enough for the condition
    to hold, whatever else is said and wherever in the call. ``denied``: it stands under ``none``. ``listed_at`` tells
    the list that it stands in, ``lexicon`` the one it comes from.
    """

    rule_id: str
    slot: Slot
    operator: Literal["phrase", "pattern"]
    text: str
    written: str
    source: Source
    where: Where
    role: str
    alone: bool
    denied: bool
    match: str
    listed_at: tuple[str, Where]
    lexicon: str

    @property
    def said_by_agent(self) -> bool:
        """Whether it is looked for in what the agent says."""
        return self.role != "customer"


@dataclass(frozen=True, slots=True)
class _Context:
    """What surrounds a condition."""

    rule_id: str
    slot: Slot
    source: Source
    role: str = ""
    alone: bool = True
    denied: bool = False


def phrasings_of(raw: RawRule, pack: Pack) -> Iterator[Phrasing]:
    """All phrases and expressions of a rule, in the order they are written."""
    for slot, part in _conditions(raw):
        yield from _in_condition(part.value, part.where, _context(raw, slot, part.source), pack)


def _conditions(raw: RawRule) -> Iterator[tuple[Slot, Part]]:
    slots: tuple[Slot, ...] = ("when", "require", "forbid", "reward")
    for slot in slots:
        if slot in raw.parts:
            yield slot, raw.parts[slot]
        if slot in ("require", "forbid", "reward") and slot in raw.parts:
            yield from ((slot, part) for part in raw.more)
    if "within" in raw.parts:
        part = raw.parts["within"]
        yield from (("within", Part(anchor, part.source, where)) for anchor, where in _anchors(part.value, part.where))
    yield from (("unless", part) for part in excuse_parts(raw))


def excuse_parts(raw: RawRule) -> list[Part]:
    """The excuses of a rule as written, those that later files added included."""
    unless = raw.parts.get("unless")
    own = unless.value if unless is not None and isinstance(unless.value, list) else []
    mine = [Part(value, unless.source, (*unless.where, index)) for index, value in enumerate(own)] if unless else []
    return [*mine, *raw.excuses]


def _context(raw: RawRule, slot: Slot, source: Source) -> _Context:
    within = raw.parts["within"].value if "within" in raw.parts else None
    alone = "when" not in raw.parts and _only_role(within)
    return _Context(raw.data["id"], slot, source, _role(within), alone)


def _role(scope: Any) -> str:
    return str(scope.get("role") or "") if isinstance(scope, dict) else ""


def _only_role(scope: Any) -> bool:
    return not isinstance(scope, dict) or set(scope) <= {"role"}


def _anchors(scope: Any, where: Where) -> Iterator[tuple[Any, Where]]:
    for side in ("before", "after", "around"):
        if isinstance(scope, dict) and side in scope:
            yield scope[side], (*where, side)


def _in_condition(raw: Any, where: Where, context: _Context, pack: Pack) -> Iterator[Phrasing]:
    if not isinstance(raw, dict):
        return
    scope = raw.get("within")
    context = replace(context, role=_role(scope) or context.role, alone=context.alone and _only_role(scope))
    for anchor, place in _anchors(scope, (*where, "within")):
        yield from _in_condition(anchor, place, replace(context, slot="within"), pack)
    for key, value in raw.items():
        yield from _in_part(key, value, (*where, key), context, pack)


def _in_part(key: str, value: Any, where: Where, context: _Context, pack: Pack) -> Iterator[Phrasing]:
    if key in _CONDITION_LISTS and isinstance(value, list):
        single = key == "any" or len(value) == 1
        inner = replace(context, alone=context.alone and single, denied=context.denied != (key == "none"))
        for index, part in enumerate(value):
            yield from _in_condition(part, (*where, index), inner, pack)
    elif key == "phrase" and isinstance(value, dict):
        yield from _in_phrase(value, where, context, pack)
    elif key == "pattern" and isinstance(value, dict) and isinstance(value.get("regex"), str):
        yield _pattern(value, where, context, pack)
    elif isinstance(value, dict) and key in ("count", "near", "sequence"):
        for name in ("of", "stages"):
            parts = value.get(name, [])
            for index, part in enumerate(parts if isinstance(parts, list) else [parts]):
                place = (*where, name, index) if isinstance(parts, list) else (*where, name)
                yield from _in_condition(part, place, replace(context, alone=False), pack)


def _in_phrase(value: dict[str, Any], where: Where, context: _Context, pack: Pack) -> Iterator[Phrasing]:
    listed = value.get("any", [])
    base: Where = (*where, "any")
    items = [(x, (*base, i)) for i, x in enumerate(listed)] if isinstance(listed, list) else [(listed, base)]
    for item, place in items:
        for part, lexicon in _spelled_out(item, place, context.source, pack):
            yield Phrasing(
                rule_id=context.rule_id,
                slot=context.slot,
                operator="phrase",
                text=normalise(part.value).text,
                written=part.value,
                source=part.source,
                where=part.where,
                role=str(value.get("role") or context.role),
                alone=context.alone and value.get("at_least", 1) == 1,
                denied=context.denied,
                match=str(value.get("match", "exact")),
                listed_at=(context.source.path, where),
                lexicon=lexicon,
            )


def _spelled_out(item: Any, where: Where, source: Source, pack: Pack) -> Iterator[tuple[Part, str]]:
    """A list item, or for ``$name`` the phrases of the lexicon, each at its own place."""
    if isinstance(item, str) and item.startswith("$"):
        for part in pack.lexicons.get(item[1:], ()):
            for inner, lexicon in _spelled_out(part.value, part.where, part.source, pack):
                yield inner, lexicon or item[1:]
    elif isinstance(item, str):
        yield Part(item, source, where), ""


def _pattern(value: dict[str, Any], where: Where, context: _Context, pack: Pack) -> Phrasing:
    written = value["regex"]
    named = pack.names.get(written[1:]) if written.startswith("$") else None
    text = named if isinstance(named, str) else written
    return Phrasing(
        rule_id=context.rule_id,
        slot=context.slot,
        operator="pattern",
        text=text,
        written=written,
        source=context.source,
        where=(*where, "regex"),
        role=str(value.get("role") or context.role),
        alone=context.alone and value.get("at_least", 1) == 1,
        denied=context.denied,
        match="exact",
        listed_at=(context.source.path, where),
        lexicon="",
    )
