"""How well roles were told over a run: how many calls have none, and which teams look inverted.

Left and right are easily swapped: by a recorder's setting, by an option of the request, for one team or for all. A
report with the sides swapped blames agents for what callers say. One call is not enough to say so; a team's calls are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from qa_pipeline.records import Role, Scorecard, Transcript

FEWEST = 3
"""Of fewer calls nothing is said."""

MOST = 0.5
"""A team looks inverted where the words contradict the given channel in this share of its calls that tell at all."""

OTHER_SIDE = 0.8
"""A team records on the other side where this share of its calls has the agent where this share of the rest has not."""

_NO_TEAM = "（未填团队 no team）"


@dataclass(frozen=True, slots=True)
class RolesSeen:
    """What one call tells: are its roles ``known``, is it ``mono``, whose it is, and on which channel the agent is.

    ``given`` is the agent's channel as the request or the manifest has it, ``by_words`` as the words tell it; None
    where they do not.
    """

    known: bool
    mono: bool
    team: str = _NO_TEAM
    given: int | None = None
    by_words: int | None = None


def roles_seen(result: Scorecard | Transcript) -> RolesSeen:
    """What ``result`` tells of its roles."""
    transcript = result.transcript if isinstance(result, Scorecard) else result
    known = any(u.role in (Role.AGENT, Role.CUSTOMER) for u in transcript.utterances)
    if not isinstance(result, Scorecard):
        return RolesSeen(known, transcript.channels == 1)
    team = {**transcript.metadata, **result.recording.metadata}.get("team")
    given, by_words = result.recording.agent_channel, result.agent_by_words
    return RolesSeen(known, transcript.channels == 1, str(team or _NO_TEAM), given, by_words)


@dataclass
class RoleTally:
    """Counts roles as calls come; grows with the number of teams only."""

    calls: int = 0
    unknown: int = 0
    mono: int = 0
    _told: Counter[str] = field(default_factory=Counter)
    _contradicted: Counter[str] = field(default_factory=Counter)
    _heard_on: dict[str, Counter[int]] = field(default_factory=dict)

    def add(self, result: Scorecard | Transcript) -> None:
        """Count one call."""
        self.count(roles_seen(result))

    def count(self, seen: RolesSeen) -> None:
        """Count one call by what was seen of it."""
        self.calls += 1
        self.unknown += not seen.known
        self.mono += not seen.known and seen.mono
        if seen.by_words is not None:
            self._compare(seen, seen.by_words)

    def warnings(self) -> Iterator[str]:
        """What looks wrong, a line for each team, the whole batch in one line where all of it does."""
        told, contradicted = self._told.total(), self._contradicted.total()
        doubted = [
            team for team, count in sorted(self._told.items()) if self._inverted(self._contradicted[team], count)
        ]
        if doubted and (len(doubted) == len(self._told) > 1 or doubted == [_NO_TEAM]):
            yield _inverted_in_words("整批录音 the whole batch", contradicted, told)
        else:
            for team in doubted:
                yield _inverted_in_words(f"团队 {team}", self._contradicted[team], self._told[team])
        yield from self._other_side()

    def _compare(self, seen: RolesSeen, by_words: int) -> None:
        if seen.given is not None:
            self._told[seen.team] += 1
            self._contradicted[seen.team] += by_words != seen.given
        else:
            self._heard_on.setdefault(seen.team, Counter())[by_words] += 1

    def _inverted(self, contradicted: int, told: int) -> bool:
        return told >= FEWEST and contradicted >= MOST * told

    def _other_side(self) -> Iterator[str]:
        """Teams whose agents are told to be on another channel than those of all others."""
        whole = sum(self._heard_on.values(), Counter())
        for team, heard in sorted(self._heard_on.items()):
            channel, count = heard.most_common(1)[0]
            rest = whole - heard
            if min(heard.total(), rest.total()) < FEWEST or count < OTHER_SIDE * heard.total():
                continue
            if rest[channel] <= (1 - OTHER_SIDE) * rest.total():
                yield (
                    f"团队 {team}：{heard.total()} 通里 {count} 通的客服在声道 {channel}，与其他团队相反；"
                    "已按话语分别判断，请核对录音设备的左右声道 recorded on the other side than the other teams"
                )


def _inverted_in_words(who: str, contradicted: int, told: int) -> str:
    return (
        f"{who}：{told} 通里 {contradicted} 通的话语与指定的客服声道相反，左右声道可能接反了；"
        "请核对，或改用 --agent-channel auto  agent and customer look swapped"
    )
