"""The frozen records that flow from recording to scorecard. They know no file format and no library.

Times are seconds from the recording's start, ``start <= end``. Channels count from 0 (0 is left); a role is who
speaks. Never mix the two: a mono recording has channel 0 and role ``unknown``. Points are ``Decimal``, never float.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from qa_pipeline.errors import Stage

Seconds: TypeAlias = float
MetadataValue: TypeAlias = str | int | float | bool | None


class Role(StrEnum):
    """Who speaks: 客服 / 客户 / 系统 / 未知. ``system`` is a machine's prompt (语音导航、排队提示), nobody's words."""

    AGENT = "agent"
    CUSTOMER = "customer"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class SoundKind(StrEnum):
    """A sound on the line that is nobody's speech: 音乐 / 回铃音 / 忙音 / 按键音 / 其他提示音."""

    MUSIC = "music"
    RINGBACK = "ringback"
    BUSY = "busy"
    DTMF = "dtmf"
    TONE = "tone"


class Outcome(StrEnum):
    """What a rule found out about a call. ``cannot_tell`` is never counted as a pass."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    CANNOT_TELL = "cannot_tell"


class Severity(StrEnum):
    """How grave a finding is, apart from its points."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, in seconds."""

    start: Seconds
    end: Seconds

    @property
    def duration(self) -> Seconds:
        """Length in seconds, never negative."""
        return max(0.0, self.end - self.start)

    def overlap(self, other: Span) -> Seconds:
        """Seconds that both spans share; 0 where they only touch."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class SoundEvent:
    """A sound on one channel that is nobody's speech. ``detail``: the keys of ``dtmf`` (``1``), hertz of a ``tone``."""

    kind: SoundKind
    channel: int
    start: Seconds
    end: Seconds
    detail: str = ""

    @property
    def span(self) -> Span:
        """When it sounds."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Word:
    """One word as the recogniser timed it; in Chinese usually one or two characters."""

    start: Seconds
    end: Seconds
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech on one channel.

    ``confidence`` is a probability in [0, 1], ``loudness_db`` the RMS level in dB below full scale (<= 0); each is None
    where nobody measured it. ``speaker`` tells voices on one channel apart (0, 1; None where nobody did). ``emotion``
    (``angry``, ``neutral`` ...) and ``sounds`` (``laughter``, ``music`` ...) are what a recogniser that hears such
    things says of it, in its own words in lower case.
    """

    role: Role
    channel: int
    start: Seconds
    end: Seconds
    text: str
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    loudness_db: float | None = None
    speaker: int | None = None
    emotion: str | None = None
    sounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """A stretch of speech whose words nobody is held to: what the recogniser wrote there, if anything, and why not.

    ``reason`` is one of the gate's words (``transcribe.gate``): repetition, low_probability, subtitle ... ``lost`` says
    whether something was said there that is not known now; False where nobody spoke and the words were invented.
    """

    channel: int
    start: Seconds
    end: Seconds
    text: str
    reason: str
    confidence: float | None = None
    lost: bool = True


@dataclass(frozen=True, slots=True)
class RecognitionEffort:
    """What it took to recognise one recording; adds up over a run.

    ``windows`` were heard, ``gated`` of them were doubted, ``redecoded`` were heard again for it (their halves and
    every further search count), and ``dropped`` stretches were given up. ``passes`` counts windows of all attempts
    through the recogniser, ``slots`` its part of the batches they travelled in, empty places included:
    ``passes / slots`` is how full the batches were. ``seconds`` are those of each stage. The last three are of this
    process and are not stored.
    """

    windows: int = 0
    gated: int = 0
    redecoded: int = 0
    dropped: int = 0
    passes: int = 0
    slots: float = 0.0
    seconds: Mapping[str, Seconds] = field(default_factory=dict)

    def __add__(self, other: RecognitionEffort) -> RecognitionEffort:
        return RecognitionEffort(
            self.windows + other.windows,
            self.gated + other.gated,
            self.redecoded + other.redecoded,
            self.dropped + other.dropped,
            self.passes + other.passes,
            self.slots + other.slots,
            {k: self.seconds.get(k, 0.0) + other.seconds.get(k, 0.0) for k in {**self.seconds, **other.seconds}},
        )


@dataclass(frozen=True, slots=True)
class ChannelSound:
    """How one channel sounds. Levels in dB relative to full scale; ``clipped`` is a share of samples in [0, 1].

    ``speech_db`` and ``snr_db`` are None on a channel in which nobody speaks.
    """

    speech_db: float | None
    noise_db: float
    snr_db: float | None
    clipped: float


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording to be scored: where it lies and what the manifest says of it.

    ``recording_id`` joins everything. ``path`` is the local file, or a URL that ``storage`` opens. ``metadata`` holds
    what the manifest knows (agent_id, team, started_at, hangup_by, ring_s, ...), with empty cells left out.
    ``problem`` is set where the source could not even be found: the pipeline turns it into a failed row.
    """

    recording_id: str
    source_uri: str
    path: str
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    agent_channel: int | None = None
    problem: str | None = None

    @property
    def is_stored_transcript(self) -> bool:
        """Whether this is a transcript to replay rather than sound to recognise."""
        return self.path.lower().endswith(".json")


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said in one recording, by whom and when.

    ``utterances`` are sorted by start, then channel. ``speech`` holds, for each channel, the unpadded stretches in
    which somebody spoke (sorted, disjoint), from the sound itself; None where there was no sound to look at (a stored
    transcript), and then the utterances stand in for it. ``channels`` counts the channels of the sound;
    ``channel_roles`` says who is on which, also where a channel stayed silent. ``sound`` describes each channel's
    sound, None where there was none to measure. ``events`` are the sounds that are nobody's speech, sorted by start.
    ``language`` is an ISO 639-1 code. ``asr_model`` names what recognised it, None for hand-written ones. ``dropped``
    are the stretches whose words were not to be trusted, sorted as utterances are. ``effort`` says what the recognition
    took, None where nothing was recognised; it is no part of what was said, so it does not count in comparisons.
    """

    recording_id: str
    duration: Seconds
    channels: int
    utterances: tuple[Utterance, ...]
    speech: tuple[tuple[Span, ...], ...] | None = None
    channel_roles: Mapping[int, Role] = field(default_factory=dict)
    sound: tuple[ChannelSound, ...] | None = None
    events: tuple[SoundEvent, ...] = ()
    asr_model: str | None = None
    language: str = "zh"
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    dropped: tuple[Dropped, ...] = ()
    effort: RecognitionEffort | None = field(default=None, compare=False)

    def with_roles(self, roles: Mapping[int, Role]) -> Transcript:
        """The same transcript with each channel's utterances given that channel's role; absent channels keep theirs."""
        utterances = tuple(replace(u, role=roles.get(u.channel, u.role)) for u in self.utterances)
        return replace(self, utterances=utterances, channel_roles={**self.channel_roles, **roles})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a condition points at: where in the call, whose words, what matched. Lies inside the recording.

    ``turn`` is the index of the turn, ``confidence`` the recogniser's for these words, ``operator`` who found it.
    ``excuse`` names the guard by which a match is not held against its speaker; such evidence is never a finding.
    """

    role: Role | None
    start: Seconds
    end: Seconds
    quote: str = ""
    matched: str = ""
    note: str = ""
    turn: int | None = None
    confidence: float | None = None
    operator: str = ""
    excuse: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule fired: one deduction or bonus, with everything an agent needs to understand it."""

    rule_id: str
    title: str
    indicator: str
    severity: Severity
    points: Decimal
    evidence: Evidence
    advice: str = ""
    suggest: str = ""


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What one rule says of one call. ``points`` is what it took (negative) or gave; ``reason`` says why, in words.

    ``worth`` is the most the rule can take, ``in_reach`` the most it can give, whatever the outcome. ``title`` is the
    rule's own; ``veto`` says whether failing it spoils the whole score (一票否决).
    """

    rule_id: str
    indicator: str
    outcome: Outcome
    points: Decimal
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    worth: Decimal = Decimal(0)
    in_reach: Decimal = Decimal(0)
    title: str = ""
    veto: bool = False

    @property
    def section(self) -> str:
        """The first part of the indicator: the section of the sheet."""
        return self.indicator.split("/", 1)[0]

    @property
    def n_hits(self) -> int:
        """How many findings the rule produced."""
        return len(self.findings)


@dataclass(frozen=True, slots=True)
class RuleSetIdentity:
    """Which rule set judged a call; ``sha256`` is over the resolved set, includes and all."""

    id: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Score:
    """The arithmetic's result; None where too little could be told for the figure to mean anything.

    ``minimum <= value <= maximum``: the worst and best case over what could not be told. ``steps`` are the arithmetic
    in words, one line a step.
    """

    value: Decimal | None
    minimum: Decimal | None
    maximum: Decimal | None
    grade: str | None
    grade_min: str | None
    grade_max: str | None
    vetoed: bool = False
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One recording judged by one rule-set version. ``role_reason`` says how agent and customer were told apart.

    ``agent_by_words`` is the channel that the words show to be the agent's, whatever channel was given; None where they
    show none. ``line_grade`` is the grade of the line (冷线, 普通, 优秀), with its worst and best case; None where the
    rule set has no such grades.
    """

    recording: Recording
    transcript: Transcript
    ruleset: RuleSetIdentity
    outcomes: tuple[RuleOutcome, ...]
    score: Score
    line_grade: str | None = None
    line_grade_min: str | None = None
    line_grade_max: str | None = None
    role_reason: str = ""
    agent_by_words: int | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of their rules, then of time."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)


@dataclass(frozen=True, slots=True)
class CallFailure:
    """A recording that could not be scored. It is a row too: recordings in = rows out."""

    recording: Recording
    stage: Stage
    message: str
    duration: Seconds | None = None
    channels: int | None = None
    ruleset: RuleSetIdentity | None = None


CallResult: TypeAlias = Scorecard | CallFailure
