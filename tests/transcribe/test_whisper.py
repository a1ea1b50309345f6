import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.errors import RecordingError, RequestError, Stage
from qa_pipeline.records import Recording, Role, Span, Transcript, Word
from qa_pipeline.text.cer import ErrorCount, count_errors
from qa_pipeline.transcribe import hearing, whisper
from qa_pipeline.transcribe.call import utterances_from
from qa_pipeline.transcribe.dispatch import MixedTranscriber
from qa_pipeline.transcribe.hearing import Ear, Heard
from qa_pipeline.transcribe.models import DEMO, DeviceChoice, ModelChoice, resolve_model
from qa_pipeline.transcribe.prepare import prepare
from qa_pipeline.transcribe.whisper import WhisperOptions, WhisperTranscriber
from qa_pipeline.transcribe.windows import pack
from tests.audio.files import tones, write
from tests.transcribe.fakes import TRUSTING

SAMPLE = Path(__file__).parents[2] / "samples" / "calls" / "s01-residence-permit.flac"
CPU = DeviceChoice("cpu", "int8")
ENGLISH = SimpleNamespace(
    model=SimpleNamespace(is_multilingual=False), feature_extractor=SimpleNamespace(nb_max_frames=3000)
)
AGENT_SAYS = "您好市民服务热线工号二零一七为您服务请问有什么可以帮您"


@pytest.fixture(scope="module")
def demo() -> WhisperTranscriber:
    transcriber = WhisperTranscriber(resolve_model(DEMO, "cpu"), CPU, WhisperOptions(cpu_threads=1, beam_size=1))
    transcriber.load()
    return transcriber


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first two turns of a sample call: the agent's greeting, the caller's request."""
    channels = decode(SAMPLE).channels[:, : 12 * SAMPLE_RATE]
    return write(tmp_path_factory.mktemp("clip") / "clip.flac", channels, "flac", "flac", SAMPLE_RATE)


@pytest.fixture(scope="module")
def transcript(demo: WhisperTranscriber, clip: Path) -> Transcript:
    return demo.transcribe(Recording("clip", "clip.flac", str(clip)))


def test_the_demo_model_hears_the_sample(transcript: Transcript) -> None:
    agent = "".join(u.text for u in transcript.utterances if u.channel == 0)
    common = sum(character in agent for character in AGENT_SAYS)
    assert common >= 0.6 * len(AGENT_SAYS), agent
    assert (transcript.channels, transcript.language, transcript.asr_model) == (2, "zh", "demo")
    assert transcript.duration == pytest.approx(12.0)


def test_turn_boundaries_come_from_speech_activity(transcript: Transcript) -> None:
    assert transcript.speech is not None
    first, caller = (next(u for u in transcript.utterances if u.channel == channel) for channel in (0, 1))
    assert first.start == pytest.approx(0.6, abs=0.15)
    assert caller.start == pytest.approx(7.5, abs=0.15)
    for utterance in transcript.utterances:
        speech = transcript.speech[utterance.channel]
        assert utterance.start in [span.start for span in speech]
        assert utterance.end in [span.end for span in speech]


def test_loudness_is_measured_while_the_sound_is_there(transcript: Transcript) -> None:
    assert transcript.sound is not None
    assert all(channel.speech_db is not None and -60 < channel.speech_db < 0 for channel in transcript.sound)
    assert all(u.loudness_db is not None and -60 < u.loudness_db < 0 for u in transcript.utterances)


def test_utterances_are_whole(transcript: Transcript) -> None:
    assert list(transcript.utterances) == sorted(transcript.utterances, key=lambda u: (u.start, u.channel))
    for utterance in transcript.utterances:
        assert utterance.role is Role.UNKNOWN
        assert utterance.confidence is not None
        assert 0 <= utterance.confidence <= 1
        assert "".join(word.text for word in utterance.words) == utterance.text.replace(" ", "")
        assert all(utterance.start <= word.start <= word.end <= utterance.end for word in utterance.words)
        assert all(0 <= word.probability <= 1 for word in utterance.words)


def test_the_same_twice(demo: WhisperTranscriber, clip: Path, transcript: Transcript) -> None:
    assert demo.transcribe(Recording("clip", "clip.flac", str(clip))) == transcript


def test_batching_changes_nothing_that_is_said(clip: Path, transcript: Transcript, demo: WhisperTranscriber) -> None:
    one_by_one = WhisperTranscriber(demo.model, CPU, WhisperOptions(cpu_threads=1, beam_size=1, batch_size=1))
    alone = one_by_one.transcribe(Recording("clip", "clip.flac", str(clip)))
    assert [u.text for u in alone.utterances] == [u.text for u in transcript.utterances]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[Recording]:
    """The first 15 s of four sample calls."""
    folder, made = tmp_path_factory.mktemp("calls"), []
    for name in ("s01-residence-permit.flac", "s03-heating-cold.wav", "s12-overlap.flac", "s15-fast-agent.flac"):
        channels = decode(SAMPLE.parent / name).channels[:, : 15 * SAMPLE_RATE]
        path = write(folder / f"{name}.flac", channels, "flac", "flac", SAMPLE_RATE)
        made.append(Recording(name[:3], path.name, str(path)))
    return made


def test_nothing_is_lost_or_doubled_against_plain_faster_whisper(
    demo: WhisperTranscriber, calls: list[Recording]
) -> None:
    """The same pieces at the 30 s that every stock model gets, through faster-whisper's public ``transcribe``."""
    from faster_whisper import BatchedInferencePipeline

    model = replace(demo.model, name="stock")
    stock = WhisperTranscriber(model, CPU, WhisperOptions(cpu_threads=1, beam_size=1, window_s=9.0, limits=TRUSTING))
    ours = dict(stock.transcribe_many(calls))
    packed, farthest = 0, 0.0
    for position, call in enumerate(calls):
        mine = [(u.channel, word.start, word.text) for u in ours[position].utterances for word in u.words]
        mine.sort(key=lambda word: word[0])
        theirs = []
        for ready in prepare(call, stock.cutting(), stock.ear().mel).windows:
            window, whole = ready.window, {"start": 0.0, "end": ready.window.duration}
            segments, _ = BatchedInferencePipeline(stock.ear().loaded).transcribe(
                ready.sound, language="zh", beam_size=1, word_timestamps=True, clip_timestamps=[whole]
            )
            packed += len(window.pieces) > 1
            for word in (word for segment in segments for word in segment.words):
                piece = window.pieces[window.piece_at((word.start + word.end) / 2)]
                theirs.append((window.channel, piece.time(word.start), word.word))
        assert [text for _, _, text in mine] == [text for _, _, text in theirs]
        farthest = max([farthest, *(abs(a[1] - b[1]) for a, b in zip(mine, theirs, strict=True))])
    assert packed >= 3
    assert farthest <= 0.1


def test_company_changes_nothing(demo: WhisperTranscriber, calls: list[Recording]) -> None:
    together = dict(demo.transcribe_many(calls))
    for position, call in enumerate(calls):
        alone = demo.transcribe(call)
        for ours, theirs in zip(together[position].utterances, alone.utterances, strict=True):
            assert (ours.text, ours.start, ours.end) == (theirs.text, theirs.start, theirs.end)
            assert ours.confidence == pytest.approx(theirs.confidence, abs=1e-4)
        assert together[position].dropped == alone.dropped


def test_packing_costs_no_characters(demo: WhisperTranscriber, calls: list[Recording]) -> None:
    """Against the scripts, packed windows are no worse than a window for each piece."""
    unpacked = WhisperTranscriber(demo.model, CPU, WhisperOptions(cpu_threads=1, beam_size=1, window_s=0.1))
    ours, theirs = (dict(t.transcribe_many(calls)) for t in (demo, unpacked))
    assert sum(t.effort.windows for t in ours.values()) < sum(t.effort.windows for t in theirs.values())
    errors = {"packed": ErrorCount(), "unpacked": ErrorCount()}
    for position in range(3):  # the fourth is spoken faster than the demo model can hear
        expected = _reference(calls[position].recording_id)
        for name, heard in (("packed", ours[position]), ("unpacked", theirs[position])):
            whole = [u for u in heard.utterances if u.end < 14.5]
            said = "".join(u.text for u in sorted(whole, key=lambda u: (u.channel, u.start)))
            until = {c: max((u.end for u in whole if u.channel == c), default=0.0) for c in (0, 1)}
            text = "".join(e["text"] for e in expected if e["end"] <= until[e["channel"]] + 0.5)
            errors[name] += count_errors(text, said)
    assert errors["packed"].characters > 100
    assert errors["packed"].rate < 0.12
    assert errors["packed"].errors <= errors["unpacked"].errors + 3


def _reference(name: str) -> list[dict[str, Any]]:
    (path,) = (SAMPLE.parents[1] / "references").glob(f"{name}-*.yaml")
    said = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["utterances"]
    return sorted(said, key=lambda u: (u["channel"], u["start"]))


def test_silence_needs_no_recogniser(demo: WhisperTranscriber, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ear, "hear", lambda *_: pytest.fail("asked about silence"))
    path = write(tmp_path / "silent.wav", tones(frequencies=(0, 0)))
    silent = demo.transcribe(Recording("silent", "silent.wav", str(path)))
    assert (silent.utterances, silent.speech, silent.channels) == ((), ((), ()), 2)


def test_a_damaged_file_warns_or_fails(demo: WhisperTranscriber, clip: Path, tmp_path: Path) -> None:
    whole = clip.read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    cut = demo.transcribe(Recording("cut", "cut.flac", str(tmp_path / "cut.flac")))
    assert any("ends early" in warning for warning in cut.warnings)
    with pytest.raises(RecordingError):
        demo.transcribe(Recording("none", "none.flac", str(tmp_path / "none.flac")))


@pytest.mark.parametrize("error", [RuntimeError("CUDA failed with error out of memory"), MemoryError()])
def test_a_failing_recogniser_fails_the_recording_only(
    demo: WhisperTranscriber, clip: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Ear, "hear", fail)
    with pytest.raises(RecordingError) as caught:
        demo.transcribe(Recording("clip", "clip.flac", str(clip)))
    assert caught.value.stage is Stage.TRANSCRIBE
    assert "clip.flac" in caught.value.message


def test_pickles_without_its_model(demo: WhisperTranscriber) -> None:
    copy = pickle.loads(pickle.dumps(demo))
    assert (copy.name, copy.options, copy._ear) == ("demo", demo.options, None)


def test_a_model_that_cannot_be_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(resolve_model(DEMO, "cpu").folder, folder)
    (folder / "model.bin").write_bytes(b"no model")
    with pytest.raises(RequestError, match="cannot be loaded"):
        WhisperTranscriber(ModelChoice("broken", str(folder), ""), CPU).load()


def test_english_only_models_are_asked_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(hearing, "_resolved", lambda loaded, language, options: asked.append(language) or (None, None))
    monkeypatch.setattr(whisper, "load_whisper", lambda *_: ENGLISH)
    assert WhisperTranscriber(ModelChoice("tiny.en", "", ""), CPU).ear().language == "en"
    assert asked == ["en"]


def test_an_unknown_language_is_refused_at_once(demo: WhisperTranscriber) -> None:
    with pytest.raises(RequestError, match="--language klingon"):
        WhisperTranscriber(demo.model, CPU, WhisperOptions(language="klingon")).load()


def _heard(words: tuple[Word, ...], text: str = "") -> Heard:
    (window,) = pack(1, (Span(1, 3), Span(5, 6)), 9.0, longest_s=28, pad_s=0.2, gap_s=0.3)
    return Heard(window, text or "".join(word.text for word in words), words, -0.5, 0.1, 1.0)


def test_words_go_to_the_piece_they_sound_in() -> None:
    words = (
        Word(0.3, 0.8, "您好", 0.9),
        Word(0.8, 2.9, "请讲", 0.9),
        Word(2.9, 3.4, " 我家", 0.8),
        Word(3.4, 9, "漏水", 1.2),
    )
    first, second = utterances_from(_heard(words))
    assert (first.text, first.start, first.end, first.channel) == ("您好请讲", 1, 3, 1)
    assert (second.text, second.start, second.end) == ("我家漏水", 5, 6)
    assert second.words[-1].end == 6
    assert second.words[-1].probability == 1.0
    assert first.confidence == pytest.approx(np.exp(-0.5))


def test_text_without_timed_words_is_not_lost() -> None:
    (utterance,) = utterances_from(_heard((), " 您好 "))
    assert (utterance.text, utterance.start, utterance.end) == ("您好", 1, 3)
    assert list(utterances_from(_heard((), "  "))) == []


def test_one_transcriber_for_sound_and_stored(tmp_path: Path, demo: WhisperTranscriber, clip: Path) -> None:
    (tmp_path / "call.json").write_text('{"utterances": []}')
    stored = Recording("s", "call.json", str(tmp_path / "call.json"))
    mixed = MixedTranscriber(demo)
    assert (mixed.name, MixedTranscriber(None).name) == ("demo", "stored")
    assert mixed.transcribe(stored).recording_id == "s"
    assert mixed.transcribe(Recording("c", "clip.flac", str(clip))).channels == 2
    with pytest.raises(RequestError, match="--model"):
        MixedTranscriber(None).transcribe(Recording("c", "clip.flac", str(clip)))


@pytest.mark.parametrize(("device", "threads"), [("cuda", 4), ("cpu", 0)])
def test_a_gpu_never_waits_for_a_decoder(monkeypatch: pytest.MonkeyPatch, device: str, threads: int) -> None:
    asked = []
    monkeypatch.setattr(whisper, "recognise_together", lambda *given: asked.append(given[-1]) or iter(()))
    model = ModelChoice("large-v3-turbo", "", "")
    transcriber = WhisperTranscriber(model, DeviceChoice(device, "float16"), WhisperOptions(batch_size=32))
    transcriber._ear = SimpleNamespace(mel=None, language="zh")
    assert list(transcriber.transcribe_many([])) == []
    (options,) = asked
    assert (options.threads, options.batch_size) == (threads, 32)
    assert options.hold_s == pytest.approx(4 * 32 * 29)
