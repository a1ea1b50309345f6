"""What a run comes to, as it is shown to people and machines when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from qa_pipeline.records import Seconds

# How many failed recordings a summary names; all of them stand in ``calls``.
FAILURES_NAMED = 20
FINDINGS_NAMED = 5
# Under which the calls are counted that have no grade: too little could be told of them.
NO_GRADE = "—"
DEMO_NOTICE = (
    "The demo model knows the voices of the samples only: these are no results for real calls. "
    "演示模型只认识示例录音的合成声音，不能用于真实通话。"
)


@dataclass(frozen=True, slots=True)
class FrequentFinding:
    """One rule that fired: how often, and in how many calls."""

    rule_id: str
    title: str
    count: int
    calls: int


@dataclass(frozen=True, slots=True)
class NamedFailure:
    """One recording that failed, as a person needs to know it."""

    recording_id: str
    source_uri: str
    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The result of one run. ``status`` is ``finished``, ``interrupted`` or ``out_of_time``.

    ``calls`` counts the rows that were written, ``expected`` the recordings that were asked for. ``mean_score`` is over
    the calls that have a score. ``cannot_tell_share`` is the part of applicable rule outcomes that could not be told;
    None where nothing was judged. ``model_why`` says how the model was chosen; ``demo_model`` is True if any speech was
    recognised by the demo model, now or when its transcript was stored. ``recognition`` counts windows of sound: heard,
    gated, redecoded, dropped, with their shares, and how full the batches were; empty where none was heard.
    ``roles_unknown`` counts calls in which nobody could tell agent and customer apart, ``roles_unknown_mono`` those of
    them on one channel. ``failures`` names the first failed recordings, ``failed`` counts all.

    Of the ``calls``, ``resumed`` were done by an earlier run into the same folder; of the others, ``reused`` had their
    transcript in the store. ``audio_s`` is over all calls, ``audio_now_s`` over those that this run did;
    ``audio_left_s`` estimates what was left undone.
    """

    status: str
    out: str
    expected: int
    calls: int
    scored: int
    failed: int
    failed_by_stage: Mapping[str, int]
    mean_score: Decimal | None
    grades: Mapping[str, int]
    vetoed: int
    with_warnings: int
    cannot_tell_share: float | None
    top_findings: Sequence[FrequentFinding]
    failures: Sequence[NamedFailure]
    skipped: Mapping[str, int]
    warnings: Sequence[str]
    model: str | None
    model_why: str | None
    demo_model: bool
    audio_s: Seconds
    wall_s: Seconds
    stage_s: Mapping[str, Seconds]
    recognition: Mapping[str, float] = field(default_factory=dict)
    peak_memory_bytes: int = 0
    roles_unknown: int = 0
    roles_unknown_mono: int = 0
    resumed: int = 0
    reused: int = 0
    audio_now_s: Seconds | None = None
    audio_left_s: Seconds = 0.0

    @property
    def realtime_factor(self) -> float | None:
        """Seconds of audio for each second of waiting, of what this run did."""
        audio_s = self.audio_s if self.audio_now_s is None else self.audio_now_s
        return audio_s / self.wall_s if self.wall_s > 0 else None

    def as_json(self) -> dict[str, Any]:
        """The summary as plain JSON values; ``notice`` says what must not be overlooked."""
        plain = asdict(self)
        plain["mean_score"] = None if self.mean_score is None else float(self.mean_score)
        plain["realtime_factor"] = self.realtime_factor
        plain["notice"] = DEMO_NOTICE if self.demo_model else None
        return plain
