"""What a trainer may wish of the choice, and which calls that leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from qa_pipeline.errors import RequestError
from qa_pipeline.examples.candidates import Candidate, Candidates
from qa_pipeline.examples.kinds import CallKind

FEWEST, MOST = 2, 6


@dataclass(frozen=True, slots=True)
class Wishes:
    """``theme`` is a kind, a rule's id, or a part of rule ids and titles; ``spare`` are agents not to be shown badly.

    ``swap`` puts one call into the place of another that was chosen. ``seed`` 0 takes the very best; others take
    another choice among those that are about as good.
    """

    count: int = 3
    theme: str | None = None
    kind: CallKind | None = None
    team: str | None = None
    exclude: Sequence[str] = ()
    spare: Sequence[str] = ()
    swap: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True)
class Field:
    """The calls that the wishes leave; ``theme_rules`` is empty where any rule will do.

    ``not_bad`` are calls that are not to be the bad end of a contrast.
    """

    calls: tuple[Candidate, ...]
    theme_rules: frozenset[str]
    not_bad: frozenset[str]
    notes: tuple[str, ...]


def narrowed(candidates: Candidates, wishes: Wishes) -> Field:
    """The calls that may be chosen. Raises ``RequestError`` where a wish names nothing, or leaves too few."""
    if not FEWEST <= wishes.count <= MOST:
        raise RequestError(f"-n {wishes.count}: 请选 {FEWEST} 到 {MOST} 通 choose {FEWEST} to {MOST} calls")
    _check_names(candidates, wishes)
    kind, rules = _theme(candidates, wishes)
    worst = _worst_days(candidates.calls, wishes.spare)
    excluded = set(wishes.exclude) - set(wishes.swap.values())
    calls = tuple(
        call
        for call in candidates.calls
        if (kind is None or call.kind is kind)
        and (wishes.team is None or call.team == wishes.team)
        and call.recording_id not in excluded
        and call.recording_id not in worst
    )
    if len(calls) < wishes.count:
        raise RequestError(
            f"符合条件的只有 {len(calls)} 通，要选 {wishes.count} 通 only {len(calls)} calls fit. "
            "放宽 --theme / --kind / --team / --exclude, or score more calls"
        )
    spared = frozenset(call.recording_id for call in calls if call.agent in set(wishes.spare))
    return Field(calls, rules, spared, tuple(_notes(calls, wishes)))


def _notes(calls: Sequence[Candidate], wishes: Wishes) -> Iterator[str]:
    """What a trainer should know of the field."""
    if wishes.spare:
        yield f"{'、'.join(wishes.spare)}：不作反面案例，并跳过其得分最低的一天"
    if any(call.agent is None for call in calls):
        yield "有的通话没有坐席工号，可能选到同一位坐席 some calls name no agent: two may be of the same one"


def _check_names(candidates: Candidates, wishes: Wishes) -> None:
    for name, known, given in (
        ("--spare", {call.agent for call in candidates.calls if call.agent}, wishes.spare),
        ("--team", {call.team for call in candidates.calls if call.team}, [wishes.team] if wishes.team else []),
        ("--exclude / --swap", {call["recording_id"] for call in candidates.rows}, _named(wishes)),
    ):
        for value in given:
            if value not in known:
                near = "、".join(get_close_matches(value, sorted(known), n=3) or sorted(known)[:3])
                raise RequestError(f"{name} {value}: 没有 not there. 是不是 did you mean: {near}")


def _named(wishes: Wishes) -> list[str]:
    return [*wishes.exclude, *wishes.swap, *wishes.swap.values()]


def _theme(candidates: Candidates, wishes: Wishes) -> tuple[CallKind | None, frozenset[str]]:
    """The kind and the rules that ``--kind`` and ``--theme`` ask for."""
    if wishes.theme is None:
        return wishes.kind, frozenset()
    for kind in CallKind:
        if wishes.theme in (kind.value, kind.label):
            return kind, frozenset()
    known = frozenset().union(*(call.failed | call.passed for call in candidates.calls))
    rules = frozenset(r for r in known if wishes.theme == r) or frozenset(
        rule for rule in known if wishes.theme in rule or wishes.theme in candidates.titles.get(rule, "")
    )
    if not rules:
        near = "、".join(get_close_matches(wishes.theme, sorted(known), n=3) or sorted(known)[:5])
        raise RequestError(f"--theme {wishes.theme}: 没有这个主题 no such theme. complaint, consult, or a rule: {near}")
    return wishes.kind, rules


def _worst_days(calls: Sequence[Candidate], spare: Sequence[str]) -> frozenset[str]:
    """The calls of each spared agent's worst day by mean score; with one day only, the worst call of it."""
    found: set[str] = set()
    for agent in spare:
        own = [call for call in calls if call.agent == agent]
        days = {call.day for call in own}
        if len(days) > 1:
            means = {day: _mean([call.score for call in own if call.day == day]) for day in days}
            worst = min(means, key=lambda day: (means[day], str(day)))
            found |= {call.recording_id for call in own if call.day == worst}
        elif len(own) > 1:
            found.add(min(own, key=lambda call: (call.score, call.recording_id)).recording_id)
    return frozenset(found)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def swaps(given: Sequence[str]) -> dict[str, str]:
    """``OLD=NEW`` as typed, as a mapping. Raises ``RequestError`` for what is none."""
    found = {}
    for text in given:
        old, equals, new = text.partition("=")
        if not (old and equals and new):
            raise RequestError(f"--swap {text}: 写成 OLD=NEW write it as OLD=NEW")
        found[old] = new
    return found
