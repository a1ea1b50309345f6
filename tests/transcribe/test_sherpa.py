"""Through the real sherpa-onnx, with a SenseVoice and a Paraformer of a few kilobytes that hear pilot tones."""

import pickle
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from qa_pipeline.audio.decode import SAMPLE_RATE, Samples, decode
from qa_pipeline.engines.options import RecogniserOptions, choose_model, make_recogniser
from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.records import Recording, Role, Span
from qa_pipeline.transcribe.models import resolve_model
from qa_pipeline.transcribe.sherpa import SherpaKind, SherpaOptions, SherpaTranscriber, _said, find_sherpa
from qa_pipeline.transcribe.windows import pack
from tests.audio.files import write
from tests.transcribe.tiny_onnx import (
    CHARACTERS,
    PARAFORMER_METADATA,
    PILOTS,
    SENSE_VOICE_METADATA,
    paraformer,
    sense_voice,
)

CALL = Path(__file__).parents[2] / "samples" / "calls" / "s01-residence-permit.flac"
(WINDOW,) = pack(0, (Span(1.0, 3.0),), 10.0, longest_s=0.0, pad_s=0.2, gap_s=0.0)


def _pilots(text: str) -> Samples:
    """The tones of ``text``, a quarter of a second each."""
    time = np.arange(SAMPLE_RATE // 4) / SAMPLE_RATE
    tones = [np.sin(2 * np.pi * PILOTS[CHARACTERS.index(c)] * time) * np.hanning(len(time)) for c in text]
    return np.concatenate(tones).astype(np.float32) * 0.05


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Ten seconds of a sample: the agent's greeting carries 您好, the customer's request 请讲."""
    sound = decode(CALL).channels[:, : 11 * SAMPLE_RATE].copy()
    for channel, start, text in ((0, 1.0, "您好"), (1, 8.0, "请讲")):
        tones = _pilots(text)
        at = round(start * SAMPLE_RATE)
        sound[channel, at : at + len(tones)] += tones
    path = write(tmp_path_factory.mktemp("call") / "call.flac", sound, "flac", "flac", SAMPLE_RATE)
    return Recording("call", path.name, str(path))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sense_voice(tmp_path_factory.mktemp("models") / "tiny-sense-voice")


def test_a_call_through_sense_voice(folder: Path, call: Recording) -> None:
    model = find_sherpa(folder)
    assert model is not None
    assert model.kind is SherpaKind.SENSE_VOICE
    transcript = SherpaTranscriber(model).transcribe(call)
    said = [u for u in transcript.utterances if u.text]
    assert [(u.channel, u.text) for u in said] == [(0, "您好"), (1, "请讲")]
    assert (transcript.asr_model, transcript.channels, transcript.language) == ("tiny-sense-voice", 2, "zh")
    greeting = said[0]
    assert (greeting.emotion, greeting.sounds, greeting.confidence) == ("angry", ("laughter",), None)
    assert [word.text for word in greeting.words] == ["您", "好"]
    assert greeting.words[0].start == pytest.approx(1.1, abs=0.1)
    assert greeting.words[1].start == pytest.approx(1.35, abs=0.1)
    assert greeting.loudness_db is not None
    assert greeting.role is Role.UNKNOWN
    assert transcript.speech is not None
    assert greeting.start in [span.start for span in transcript.speech[0]]


def test_a_call_through_paraformer(tmp_path: Path, call: Recording) -> None:
    model = find_sherpa(paraformer(tmp_path / "tiny-paraformer"))
    assert model is not None
    assert model.kind is SherpaKind.PARAFORMER
    transcript = SherpaTranscriber(model).transcribe(call)
    agent = [u for u in transcript.utterances if u.channel == 0 and u.text]
    assert [u.text for u in agent] == ["您好"]
    assert (agent[0].emotion, agent[0].sounds) == (None, ())
    # It states no times: its characters are spread evenly.
    assert agent[0].start <= agent[0].words[0].start < agent[0].words[1].start < agent[0].words[1].end <= agent[0].end


def test_many_recordings_one_of_them_broken(folder: Path, call: Recording) -> None:
    model = find_sherpa(folder)
    assert model is not None
    broken = Recording("broken", "x.wav", str(folder / "tokens.txt"))
    results = dict(SherpaTranscriber(model).transcribe_many([call, broken, call]))
    assert results[0] == results[2]
    assert isinstance(results[1], RecordingError)
    assert results[1].stage is Stage.DECODE


def test_model_takes_such_a_folder(folder: Path, call: Recording) -> None:
    asked = RecogniserOptions(model=str(folder))
    chosen = choose_model(asked)
    assert (chosen.model.name, chosen.model.sherpa, chosen.on_gpu) == ("tiny-sense-voice", True, False)
    assert chosen.weights_bytes == (folder / "model.int8.onnx").stat().st_size
    facts = chosen.facts()
    assert facts["sha256"]
    assert "sense_voice" in facts["why"]
    made = make_recogniser(chosen, asked, cpu_threads=1)
    assert made.name == "tiny-sense-voice"
    assert [u.text for u in made.transcribe(call).utterances if u.text] == ["您好", "请讲"]


def test_the_whole_command_line(folder: Path, call: Recording, tmp_path: Path) -> None:
    from qa_pipeline.engines.local import transcribe
    from qa_pipeline.transcribe.stored import read_stored

    summary = transcribe(call.path, out=tmp_path / "out", model=str(folder), jobs=1)
    assert (summary.calls, summary.failed, summary.model) == (1, 0, "tiny-sense-voice")
    (written,) = (path for path in (tmp_path / "out").glob("*.json") if path.name != "run.json")
    told = [u for u in read_stored(written).utterances if u.text]
    assert [(u.text, u.emotion, u.sounds) for u in told] == [
        ("您好", "angry", ("laughter",)),
        ("请讲", "angry", ("laughter",)),
    ]


@pytest.mark.parametrize(
    ("lang", "emotion", "event", "heard"),
    [
        ("<|zh|>", "<|NEUTRAL|>", "<|Speech|>", ("neutral", ())),
        ("<|zh|>", "<|EMO_UNKNOWN|>", "<|BGM|>", (None, ("bgm",))),
        ("<|yue|>", "<|SAD|>", "<|Cry|>", ("sad", ("cry",))),
        ("", "", "", (None, ())),
    ],
)
def test_recorded_results_of_sense_voice(lang: str, emotion: str, event: str, heard: tuple) -> None:
    """As the model of July 2024 answers (``OfflineRecognitionResult``), tag by tag."""
    result = SimpleNamespace(
        text="您好，请讲。",
        tokens=["您", "好", "，", "请", "讲", "。"],
        timestamps=[0.3, 0.54, 0.78, 0.9, 1.08, 1.44],
        lang=lang,
        emotion=emotion,
        event=event,
    )
    said = _said(WINDOW, result)
    assert (said.emotion, said.sounds) == heard
    assert said.heard.text == "您好，请讲。"
    assert [(w.text, w.start) for w in said.heard.words][:2] == [("您", 0.3), ("好", 0.54)]
    assert said.heard.words[-1].end == pytest.approx(1.64)
    assert said.heard.confidence == 1.0


def test_recorded_results_of_paraformer() -> None:
    result = SimpleNamespace(text="打 app 充值", tokens=["打", "a@@", "pp", "充", "值"], timestamps=[], lang="")
    words = _said(WINDOW, result).heard.words
    assert "".join(word.text for word in words) == "打app充值"
    assert [word.start for word in words] == pytest.approx([0.48 * n for n in range(5)])


def test_where_it_says_that_nobody_speaks_its_words_are_kept_apart(
    folder: Path, call: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = find_sherpa(folder)
    assert model is not None
    silent = SimpleNamespace(text="嗯。", tokens=["嗯"], timestamps=[0.1], lang="<|nospeech|>", emotion="", event="")
    monkeypatch.setattr(SherpaTranscriber, "_decode", lambda self, sounds: [silent] * len(sounds))
    transcript = SherpaTranscriber(model).transcribe(call)
    assert transcript.utterances == ()
    assert {dropped.reason for dropped in transcript.dropped} == {"no_speech"}


def test_loops_are_kept_apart_too(folder: Path, call: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    model = find_sherpa(folder)
    assert model is not None
    text = "好的" * 60
    loop = SimpleNamespace(text=text, tokens=list(text), timestamps=[0.01 * n for n in range(120)], lang="<|zh|>")
    monkeypatch.setattr(SherpaTranscriber, "_decode", lambda self, sounds: [loop] * len(sounds))
    transcript = SherpaTranscriber(model).transcribe(call)
    assert transcript.utterances == ()
    assert transcript.effort is not None
    assert transcript.effort.gated == transcript.effort.windows > 0


def test_a_failing_recogniser_fails_the_recording_only(
    folder: Path, call: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = find_sherpa(folder)
    assert model is not None

    def fail(*_: object) -> None:
        raise RuntimeError("bad allocation")

    monkeypatch.setattr(SherpaTranscriber, "_decode", fail)
    with pytest.raises(RecordingError, match="bad allocation") as caught:
        SherpaTranscriber(model).transcribe(call)
    assert caught.value.stage is Stage.TRANSCRIBE


def test_folders_that_hold_something_else(tmp_path: Path) -> None:
    assert find_sherpa(tmp_path) is None
    with pytest.raises(RequestError, match="CTranslate2 Whisper"):
        resolve_model(str(tmp_path), "cpu")
    told = {key: value for key, value in SENSE_VOICE_METADATA.items() if key != "lang_yue"}
    with pytest.raises(RequestError, match="neither SenseVoice nor Paraformer"):
        find_sherpa(sense_voice(tmp_path / "odd", metadata=told))
    told = {key: value for key, value in PARAFORMER_METADATA.items() if key != "neg_mean"}
    with pytest.raises(RequestError, match="neither SenseVoice nor Paraformer"):
        find_sherpa(paraformer(tmp_path / "older", metadata=told))


def test_what_cannot_be_loaded_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = find_sherpa(folder)
    assert model is not None
    with pytest.raises(RequestError, match="--language de"):
        SherpaTranscriber(model, SherpaOptions(language="de")).load()
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.raises(RequestError, match=r"not installed(.|\n)*qa-pipeline\[diarization\]"):
        SherpaTranscriber(model).load()


def test_pickles_without_its_model(folder: Path) -> None:
    model = find_sherpa(folder)
    assert model is not None
    transcriber = SherpaTranscriber(model)
    transcriber.load()
    copy = pickle.loads(pickle.dumps(transcriber))
    assert (copy.name, copy.options, copy._loaded) == (transcriber.name, transcriber.options, None)
