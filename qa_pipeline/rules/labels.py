"""Labelled calls: stored transcripts to which a person has added what is true of them.

Beside its ``utterances`` a file has ``labels`` (each key of ``LABELS`` true, false, or null where it does not apply;
``grade`` and ``score``), and may have, by key, the indices of utterances: ``evidence_by_key`` (the faults),
``good_evidence`` (the good behaviours), ``near_miss`` (what could fool a rule) and ``hard_positive`` (said unusually).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_pipeline.errors import RecordingError, RequestError
from qa_pipeline.records import Transcript, Utterance

ReadTranscript: TypeAlias = Callable[[Path], Transcript]
"""Reads a stored transcript; raises ``RecordingError`` for one that is none."""


class Kind(StrEnum):
    """What a true label means, and so which outcome says the same."""

    GOOD = "good"
    """A good behaviour was shown: the rule passes."""
    FAULT = "fault"
    """A fault happened: the rule fails."""
    FACT = "fact"
    """Something happened for which nobody is to blame: the rule (an alert) fails."""


@dataclass(frozen=True, slots=True)
class Label:
    """One thing that is labelled and the rule that looks for it; ``family`` stands for all rules ``<rule>-...`` too.

    ``located`` is False for faults of omission: any place in the call is as good as another.
    """

    key: str
    kind: Kind
    rule: str
    family: bool = False
    located: bool = True

    def measures(self, rule_id: str) -> bool:
        """Whether that rule looks for this."""
        return rule_id == self.rule or (self.family and rule_id.startswith(f"{self.rule}-"))


LABELS: tuple[Label, ...] = (
    Label("greeting_opening", Kind.GOOD, "greeting-opening"),
    Label("addresses_caller", Kind.GOOD, "addresses-caller"),
    Label("confirms_issue", Kind.GOOD, "confirms-issue"),
    Label("asks_details", Kind.GOOD, "asks-details"),
    Label("empathy", Kind.GOOD, "empathy"),
    Label("apology_specific", Kind.GOOD, "apology-specific"),
    Label("gives_solution_or_process", Kind.GOOD, "gives-solution-or-process"),
    Label("polite_closing", Kind.GOOD, "polite-closing"),
    Label("asks_more_help", Kind.GOOD, "asks-more-help"),
    Label("customer_hangs_first", Kind.GOOD, "customer-hangs-first"),
    Label("announces_hold", Kind.GOOD, "announces-hold"),
    Label("positive_language", Kind.GOOD, "positive-language"),
    Label("thanks_or_praise", Kind.GOOD, "thanks-or-praise"),
    Label("taboo1_interrupting", Kind.FAULT, "taboo-1-interrupting"),
    Label("taboo2_no_praise", Kind.FAULT, "taboo-2-no-praise", located=False),
    Label("taboo3_filler_words", Kind.FAULT, "taboo-3-filler-words"),
    Label("taboo4_casual_impatient", Kind.FAULT, "taboo-4-casual-impatient"),
    Label("taboo5_emotional", Kind.FAULT, "taboo-5-emotional"),
    Label("taboo6_passive", Kind.FAULT, "taboo-6-passive", located=False),
    Label("taboo7_fast_speech", Kind.FAULT, "taboo-7-fast-speech"),
    Label("taboo8_only_own_view", Kind.FAULT, "taboo-8-own-view-only"),
    Label("redline_contempt", Kind.FAULT, "redline-contempt"),
    Label("redline_annoyed", Kind.FAULT, "redline-annoyed"),
    Label("redline_refusal", Kind.FAULT, "redline-refusal"),
    Label("redline_doubt", Kind.FAULT, "redline-doubt"),
    Label("redline_casual", Kind.FAULT, "redline-casual"),
    Label("banned_phrase", Kind.FAULT, "banned-phrase", family=True),
    Label("shirking", Kind.FAULT, "shirking"),
    Label("overpromise", Kind.FAULT, "overpromise"),
    Label("dead_air", Kind.FAULT, "dead-air"),
    Label("customer_angry", Kind.FACT, "customer-angry"),
    Label("pii_spoken", Kind.FACT, "pii-spoken"),
)

Indices: TypeAlias = Mapping[str, list[int]]


class LabelsFile(BaseModel):
    """The labels as a file holds them; what else it holds is the transcript's."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    labels: dict[str, Any]
    evidence_by_key: dict[str, list[int]] = Field(default_factory=dict)
    good_evidence: dict[str, list[int]] = Field(default_factory=dict)
    near_miss: dict[str, list[int]] = Field(default_factory=dict)
    hard_positive: dict[str, list[int]] = Field(default_factory=dict)


@dataclass(frozen=True)
class LabelledCall:
    """A call and what is true of it. Indices count the transcript's utterances from 0, in time order."""

    transcript: Transcript
    truth: Mapping[str, bool | None]
    grade: str | None
    score: float | None
    file: LabelsFile

    def shown_at(self, key: str) -> list[int]:
        """The utterances that make the label true."""
        return [*self.file.evidence_by_key.get(key, ()), *self.file.good_evidence.get(key, ())]

    def utterance(self, index: int) -> Utterance | None:
        """The utterance of that index; None where there is none."""
        return self.transcript.utterances[index] if 0 <= index < len(self.transcript.utterances) else None


def read_labelled(folder: Path, read: ReadTranscript) -> tuple[tuple[LabelledCall, ...], tuple[str, ...]]:
    """The labelled calls in ``folder``, by file name, and the names of its JSON files that have no labels.

    Raises ``RequestError`` for a folder that is none or has no labelled call, and for a file that cannot be read.
    """
    if not folder.is_dir():
        raise RequestError(f"{folder}: 没有这个文件夹 no such folder of labelled calls")
    calls: list[LabelledCall] = []
    unlabelled: list[str] = []
    for path in sorted(folder.glob("*.json")):
        file = _labels_of(path)
        if file is None:
            unlabelled.append(path.name)
        else:
            calls.append(_call(path, file, read))
    if not calls:
        raise RequestError(f"{folder}: 没有带 labels 的转写 no stored transcript with `labels` in this folder")
    return tuple(calls), tuple(unlabelled)


def _labels_of(path: Path) -> LabelsFile | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        return LabelsFile.model_validate(data) if isinstance(data, dict) and "labels" in data else None
    except (OSError, ValueError) as error:  # a ValidationError is a ValueError too
        where = f": {error.errors()[0]['loc']}" if isinstance(error, ValidationError) else ""
        raise RequestError(f"{path}: 读不懂标注 cannot read its labels{where} ({type(error).__name__})") from None


def _call(path: Path, file: LabelsFile, read: ReadTranscript) -> LabelledCall:
    try:
        transcript = read(path)
    except RecordingError as error:
        raise RequestError(f"{path}: {error}") from None
    truth = dict(_truth(file, path))
    grade, score = file.labels.get("grade"), file.labels.get("score")
    number = float(score) if isinstance(score, (int, float)) and not isinstance(score, bool) else None
    return LabelledCall(transcript, truth, grade if isinstance(grade, str) else None, number, file)


def _truth(file: LabelsFile, path: Path) -> Iterator[tuple[str, bool | None]]:
    for label in LABELS:
        if label.key not in file.labels:
            continue
        value = file.labels[label.key]
        if value is not None and not isinstance(value, bool):
            raise RequestError(f"{path}: {label.key} 要写 must be true, false or null, not {value!r}")
        yield label.key, value
