"""Who is the agent and who the customer: told by what is said, never by who speaks first (agents also call out).

Agents open and close by rule (工号, 为您服务, 请问有什么可以帮您, 感谢您的来电); callers want something (我要投诉,
我家, 你们什么时候). Each such sign weighs for one side (``side_signs``); the voices are held against each other, and
without a clear margin the role stays ``unknown``: a report with the sides swapped is worse than one that says it cannot
tell.

A *voice* is a channel, or, where two share one, a speaker on it (``Utterance.speaker``). What a machine says is the
``system``'s (``prompts``). A further channel may be another agent's (a consult), and so may a stretch on the customer's
own channel after a transfer (``colleagues``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from qa_pipeline.features.colleagues import colleagues
from qa_pipeline.features.prompts import prompts
from qa_pipeline.features.side_signs import Leaning, leaning
from qa_pipeline.records import Role, Transcript, Utterance

MARGIN = 4.0
"""How far the voices' leanings must lie apart: two or three plain signs."""

CLEAR_SHARE = 0.3
"""How much of all evidence the difference must be; where both sides sound like agents, nothing is clear."""

SECOND_AGENT = 3.0
"""How far a further voice must lean to the agent's side by itself to be another agent: 工号, 为您服务."""

Voice: TypeAlias = tuple[int, int | None]
"""A channel, and the speaker on it where two were told apart there."""


class RoleSource(StrEnum):
    """Where the roles come from: the transcript had them, the request or manifest, the words, or nowhere."""

    TRANSCRIPT = "transcript"
    GIVEN = "given"
    WORDS = "words"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RoleDecision:
    """``transcript`` with roles, the ``roles`` by channel (empty where unknown), and why.

    ``margin`` is how far the agent's voice led; ``confidence`` in [0, 1] is the share of the evidence that speaks
    for the decision (1 where it was given rather than found). ``by_words`` is the channel that the words show to be
    the agent's, whatever was given; None where they show none.
    """

    transcript: Transcript
    roles: Mapping[int, Role] = field(default_factory=lambda: MappingProxyType({}))
    confidence: float = 0.0
    margin: float = 0.0
    reason: str = ""
    source: RoleSource = RoleSource.UNKNOWN
    by_words: int | None = None

    @property
    def contradicted(self) -> bool:
        """Whether the agent's channel was given, and the words clearly show another one."""
        given = [channel for channel, role in self.roles.items() if role is Role.AGENT]
        return self.source is RoleSource.GIVEN and self.by_words is not None and self.by_words not in given


def assign_roles(transcript: Transcript, agent_channel: int | None = None) -> RoleDecision:
    """Give each voice its role, or leave all ``unknown`` where it cannot be told.

    Roles that a stored transcript already has stay. In a mono recording whose voices nobody told apart both speak on
    one channel: it stays ``unknown``, whatever ``agent_channel`` says. Else ``agent_channel`` settles it, and where it
    is None the words do. A machine's prompts are the ``system``'s in any case.
    """
    if any(utterance.role in (Role.AGENT, Role.CUSTOMER) for utterance in transcript.utterances):
        roles = _roles_in(transcript)
        return RoleDecision(transcript, roles, 1.0, reason="转写中已标明角色", source=RoleSource.TRANSCRIPT)
    transcript = _with_prompts(transcript)
    voices = _voices(transcript)
    if len(voices) < 2 and transcript.channels < 2:
        return RoleDecision(transcript, reason="单声道录音，客服与客户在同一声道，无法区分")
    heard = _by_words(transcript, voices)
    if agent_channel is None or transcript.channels < 2:
        return heard
    return _as_given(transcript, agent_channel, heard)


def _as_given(transcript: Transcript, agent_channel: int, heard: RoleDecision) -> RoleDecision:
    if not 0 <= agent_channel < transcript.channels:
        return RoleDecision(
            transcript,
            reason=f"指定的客服声道 {agent_channel} 不存在，录音只有 {transcript.channels} 个声道",
            by_words=heard.by_words,
        )
    roles = {channel: _beside_given(channel, transcript) for channel in range(transcript.channels)}
    roles[agent_channel] = Role.AGENT
    decided = _applied(transcript, {(channel, None): role for channel, role in roles.items()})
    reason = f"按指定：声道 {agent_channel} 为客服"
    given = RoleDecision(decided, roles, 1.0, reason=reason, source=RoleSource.GIVEN, by_words=heard.by_words)
    if not given.contradicted:
        return given
    told = (
        f"指定声道 {agent_channel} 为客服，但话语更像声道 {heard.by_words} 是客服（领先 {heard.margin:.1f} 分），"
        "请核对左右声道 the words contradict the agent's channel as given"
    )
    doubted = replace(given.transcript, warnings=(*given.transcript.warnings, told))
    return replace(given, transcript=doubted, reason=f"{reason}；{told}")


def _beside_given(channel: int, transcript: Transcript) -> Role:
    """Who is on a channel that is not the given agent's: of several, one that leans to the agents is a colleague's."""
    said = [u for u in transcript.utterances if u.channel == channel and u.role is not Role.SYSTEM]
    colleague = transcript.channels > 2 and leaning(said).value >= SECOND_AGENT
    return Role.AGENT if colleague else Role.CUSTOMER


def _with_prompts(transcript: Transcript) -> Transcript:
    found = prompts(transcript.utterances, transcript.events)
    if not found:
        return transcript
    said = enumerate(transcript.utterances)
    utterances = tuple(replace(u, role=Role.SYSTEM) if at in found else u for at, u in said)
    return replace(transcript, utterances=utterances)


def _voices(transcript: Transcript) -> dict[Voice, list[Utterance]]:
    """What each voice says, machines aside. A channel on which nobody speaks is a voice that says nothing."""
    found: dict[Voice, list[Utterance]] = {}
    machines = {u.channel for u in transcript.utterances if u.role is Role.SYSTEM}
    for utterance in transcript.utterances:
        if utterance.role is not Role.SYSTEM:
            found.setdefault((utterance.channel, utterance.speaker), []).append(utterance)
    for channel in range(transcript.channels):
        # Of two channels the silent one is the other side's; of more, one that holds only a machine is nobody's.
        silent = all(voice[0] != channel for voice in found)
        if silent and (transcript.channels == 2 or channel not in machines):
            found[channel, None] = []
    return found


def _by_words(transcript: Transcript, voices: Mapping[Voice, Sequence[Utterance]]) -> RoleDecision:
    leanings = {voice: leaning(said) for voice, said in voices.items()}
    order = sorted(voices, key=lambda voice: (-leanings[voice].value, voice[0], voice[1] or 0))
    if len(order) < 2:
        return RoleDecision(transcript, reason="只有一个声道有人说话，看不出谁是客服")
    agent = order[0]
    caller = min(order[1:], key=lambda voice: (leanings[voice].value, not voices[voice]))
    margin = leanings[agent].value - leanings[caller].value
    weight = leanings[agent].weight + leanings[caller].weight
    confidence = min(1.0, margin / weight) if weight else 0.0
    if margin < MARGIN or confidence < CLEAR_SHARE:
        reason = f"从话语看不出哪个声道是客服（差 {margin:.1f} 分）"
        return RoleDecision(transcript, confidence=confidence, margin=margin, reason=reason)
    roles = {voice: _role(voice, agent, caller, voices, leanings) for voice in voices}
    decided = _applied(transcript, roles)
    return RoleDecision(
        decided,
        _roles_by_channel(roles),
        confidence,
        margin,
        _why(agent, caller, leanings, margin) + _further(decided, roles),
        RoleSource.WORDS,
        agent[0] if transcript.channels > 1 else None,
    )


def _role(
    voice: Voice,
    agent: Voice,
    caller: Voice,
    voices: Mapping[Voice, Sequence[Utterance]],
    leanings: Mapping[Voice, Leaning],
) -> Role:
    """The role of one of possibly more than two voices: further ones must show themselves."""
    if voice == agent:
        return Role.AGENT
    if voice == caller:
        return Role.CUSTOMER
    if leanings[voice].value >= SECOND_AGENT:
        return Role.AGENT
    return Role.CUSTOMER if leanings[voice].value < 0 else Role.UNKNOWN


def _applied(transcript: Transcript, roles: Mapping[Voice, Role]) -> Transcript:
    """``transcript`` with its voices' roles, machines aside, and with colleagues found on the customer's channel."""

    def role_of(utterance: Utterance) -> Role:
        voice = (utterance.channel, utterance.speaker)
        return roles.get(voice, roles.get((utterance.channel, None), Role.UNKNOWN))

    said = transcript.utterances
    utterances = tuple(u if u.role is Role.SYSTEM else replace(u, role=role_of(u)) for u in said)
    found = colleagues(utterances)
    utterances = tuple(replace(u, role=Role.AGENT) if at in found else u for at, u in enumerate(utterances))
    return replace(transcript, utterances=utterances, channel_roles=_roles_by_channel(roles))


def _roles_by_channel(roles: Mapping[Voice, Role]) -> dict[int, Role]:
    """The roles by channel, where a channel has one voice only."""
    return {channel: role for (channel, speaker), role in sorted(roles.items()) if speaker is None}


def _why(agent: Voice, caller: Voice, leanings: Mapping[Voice, Leaning], margin: float) -> str:
    told = "、".join(leanings[agent].signs[:3]) or "无"
    asked = "、".join(leanings[caller].signs[:3]) or "无"
    return f"按话语：{_name(agent)}像客服（{told}），{_name(caller)}像客户（{asked}），领先 {margin:.1f} 分"


def _name(voice: Voice) -> str:
    channel, speaker = voice
    return f"声道 {channel} " if speaker is None else f"说话人 {speaker + 1} "


def _further(transcript: Transcript, roles: Mapping[Voice, Role]) -> str:
    """What else was found, in words."""
    more = [_name(voice).strip() for voice, role in roles.items() if role is Role.AGENT][1:]
    customers = {voice[0] for voice, role in roles.items() if role is Role.CUSTOMER and voice[1] is None}
    joined = sum(u.role is Role.AGENT and u.channel in customers for u in transcript.utterances)
    machine = sum(u.role is Role.SYSTEM for u in transcript.utterances)
    told = [
        f"另有一位客服在{'、'.join(more)}" if more else "",
        f"客户声道上有另一位客服的 {joined} 句话" if joined else "",
        f"{machine} 句是系统提示音" if machine else "",
    ]
    return "".join(f"；{one}" for one in told if one)


def _roles_in(transcript: Transcript) -> Mapping[int, Role]:
    """The roles by channel, where a channel has one role only, prompts aside."""
    said: dict[int, set[Role]] = {}
    for utterance in transcript.utterances:
        if utterance.role is not Role.SYSTEM:
            said.setdefault(utterance.channel, set()).add(utterance.role)
    return {channel: next(iter(roles)) for channel, roles in sorted(said.items()) if len(roles) == 1}
