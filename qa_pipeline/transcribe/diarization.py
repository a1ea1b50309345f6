"""Who speaks when in a mono recording: sherpa-onnx's speaker diarization, from local ONNX models.

An extra: ``pip install qa-pipeline[diarization]``, and a folder with two models, whatever their names: one that finds
speaker changes (pyannote's segmentation 3.0, as sherpa-onnx exports it) and one that knows voices again (a wespeaker or
3D-Speaker embedding model). Nothing is downloaded. Two people are on a line, so two voices are looked for; which of
them is the agent is told by their words afterwards (``features.roles``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples
from qa_pipeline.errors import RequestError
from qa_pipeline.records import Seconds, Span, Utterance
from qa_pipeline.transcribe.onnx_files import metadata

ENVIRONMENT = "QA_PIPELINE_DIARIZATION"
"""Names the folder where no option does."""

HOW_TO_GET = (
    "  - pip install 'qa-pipeline[diarization]' brings sherpa-onnx.\n"
    "  - The folder holds two .onnx files, from the releases of k2-fsa/sherpa-onnx on GitHub: one of "
    "`speaker-segmentation-models` (sherpa-onnx-pyannote-segmentation-3-0) and one of `speaker-recongition-models` "
    "(3dspeaker_speech_eres2net_base_sv_zh-cn_3dspeaker_16k.onnx).\n"
    "  - Without them mono calls are scored by what needs no role."
)
_SEGMENTATION = ("powerset_max_classes", "num_speakers", "num_classes", "window_size", "receptive_field_shift")
_EMBEDDING = ("framework", "output_dim", "sample_rate", "normalize_samples", "language")
_SHORTEST_S: Seconds = 0.25  # a voice that is heard for less between two stretches of the other is the other's
_FRAME_S: Seconds = 0.01


@dataclass(frozen=True, slots=True)
class DiarizationModels:
    """The two models by path, and the threads they may use."""

    segmentation: str
    embedding: str
    threads: int = 1


@dataclass(frozen=True, slots=True)
class VoiceTurn:
    """One voice, numbered from 0, speaks from ``start`` to ``end``. Turns of different voices may overlap."""

    speaker: int
    start: Seconds
    end: Seconds


def find_diarization(folder: str | Path, threads: int = 1) -> DiarizationModels:
    """The models in ``folder``, told by what the files say of themselves, full precision before int8.

    Raises ``RequestError``, with what to do, where the folder or one of the two is missing, or the extra is.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise RequestError(f"--diarization {folder}: no such folder.\n{HOW_TO_GET}")
    files = sorted(path.rglob("*.onnx"), key=lambda file: ("int8" in file.name, str(file)))
    told = {file: metadata(file) or {} for file in files}
    segmentation = next((file for file, known in told.items() if all(key in known for key in _SEGMENTATION)), None)
    embedding = next((file for file, known in told.items() if all(key in known for key in _EMBEDDING)), None)
    if segmentation is None or embedding is None:
        lacking = "speaker segmentation" if segmentation is None else "speaker embedding"
        raise RequestError(
            f"--diarization {folder}: holds no model for {lacking} (looked at {len(files)} .onnx files).\n{HOW_TO_GET}"
        )
    _sherpa()
    return DiarizationModels(str(segmentation), str(embedding), threads)


def _sherpa() -> Any:
    try:
        import sherpa_onnx
    except ImportError as error:
        raise RequestError(f"--diarization: sherpa-onnx is not installed ({error}).\n{HOW_TO_GET}") from error
    return sherpa_onnx


class Diarizer:
    """Tells the two voices of a mono recording apart. The models are loaded when they are first needed.

    May be used from several threads (one at a time works) and pickled to other processes.
    """

    def __init__(self, models: DiarizationModels) -> None:
        self.models = models
        self._lock = Lock()
        self._loaded: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {"models": self.models}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def load(self) -> None:
        """Load the models now; ``RequestError`` where they cannot be loaded."""
        with self._lock:
            if self._loaded is None:
                self._loaded = load_diarization(self.models)

    def turns(self, samples: Samples) -> tuple[VoiceTurn, ...]:
        """Who speaks when in ``samples`` ((n,) float32 at 16 kHz), sorted by start; empty where nobody does."""
        self.load()
        if not len(samples):
            return ()
        with self._lock:
            found = self._loaded.process(np.ascontiguousarray(samples)).sort_by_start_time()
        return tuple(VoiceTurn(int(turn.speaker), float(turn.start), float(turn.end)) for turn in found)


def load_diarization(models: DiarizationModels) -> Any:
    """sherpa-onnx's ``OfflineSpeakerDiarization`` for two speakers; ``RequestError`` where it cannot be had."""
    sherpa = _sherpa()
    config = sherpa.OfflineSpeakerDiarizationConfig(
        segmentation=sherpa.OfflineSpeakerSegmentationModelConfig(
            pyannote=sherpa.OfflineSpeakerSegmentationPyannoteModelConfig(model=models.segmentation),
            num_threads=models.threads,
        ),
        embedding=sherpa.SpeakerEmbeddingExtractorConfig(model=models.embedding, num_threads=models.threads),
        clustering=sherpa.FastClusteringConfig(num_clusters=2),
        min_duration_on=0.2,
        min_duration_off=0.3,
    )
    try:
        if not config.validate():
            raise RuntimeError("the files are not what they should be")
        loaded = sherpa.OfflineSpeakerDiarization(config)
    except (RuntimeError, ValueError, MemoryError) as error:
        raise RequestError(f"--diarization: the models cannot be loaded ({error}).\n{HOW_TO_GET}") from error
    if loaded.sample_rate != SAMPLE_RATE:
        raise RequestError(f"--diarization: {models.segmentation} wants {loaded.sample_rate} Hz; take one of 16 kHz")
    return loaded


def by_speaker(speech: Sequence[Span], turns: Sequence[VoiceTurn]) -> dict[int, tuple[Span, ...]]:
    """``speech`` (sorted, disjoint) cut where the voice changes, by speaker; together they are ``speech`` again.

    Where both speak, whoever was speaking goes on; where no turn lies, the voice before it does (the next one at the
    start of a span). Without any turns all is speaker 0's.
    """
    found: dict[int, list[Span]] = {}
    for span in speech:
        for speaker, piece in _pieces(span, turns):
            found.setdefault(speaker, []).append(piece)
    return {speaker: tuple(spans) for speaker, spans in sorted(found.items())}


def with_speakers(utterances: Sequence[Utterance], turns: Sequence[VoiceTurn]) -> tuple[Utterance, ...]:
    """``utterances`` with whoever speaks most of each; as they are without ``turns``."""
    if not turns:
        return tuple(utterances)
    return tuple(replace(u, speaker=_speaker_of(Span(u.start, u.end), turns)) for u in utterances)


def _speaker_of(span: Span, turns: Sequence[VoiceTurn]) -> int:
    spoken: dict[int, Seconds] = {}
    for turn in turns:
        spoken[turn.speaker] = spoken.get(turn.speaker, 0.0) + span.overlap(Span(turn.start, turn.end))
    most = max(spoken, key=lambda voice: spoken[voice])
    return most if spoken[most] > 0 else _nearest(span, turns)


def _pieces(span: Span, turns: Sequence[VoiceTurn]) -> Iterator[tuple[int, Span]]:
    here = [turn for turn in turns if turn.start < span.end and turn.end > span.start]
    voices = sorted({turn.speaker for turn in here})
    if len(voices) < 2:
        yield (voices[0] if voices else _nearest(span, turns)), span
        return
    frames = max(1, round(span.duration / _FRAME_S))
    speaking = {voice: np.zeros(frames, bool) for voice in voices}
    for turn in here:
        first, last = ((time - span.start) / _FRAME_S for time in (turn.start, turn.end))
        speaking[turn.speaker][max(0, round(first)) : max(0, round(last))] = True
    runs = _without_short(_runs(_labels(speaking, frames)))
    for voice, first, last in runs:
        start = span.start if first == 0 else span.start + first * _FRAME_S
        yield voice, Span(start, span.end if last == frames else span.start + last * _FRAME_S)


def _labels(speaking: dict[int, Any], frames: int) -> list[int]:
    """Who is heard in each frame."""
    labels: list[int | None] = []
    for at in range(frames):
        now = [voice for voice, marks in speaking.items() if marks[at]]
        before = labels[-1] if labels else None
        labels.append(before if before in now or not now else now[0])
    first = next(voice for voice in labels if voice is not None)
    return [first if voice is None else voice for voice in labels]


def _runs(labels: Iterable[int]) -> list[tuple[int, int, int]]:
    runs: list[tuple[int, int, int]] = []
    for at, voice in enumerate(labels):
        if runs and runs[-1][0] == voice:
            runs[-1] = (voice, runs[-1][1], at + 1)
        else:
            runs.append((voice, at, at + 1))
    return runs


def _without_short(runs: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Runs too short to be anybody's go to the longer neighbour, the shortest first."""
    while len(runs) > 1:
        at = min(range(len(runs)), key=lambda i: runs[i][2] - runs[i][1])
        if (runs[at][2] - runs[at][1]) * _FRAME_S >= _SHORTEST_S:
            break
        beside = [i for i in (at - 1, at + 1) if 0 <= i < len(runs)]
        voice = runs[max(beside, key=lambda i: runs[i][2] - runs[i][1])][0]
        labels = [v for i, (own, first, last) in enumerate(runs) for v in [voice if i == at else own] * (last - first)]
        runs = _runs(labels)
    return runs


def _nearest(span: Span, turns: Sequence[VoiceTurn]) -> int:
    """The voice of the turn nearest to ``span``."""
    if not turns:
        return 0
    middle = (span.start + span.end) / 2
    return min(turns, key=lambda turn: min(abs(turn.start - middle), abs(turn.end - middle))).speaker
