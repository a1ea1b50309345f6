"""How well speech was recognised, against what was really said: CER by role, channel and call, and what was confused.

References are files beside one another, one for each recording, named by its id: stored transcripts (JSON), or the same
in YAML. Only what both sides have is compared; what has no partner is named.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

from qa_pipeline.errors import RecordingError, RequestError
from qa_pipeline.outputs.delivered import delivered_file
from qa_pipeline.outputs.journal import read_journal
from qa_pipeline.outputs.scored import Place, opened_corpus
from qa_pipeline.outputs.whole import whole_file
from qa_pipeline.records import RecognitionEffort, Transcript, Utterance
from qa_pipeline.text.cer import Confusion, ErrorCount, confusions, count_errors, errors_by_speaker
from qa_pipeline.transcribe.stored import read_stored, transcript_of

QUALITY = "quality.json"
_SUFFIXES = (".json", ".yaml", ".yml")
_MOST_CONFUSED = 30


@dataclass
class Quality:
    """Adds up over calls. ``missing`` are references without a recording, ``unreferenced`` the other way round."""

    by_role: dict[str, ErrorCount] = field(default_factory=dict)
    by_channel: dict[int, ErrorCount] = field(default_factory=dict)
    by_call: dict[str, ErrorCount] = field(default_factory=dict)
    confused: Counter[Confusion] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    effort: RecognitionEffort = field(default_factory=RecognitionEffort)
    missing: tuple[str, ...] = ()
    unreferenced: tuple[str, ...] = ()

    @property
    def total(self) -> ErrorCount:
        """Over all calls."""
        return sum(self.by_call.values(), ErrorCount())

    def add(self, reference: Transcript, heard: Transcript) -> None:
        """Compare one call, channel by channel; two voices on one channel are told apart by alignment."""
        call = ErrorCount()
        for channel in sorted({u.channel for u in (*reference.utterances, *heard.utterances)}):
            said, text = _on(reference, channel), "".join(u.text for u in _on(heard, channel))
            expected = "".join(u.text for u in said)
            errors = count_errors(expected, text)
            call += errors
            self.by_channel[channel] = self.by_channel.get(channel, ErrorCount()) + errors
            for role, count in errors_by_speaker([(u.role.value, u.text) for u in said], text).items():
                self.by_role[role] = self.by_role.get(role, ErrorCount()) + count
            self.confused.update(confusions(expected, text))
        self.by_call[reference.recording_id] = call
        self.dropped.update(dropped.reason for dropped in heard.dropped)
        self.effort += heard.effort or RecognitionEffort()

    def as_json(self) -> dict[str, Any]:
        """For ``quality.json``: rates with the counts behind them, worst calls first."""
        worst = sorted(self.by_call.items(), key=lambda item: -item[1].rate)
        return {
            "cer": _rate(self.total),
            "by_role": {role: _rate(count) for role, count in sorted(self.by_role.items())},
            "by_channel": {str(channel): _rate(count) for channel, count in sorted(self.by_channel.items())},
            "by_call": {call: _rate(count) for call, count in worst},
            "most_confused": [
                {"expected": pair.expected, "heard": pair.heard, "times": times}
                for pair, times in sorted(self.confused.items(), key=_by_weight)[:_MOST_CONFUSED]
            ],
            "windows": self.windows(),
            "dropped_by_reason": dict(self.dropped.most_common()),
            "missing": list(self.missing),
            "unreferenced": list(self.unreferenced),
        }

    def windows(self) -> dict[str, float]:
        """How many windows were heard, and the shares of them that were gated, heard again, given up."""
        e = self.effort
        shares = {"gated": e.gated, "redecoded": e.redecoded, "dropped": e.dropped}
        return {"heard": e.windows} | {k: round(n / e.windows, 4) if e.windows else 0.0 for k, n in shares.items()}


def read_references(folder: str | Path) -> dict[str, Transcript]:
    """The references in ``folder`` by recording id. Raises RequestError where there are none, or one is faulty."""
    paths = sorted(path for path in Path(folder).glob("*") if path.suffix in _SUFFIXES)
    if not paths:
        raise RequestError(f"--reference {folder}: no such folder, or no transcripts (.json, .yaml) in it")
    try:
        found = [_read(path) for path in paths]
    except RecordingError as error:
        raise RequestError(f"--reference {folder}: {error}") from error
    return {reference.recording_id: reference for reference in found}


def compare(references: Mapping[str, Transcript], heard: Iterable[Transcript]) -> Quality:
    """The quality of ``heard`` by what ``references`` say was said. Raises RequestError where none of them meet."""
    quality, unreferenced = Quality(), []
    for transcript in heard:
        reference = references.get(transcript.recording_id)
        if reference is None:
            unreferenced.append(transcript.recording_id)
        else:
            quality.add(reference, transcript)
    if not quality.by_call:
        raise RequestError(
            f"none of the {len(references)} references is named like a recording; a reference's id or file name must "
            f"be the recording's id or file name (ids here: {', '.join(unreferenced[:3]) or 'no recordings'})"
        )
    quality.missing = tuple(sorted(references.keys() - quality.by_call.keys()))
    quality.unreferenced = tuple(sorted(unreferenced))
    return quality


def compare_folder(references: Mapping[str, Transcript], out: Place) -> Quality:
    """``compare`` for what ``qa-pipeline transcribe`` wrote into ``out``, maybe a URL; writes ``quality.json`` there.

    A reference that no recording's id names is meant for the one whose file has its name, if that is one only.
    """
    with opened_corpus(out) as heard:
        paths = sorted(p for p in heard.folder.glob("*.json") if p.name not in (QUALITY, "run.json"))
        named = _by_recording(references, heard.folder)
        quality = compare(named, (read_stored(path) for path in paths))
    with delivered_file(f"{str(out).rstrip('/')}/{QUALITY}") as target, whole_file(target, target.parent) as path:
        path.write_text(json.dumps(quality.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return quality


def _by_recording(references: Mapping[str, Transcript], out: Path) -> dict[str, Transcript]:
    """``references`` by the ids of the recordings in ``out``."""
    recordings = [entry.recording for entry in read_journal(out).entries]
    stems = {recording.recording_id: PurePath(recording.source_uri).stem for recording in recordings}
    once = {stem for stem, count in Counter(stems.values()).items() if count == 1} - stems.keys()
    ids = {
        stem: recording_id for recording_id, stem in stems.items() if stem in once and recording_id not in references
    }
    named = {ids.get(name, name): reference for name, reference in references.items()}
    return {recording_id: replace(reference, recording_id=recording_id) for recording_id, reference in named.items()}


def _read(path: Path) -> Transcript:
    if path.suffix == ".json":
        return read_stored(path)
    import yaml

    try:
        data = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=yaml.CSafeLoader)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise RequestError(f"--reference {path}: cannot be read as YAML ({error})") from error
    return transcript_of(data, path)


def _on(transcript: Transcript, channel: int) -> list[Utterance]:
    return sorted((u for u in transcript.utterances if u.channel == channel), key=lambda u: u.start)


def _rate(count: ErrorCount) -> dict[str, float]:
    return {"cer": round(count.rate, 4), "errors": count.errors, "characters": count.characters}


def _by_weight(item: tuple[Confusion, int]) -> tuple[int, str, str]:
    pair, times = item
    return -times, pair.expected, pair.heard
