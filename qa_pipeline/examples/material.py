"""One chosen call as a class may see and hear it: nothing private, nobody's name, opaque codes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa_pipeline.examples.choose import Pick
from qa_pipeline.examples.heard import heard, metadata_of, names_in
from qa_pipeline.examples.moments import Moment, missing, moments
from qa_pipeline.examples.taken import Taken, taken_out
from qa_pipeline.features import call_features
from qa_pipeline.outputs.night import Night
from qa_pipeline.records import Outcome, Role, Seconds, Span, Transcript
from qa_pipeline.rules import judge
from qa_pipeline.rules.loader import load
from qa_pipeline.sources.identity import letters
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.privacy import Masked, PrivateCall, PrivateKind, PrivateSpan, mask_text, private_call
from qa_pipeline.text.private_numbers import asks_for_number

UNSURE = 0.5
"""An answer to a question for a number that was recognised less surely than this is not shown at all."""

LETTERS = "ABCDEF"
STEMS = "甲乙丙丁戊己"

TRAITS = "caller-traits"


@dataclass(frozen=True, slots=True)
class Line:
    """An utterance as it may be shown; ``marks`` are (start, end, number of the moment) in ``text``."""

    role: Role
    start: Seconds
    end: Seconds
    text: str
    marks: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Lack:
    """What never happened in the call."""

    title: str
    advice: str
    points: float


@dataclass(frozen=True)
class Material:
    """A call of the pack. ``code`` tells it apart from all others without leading back to it."""

    pick: Pick
    letter: str
    code: str
    agent: str
    duration: Seconds
    lines: tuple[Line, ...]
    moments: tuple[Moment, ...]
    lacks: tuple[Lack, ...]
    clips: tuple[Span, ...]
    taken: tuple[Taken, ...]
    traits: tuple[str, ...]
    themes: tuple[str, ...]
    transcript: Transcript
    has_word_times: bool

    @property
    def title(self) -> str:
        """What the call is called in class."""
        return f"案例{self.letter}"


def material(
    pick: Pick,
    place: int,
    night: Night,
    titles: Mapping[str, str],
    *,
    transcripts: Path | None = None,
    theme: Collection[str] = (),
    agents: bool = False,
) -> Material:
    """The chosen call number ``place`` (from 0), ready to be written; stop points prefer the rules of the ``theme``.

    ``agents`` shows who served.
    """
    call = pick.call.call
    transcript = heard(call, night, transcripts)
    private = _private(transcript, names_in(call), agents=agents)
    findings = night.rows("findings", pick.call.recording_id)
    turning = tuple(_masked_moment(moment, private, agents=agents) for moment in moments(transcript, findings, theme))
    return Material(
        pick=pick,
        letter=LETTERS[place],
        code=code_of(pick.call.recording_id),
        agent=f"客服{(pick.call.agent or '') if agents else STEMS[place]}",
        duration=transcript.duration,
        lines=tuple(_lines(transcript, private, turning)),
        moments=turning,
        lacks=tuple(
            Lack(_safe(row["title"]), _safe(row["advice"]), float(row["points"]))
            for row in missing(findings, transcript.duration)
        ),
        clips=clips(transcript, turning),
        taken=taken_out(transcript, private.masked),
        traits=_traits(transcript, metadata_of(call)),
        themes=_themes(pick, titles),
        transcript=transcript,
        has_word_times=any(utterance.words for utterance in transcript.utterances),
    )


def code_of(recording_id: str) -> str:
    """Letters that stand for a recording; the same in every pack, so that a case library can tell repeats."""
    return "case-" + letters(hashlib.sha256(f"case {recording_id}".encode()).digest(), 8)


def clips(transcript: Transcript, turning: Sequence[Moment]) -> tuple[Span, ...]:
    """The stretch around the weightiest moment, and around the weightiest that lies outside of it, by start."""
    found: list[Span] = []
    for moment in sorted(turning, key=lambda m: (-m.weight, m.at)):
        span = _around(transcript, moment)
        if len(found) < _MOST_CLIPS and all(span.overlap(other) == 0 for other in found):
            found.append(span)
    return tuple(sorted(found, key=lambda span: span.start))


_MOST_CLIPS = 2
_BEFORE_S, _AFTER_S = 12.0, 8.0


def _around(transcript: Transcript, moment: Moment) -> Span:
    """From some utterances before a moment to one after it, in whole utterances."""
    start, end = moment.start - _BEFORE_S, moment.at + _AFTER_S
    inside = [u for u in transcript.utterances if u.end > start and u.start < end]
    first = min((u.start for u in inside), default=start)
    last = max((u.end for u in inside), default=end)
    first, last = max(first, start - 8.0), min(last, end + 8.0)
    return Span(max(0.0, first - 0.3), min(transcript.duration, last + 0.3))


def _private(transcript: Transcript, names: Sequence[str], *, agents: bool) -> PrivateCall:
    """The masks of the call; an unsure answer to a question for a number is masked as a whole."""
    turns = [(utterance.role, utterance.text) for utterance in transcript.utterances]
    private = private_call(turns, names, agents=not agents)
    masked = list(private.masked)
    for i, utterance in enumerate(transcript.utterances[1:], 1):
        unsure = utterance.confidence is not None and utterance.confidence < UNSURE
        asked = asks_for_number(normalise(transcript.utterances[i - 1].text).text[-30:])
        if unsure and asked and not masked[i].spans and 0 < len(utterance.text) <= 40:
            whole = PrivateSpan(0, len(utterance.text), PrivateKind.NUMBER)
            masked[i] = Masked(PrivateKind.NUMBER.label, (whole,))
    return replace(private, masked=tuple(masked))


def _masked_moment(moment: Moment, private: PrivateCall, *, agents: bool) -> Moment:
    return replace(
        moment,
        quote=private.mask(moment.quote).text,
        matched=private.mask(moment.matched).text,
        note=private.mask(moment.note).text,
        advice=mask_text(moment.advice, agents=not agents).text,
        suggest=mask_text(moment.suggest, agents=not agents).text,
    )


def _lines(transcript: Transcript, private: PrivateCall, turning: Sequence[Moment]) -> list[Line]:
    lines = []
    for utterance, masked in zip(transcript.utterances, private.masked, strict=True):
        marks = []
        for number, moment in enumerate(turning):
            spoken = moment.role in (None, utterance.role)
            if spoken and moment.start < utterance.end and moment.at > utterance.start:
                at = masked.text.find(moment.matched) if moment.matched else -1
                whole = moment.matched == "" and moment.quote == masked.text
                if at >= 0:
                    marks.append((at, at + len(moment.matched), number))
                elif whole:
                    marks.append((0, len(masked.text), number))
        lines.append(Line(utterance.role, utterance.start, utterance.end, masked.text, _apart(marks)))
    return lines


def _apart(marks: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """The marks that do not overlap one before them."""
    kept: list[tuple[int, int, int]] = []
    for mark in sorted(marks):
        if not kept or mark[0] >= kept[-1][1]:
            kept.append(mark)
    return tuple(kept)


def _traits(transcript: Transcript, metadata: Mapping[str, object]) -> tuple[str, ...]:
    """The caller's traits by the shipped rule set: a rule that fired names one. A site without the set has none."""
    judged = judge(call_features(transcript, dict(metadata)), load(TRAITS))  # type: ignore[arg-type]
    return tuple(
        outcome.indicator.rsplit("/", 1)[-1]
        for outcome in judged.outcomes
        if outcome.outcome is Outcome.FAIL and outcome.indicator.startswith("来电者特质/")
    )


def _themes(pick: Pick, titles: Mapping[str, str]) -> tuple[str, ...]:
    """What the call is about, for a case library: its kind, its line, what it fails."""
    failed = [titles.get(rule, rule) for rule in sorted(pick.call.failed)]
    return tuple(
        dict.fromkeys(_safe(theme) for theme in (pick.call.kind.label, pick.call.queue or "", *failed) if theme)
    )


def _safe(text: str | None) -> str:
    return mask_text(text or "").text
