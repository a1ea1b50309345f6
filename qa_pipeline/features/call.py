"""``CallFeatures``: everything a rule may look at, computed once per call and only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from qa_pipeline.features.floor import Floor, Side
from qa_pipeline.features.lines import Lines, lines_of, sounds_of
from qa_pipeline.features.passages import Passage
from qa_pipeline.features.sides import speech_by_role
from qa_pipeline.features.speech import union
from qa_pipeline.features.timeline import Timeline, Turns, bits_of
from qa_pipeline.features.turns import group_turns
from qa_pipeline.features.waiting import answered_at, holds
from qa_pipeline.records import MetadataValue, Role, Seconds, Span, Transcript, Utterance
from qa_pipeline.text.normalise import count_spoken

T = TypeVar("T")

SOUND_MAX_S: Seconds = 0.5
"""A sound shorter than this in which no word was recognised is not speech."""


@dataclass(frozen=True)
class CallFeatures:
    """One call as rules see it. ``metadata`` is the manifest's word, over the transcript's own."""

    transcript: Transcript
    metadata: Mapping[str, MetadataValue]

    @property
    def duration(self) -> Seconds:
        """Length of the recording in seconds."""
        return self.transcript.duration

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """All utterances in time order."""
        return self.transcript.utterances

    @cached_property
    def roles_known(self) -> bool:
        """Whether it is known who is the agent and who the customer."""
        return any(utterance.role in (Role.AGENT, Role.CUSTOMER) for utterance in self.utterances)

    @cached_property
    def sides_apart(self) -> bool:
        """Whether agent and customer were recorded apart, so that overlap can be seen at all."""
        return self.roles_known and self.transcript.channels >= 2

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The turns of the call as text to match, in order; a machine's prompts are nobody's turns."""
        turns = group_turns(self.utterances)
        return tuple(Passage(index, turn[0].role, turn) for index, turn in enumerate(turns))

    def turns_of(self, role: Role | None) -> tuple[Passage, ...]:
        """The turns of one role, in order; everybody's for None."""
        return self.passages if role is None else self._turns_by_role.get(role, ())

    @cached_property
    def _turns_by_role(self) -> dict[Role, tuple[Passage, ...]]:
        return {role: tuple(p for p in self.passages if p.role is role) for role in Role}

    def turn_bits(self, role: Role | None) -> Turns:
        """The same as bits."""
        return self._turn_bits[role]

    @cached_property
    def _turn_bits(self) -> dict[Role | None, Turns]:
        return {role: bits_of(self.turns_of(role)) for role in (None, *Role)}

    @cached_property
    def timeline(self) -> Timeline:
        """When the turns are spoken."""
        return Timeline.of(self.passages)

    def once(self, look: Callable[..., T], *args: Any) -> T:
        """What ``look(self, *args)`` says, looked for once and kept with the call.

        A feature of the call: it may depend on nothing but the call, and ``args`` may name a role, a turn or a kind,
        never a threshold that a rule set chooses.
        """
        key = (look, *args)
        known: T | None = self._looked.get(key)
        if known is None and key not in self._looked:
            known = self._looked[key] = look(self, *args)
        return known  # type: ignore[return-value]  # None where look said so

    @cached_property
    def _looked(self) -> dict[Any, Any]:
        return {}

    def in_turns(self, look: Callable[[str], Sequence[T]], role: Role | None) -> Sequence[tuple[Passage, T]]:
        """What ``look`` finds in the words of each turn of ``role``, with its turn, in order; looked for once."""
        return self.once(_in_turns, look, role)

    def lines(self, role: Role | None) -> Lines:
        """What one role says (everybody for None) as one text, a turn a line."""
        return self.once(_lines, role)

    def sounds(self, role: Role | None) -> Lines:
        """How what one role says sounds, a turn a line."""
        return self.once(_sounds, role)

    @cached_property
    def agent_heard(self) -> bool:
        """Whether anything the agent said was recognised."""
        return self.spoken(Role.AGENT) > 0

    @cached_property
    def floor(self) -> Floor:
        """Who held the floor, broke in and answered."""
        said: dict[Role, list[Utterance]] = {role: [] for role in self._speech_by_role}
        for utterance in self.utterances:
            said.setdefault(utterance.role, []).append(utterance)
        return Floor({role: Side(self.speech(role), tuple(said[role])) for role in said}, self.passages)

    def speech(self, role: Role) -> tuple[Span, ...]:
        """When ``role`` spoke: by the sound where there is any, else by the utterances' own times."""
        return self._speech_by_role.get(role, ())

    @cached_property
    def all_speech(self) -> tuple[Span, ...]:
        """When anybody spoke."""
        if self.transcript.speech is not None:
            return union(span for spans in self.transcript.speech for span in spans)
        return union(Span(u.start, u.end) for u in self.utterances)

    @cached_property
    def worded_speech(self) -> tuple[Span, ...]:
        """When anybody spoke, without short sounds in which no word was recognised: a cough, a click, a key."""
        if self.transcript.speech is None:
            return self.all_speech
        spoken = union(Span(u.start, u.end) for u in self.utterances if u.text)
        short = [span for span in self.all_speech if span.duration < SOUND_MAX_S]
        mere = {span for span in short if not any(span.overlap(words) for words in spoken)} if spoken else set()
        return tuple(span for span in self.all_speech if span not in mere) if mere else self.all_speech

    @cached_property
    def _speech_by_role(self) -> dict[Role, tuple[Span, ...]]:
        return speech_by_role(self.transcript)

    @cached_property
    def answered_at(self) -> Seconds:
        """When the agent answers; 0 unless a voice menu, ringing or queue music comes before."""
        return answered_at(self.transcript)

    @cached_property
    def holds(self) -> tuple[Span, ...]:
        """Where the line plays music or rings, from the sound."""
        return holds(self.transcript)

    @cached_property
    def occupied(self) -> tuple[Span, ...]:
        """When the line is not silent: somebody speaks words, it rings or plays, or nobody has answered yet."""
        waits = (*self.holds, Span(0.0, self.answered_at))
        return union((*self.worded_speech, *waits)) if any(wait.duration for wait in waits) else self.worded_speech

    def spoken(self, role: Role, span: Span | None = None) -> int:
        """How many 字 ``role`` said, in all or in utterances that begin inside ``span``."""
        chosen = (u for u in self.utterances if u.role is role)
        return sum(count_spoken(u.text) for u in chosen if span is None or span.start <= u.start < span.end)

    def lost_share(self, role: Role | None, span: Span) -> float:
        """The share of ``role``'s speech (None: everybody's) within ``span`` whose words are not known, in [0, 1].

        Those are the stretches that the recogniser's gate gave up; 0 where it gave up nothing, or where nobody spoke.
        """
        lost = self._lost_speech.get(role, ())
        if not lost:
            return 0.0
        lost_s = sum(one.overlap(span) for one in lost)
        known = (u for u in self.utterances if role is None or u.role is role)
        known_s = sum(Span(u.start, u.end).overlap(span) for u in known)
        return lost_s / (lost_s + known_s) if lost_s else 0.0

    @property
    def words_lost(self) -> bool:
        """Whether there is speech anywhere whose words are not known."""
        return any(self._lost_speech.values())

    @cached_property
    def _lost_speech(self) -> dict[Role | None, tuple[Span, ...]]:
        lost = [(self._role_on(d.channel), Span(d.start, d.end)) for d in self.transcript.dropped if d.lost]
        return {who: tuple(span for role, span in lost if who in (None, role)) for who in (None, *Role)} if lost else {}

    def _role_on(self, channel: int) -> Role:
        """Who is on ``channel``; unknown where nobody or more than one role is."""
        there = {u.role for u in self.utterances if u.channel == channel}
        return self.transcript.channel_roles.get(channel) or (there.pop() if len(there) == 1 else Role.UNKNOWN)

    def confidence(self, role: Role | None) -> float | None:
        """Mean confidence of the recogniser over ``role``'s speaking time (None: everybody's).

        None where no utterance states a confidence: a hand-written transcript is taken at its word.
        """
        return self._confidences[role]

    @cached_property
    def _confidences(self) -> dict[Role | None, float | None]:
        return {role: self._mean_confidence(role) for role in (None, *Role)}

    def _mean_confidence(self, role: Role | None) -> float | None:
        rated = [u for u in self.utterances if u.confidence is not None and (role is None or u.role is role)]
        weights = [max(0.1, u.end - u.start) for u in rated]
        if not rated:
            return None
        return sum((u.confidence or 0.0) * w for u, w in zip(rated, weights, strict=True)) / sum(weights)


def _lines(call: CallFeatures, role: Role | None) -> Lines:
    return lines_of(call.turns_of(role))


def _sounds(call: CallFeatures, role: Role | None) -> Lines:
    return sounds_of(call.turns_of(role))


def _in_turns(call: CallFeatures, look: Callable[[str], Sequence[T]], role: Role | None) -> Sequence[tuple[Passage, T]]:
    return [(passage, one) for passage in call.turns_of(role) for one in look(passage.text)]


def call_features(transcript: Transcript, metadata: Mapping[str, MetadataValue] | None = None) -> CallFeatures:
    """The features of a call; empty values of ``metadata`` do not hide what the transcript says."""
    told = {key: value for key, value in (metadata or {}).items() if value not in (None, "")}
    return CallFeatures(transcript, {**transcript.metadata, **told})
