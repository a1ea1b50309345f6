"""Through the real sherpa-onnx, with models of a few kilobytes that tell voices by a pilot tone under each."""

import pickle
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml

from qa_pipeline.audio.activity import speech_spans
from qa_pipeline.audio.decode import SAMPLE_RATE, Samples, decode
from qa_pipeline.errors import RequestError
from qa_pipeline.features.roles import assign_roles
from qa_pipeline.records import Recording, Role, Span, Utterance
from qa_pipeline.transcribe.diarization import Diarizer, VoiceTurn, by_speaker, find_diarization, with_speakers
from qa_pipeline.transcribe.models import DEMO, DeviceChoice, resolve_model
from qa_pipeline.transcribe.whisper import WhisperOptions, WhisperTranscriber
from tests.audio.files import write
from tests.transcribe.tiny_onnx import SEGMENTATION_METADATA, embedding, mel_band, segmentation

SAMPLES = Path(__file__).parents[2] / "samples"
CALL = "s05-ceiling-leak"
PILOTS = {"agent": 5200.0, "customer": 6400.0}


def _with_pilots() -> tuple[Samples, list[dict]]:
    """A mono sample call with a faint tone under each side's speech, and what its reference says."""
    sound = decode(SAMPLES / "calls" / f"{CALL}.flac").channels[0].copy()
    truth = yaml.safe_load((SAMPLES / "references" / f"{CALL}.yaml").read_text("utf-8"))["utterances"]
    for said in truth:
        first, last = (round(said[end] * SAMPLE_RATE) for end in ("start", "end"))
        time = np.arange(first, min(last, len(sound))) / SAMPLE_RATE
        sound[first:last] += (0.02 * np.sin(2 * np.pi * PILOTS[said["role"]] * time)).astype(np.float32)
    return sound, truth


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models")
    segmentation(path / "segmentation" / "model.onnx", (PILOTS["agent"], PILOTS["customer"]))
    embedding(path / "voice.onnx", (mel_band(PILOTS["agent"]), mel_band(PILOTS["customer"])))
    return path


def test_the_models_are_told_by_what_they_are(folder: Path) -> None:
    found = find_diarization(folder, threads=2)
    assert (Path(found.segmentation).name, Path(found.embedding).name) == ("model.onnx", "voice.onnx")
    assert found.threads == 2


def test_two_voices_are_told_apart_to_a_tenth_of_a_second(folder: Path) -> None:
    sound, truth = _with_pilots()
    turns = Diarizer(find_diarization(folder)).turns(sound)
    assert {turn.speaker for turn in turns} == {0, 1}
    voice = {"agent": turns[0].speaker, "customer": 1 - turns[0].speaker}
    for said in truth:
        mine = [turn for turn in turns if turn.speaker == voice[said["role"]]]
        assert min(abs(turn.start - said["start"]) for turn in mine) < 0.1
        assert min(abs(turn.end - said["end"]) for turn in mine) < 0.1


def test_short_and_silent_recordings(folder: Path) -> None:
    diarizer = Diarizer(find_diarization(folder))
    assert diarizer.turns(np.zeros(0, np.float32)) == ()
    assert diarizer.turns(np.zeros(3 * SAMPLE_RATE, np.float32)) == ()
    assert len({turn.speaker for turn in diarizer.turns(_with_pilots()[0][: 6 * SAMPLE_RATE])}) == 1


def test_from_a_mono_call_to_roles(folder: Path, tmp_path: Path) -> None:
    """The whole path: voices, words by the demo model, roles by the words. Without the models all is unknown."""
    sound, truth = _with_pilots()
    path = write(tmp_path / "mono.flac", sound[None], "flac", "flac", SAMPLE_RATE)
    recording, model = Recording("mono", path.name, str(path)), resolve_model(DEMO, "cpu")
    made = {}
    for name, models in (("with", find_diarization(folder)), ("without", None)):
        options = WhisperOptions(cpu_threads=1, beam_size=1, diarization=models)
        made[name] = assign_roles(WhisperTranscriber(model, DeviceChoice("cpu", "int8"), options).transcribe(recording))
    assert {u.role for u in made["without"].transcript.utterances} == {Role.UNKNOWN}
    told = made["with"].transcript.utterances
    right = sum(u.role == _speaking(u, truth) for u in told)
    assert right >= 0.9 * len(told)
    assert len(told) >= len(truth) - 2


def _speaking(utterance: Utterance, truth: list[dict]) -> str:
    span = Span(utterance.start, utterance.end)
    return max(truth, key=lambda said: span.overlap(Span(said["start"], said["end"])))["role"]


@pytest.mark.parametrize(
    ("missing", "named"), [("segmentation/model.onnx", "segmentation"), ("voice.onnx", "embedding")]
)
def test_a_missing_model_is_said(folder: Path, tmp_path: Path, missing: str, named: str) -> None:
    kept = [path for path in folder.rglob("*.onnx") if not str(path).endswith(missing)]
    for path in kept:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(RequestError, match=f"no model for speaker {named}(.|\n)*github|GitHub"):
        find_diarization(tmp_path)


def test_a_missing_folder_or_package_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestError, match="no such folder"):
        find_diarization(folder / "nowhere")
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.raises(RequestError, match=r"not installed(.|\n)*qa-pipeline\[diarization\]"):
        find_diarization(folder)


def test_a_model_that_sherpa_would_die_of_is_refused(folder: Path, tmp_path: Path) -> None:
    """sherpa-onnx ends the process where metadata is missing; it must never be asked."""
    told = {key: value for key, value in SEGMENTATION_METADATA.items() if key != "window_size"}
    segmentation(tmp_path / "model.onnx", (5000, 6000), told)
    (tmp_path / "voice.onnx").write_bytes((folder / "voice.onnx").read_bytes())
    with pytest.raises(RequestError, match="speaker segmentation"):
        find_diarization(tmp_path)


def test_pickles_without_its_models(folder: Path) -> None:
    diarizer = Diarizer(find_diarization(folder))
    diarizer.load()
    copy = pickle.loads(pickle.dumps(diarizer))
    assert (copy.models, copy._loaded) == (diarizer.models, None)


def test_speech_is_cut_where_the_voice_changes() -> None:
    turns = [VoiceTurn(0, 0.0, 2.0), VoiceTurn(1, 2.05, 4.0), VoiceTurn(0, 3.9, 5.0)]
    found = by_speaker([Span(0.2, 4.9), Span(6.0, 6.5)], turns)
    assert [(round(s.start, 2), round(s.end, 2)) for s in found[0]] == [(0.2, 2.05), (4.0, 4.9), (6.0, 6.5)]
    assert [(round(s.start, 2), round(s.end, 2)) for s in found[1]] == [(2.05, 4.0)]


def test_a_moment_of_the_other_voice_cuts_nothing() -> None:
    turns = [VoiceTurn(0, 0.0, 5.0), VoiceTurn(1, 5.0, 5.1), VoiceTurn(0, 5.1, 9.0)]
    assert by_speaker([Span(0.0, 9.0)], turns) == {0: (Span(0.0, 9.0),)}
    assert by_speaker([Span(0.0, 9.0)], ()) == {0: (Span(0.0, 9.0),)}


def test_real_speech_is_cut_without_loss() -> None:
    speech = speech_spans(decode(SAMPLES / "calls" / f"{CALL}.flac").channels[0])
    turns = [VoiceTurn(at % 2, at * 3.0, at * 3.0 + 3.2) for at in range(30)]
    pieces = sorted((s for spans in by_speaker(speech, turns).values() for s in spans), key=lambda s: s.start)
    assert sum(piece.duration for piece in pieces) == pytest.approx(sum(span.duration for span in speech), abs=1e-6)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(pieces))


def test_an_utterance_is_whoevers_most_of_it_is() -> None:
    said = Utterance(Role.UNKNOWN, 0, 1.0, 3.0, "您好")
    (one,) = with_speakers([said], [VoiceTurn(0, 0.0, 1.5), VoiceTurn(1, 1.5, 4.0)])
    assert one.speaker == 1
    assert with_speakers([said], ()) == (said,)
    assert with_speakers([said], [VoiceTurn(1, 5.0, 6.0)])[0].speaker == 1
