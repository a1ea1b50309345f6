"""What Ear puts right in faster-whisper's batched path, and what it tells the recogniser beforehand."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from qa_pipeline.audio.decode import SAMPLE_RATE, decode
from qa_pipeline.records import Recording, Span
from qa_pipeline.transcribe.hearing import AS_ASKED, Ear, HearingOptions, Search, _Impartial, fitting_hotwords
from qa_pipeline.transcribe.models import DEMO, DeviceChoice, resolve_model
from qa_pipeline.transcribe.prepare import ready
from qa_pipeline.transcribe.whisper import WhisperOptions, WhisperTranscriber
from qa_pipeline.transcribe.windows import pack
from tests.transcribe.test_whisper import SAMPLE


@pytest.fixture(scope="module")
def transcriber() -> WhisperTranscriber:
    model = resolve_model(DEMO, "cpu")
    return WhisperTranscriber(model, DeviceChoice("cpu", "int8"), WhisperOptions(cpu_threads=1, beam_size=1))


def _windows(ear: Ear, pad_s: float = 0.2) -> list:
    sound = decode(SAMPLE).channels[0]
    cuts = [(0.6, 5.0), (12.4, 15.8), (19.5, 23.0)]
    made = [pack(0, [Span(*cut)], 60.0, longest_s=5, pad_s=pad_s, gap_s=0.3)[0] for cut in cuts]
    return [ready(window, window.sound(sound), ear.mel) for window in made]


def test_word_times_do_not_leak_into_the_next_window(transcriber: WhisperTranscriber) -> None:
    """faster-whisper shortens a first word by when the window before it, of another call perhaps, fell silent."""
    ear = transcriber.ear()
    first, second, third = _windows(ear, pad_s=2.0)  # a first word after a silence is what it shortens
    alone = ear.hear([second.window], [second.mel])[0]
    for company in ([first, second], [third, second], [second, first]):
        heard = ear.hear([one.window for one in company], [one.mel for one in company])
        beside = heard[company.index(second)]
        assert beside.text == alone.text
        assert [(w.start, w.end) for w in beside.words] == [(w.start, w.end) for w in alone.words]


def test_a_search_reaches_the_decoder_and_the_rest_stays_as_asked(transcriber: WhisperTranscriber) -> None:
    ear = transcriber.ear()
    first = _windows(ear)[0]
    asked = []

    def generate(*_: object, **options: object) -> list[object]:
        asked.append(options)
        raise RuntimeError("seen")

    deaf = _heard_by(ear, _With(ear.loaded, SimpleNamespace(generate=generate, is_multilingual=True, device="cpu")))
    for search in (AS_ASKED, Search(beam_size=7, repetition_penalty=1.3, no_repeat_ngram_size=4), Search(patience=2)):
        with pytest.raises(RuntimeError, match="seen"):
            deaf.hear([first.window], [first.mel], search)
    plain, strict, patient = asked
    assert (plain["beam_size"], plain["repetition_penalty"], plain["no_repeat_ngram_size"]) == (1, 1, 0)
    assert strict == {**plain, "beam_size": 7, "repetition_penalty": 1.3, "no_repeat_ngram_size": 4}
    assert patient == {**plain, "patience": 2}
    assert plain["sampling_temperature"] == 0  # nothing is left to chance


def test_another_search_finds_other_words_and_the_same_ones_tomorrow(transcriber: WhisperTranscriber) -> None:
    ear = transcriber.ear()
    first = _windows(ear)[0]
    never_twice = Search(repetition_penalty=3.0, no_repeat_ngram_size=2)
    heard = [ear.hear([first.window], [first.mel], search)[0].text for search in (AS_ASKED, *[never_twice] * 3)]
    assert len(set(heard[1:])) == 1
    assert heard[0] != heard[1]


class _With:
    """A WhisperModel whose CTranslate2 model is another."""

    def __init__(self, whisper: object, model: object) -> None:
        self.whisper, self.model = whisper, model

    def __getattr__(self, name: str) -> object:
        return getattr(self.whisper, name)


def _heard_by(ear: Ear, loaded: object) -> Ear:
    other = object.__new__(Ear)
    other.__dict__.update(ear.__dict__, loaded=loaded)
    return other


def test_hot_words_leave_room_for_what_is_said(transcriber: WhisperTranscriber) -> None:
    ear = transcriber.ear()
    tokenizer = ear._tokenizer
    words = tuple(f"阳光小区{n}号楼" for n in range(200))
    fitting = fitting_hotwords(tokenizer, HearingOptions(hotwords=words), 448)
    assert fitting.startswith("阳光小区0号楼，阳光小区1号楼")
    assert len(tokenizer.encode(" " + fitting)) <= 448 - 224
    with_prompt = fitting_hotwords(tokenizer, HearingOptions(initial_prompt="您好" * 80, hotwords=words), 448)
    assert len(with_prompt) < len(fitting)
    assert fitting_hotwords(tokenizer, HearingOptions(), 448) == ""


def test_all_windows_of_a_batch_have_one_prompt(transcriber: WhisperTranscriber) -> None:
    told = WhisperTranscriber(
        transcriber.model, transcriber.device, replace(transcriber.options, hotwords=("居住证", "市民服务热线"))
    )
    ear, prompts = told.ear(), []

    def generate(_encoded: object, given: list[list[int]], **_: object) -> list[object]:
        prompts.extend(given)
        raise RuntimeError("seen")

    windows = _windows(ear)
    with pytest.raises(RuntimeError, match="seen"):
        _heard_by(ear, _With(ear.loaded, SimpleNamespace(generate=generate, is_multilingual=True, device="cpu"))).hear(
            [one.window for one in windows], [one.mel for one in windows]
        )
    assert len(prompts) == 3
    assert len({tuple(prompt) for prompt in prompts}) == 1
    assert "居住证" in ear.loaded.hf_tokenizer.decode(prompts[0])


def test_hot_words_reach_the_recogniser_and_do_not_come_back(transcriber: WhisperTranscriber, tmp_path) -> None:
    told = WhisperTranscriber(
        transcriber.model, transcriber.device, replace(transcriber.options, hotwords=("居住证", "派出所", "房产证"))
    )
    heard = told.transcribe(Recording("s01", "s01", str(SAMPLE)))
    plain = transcriber.transcribe(Recording("s01", "s01", str(SAMPLE)))
    assert abs(len(heard.utterances) - len(plain.utterances)) <= 2
    assert not any("居住证，派出所，房产证" in u.text for u in heard.utterances)


def test_frames_are_never_a_matter_of_company(transcriber: WhisperTranscriber) -> None:
    ear = transcriber.ear()
    assert [ear.frames(s) for s in (0.1, 5.0, 5.1, 29.0)] == [500, 500, 1000, 3000]
    assert ear.mel(np.zeros(SAMPLE_RATE, np.float32)).shape == (80, 500)


@pytest.mark.parametrize(("device", "passes"), [("cpu", [1, 1, 1]), ("cuda", [3])])
def test_a_cpu_encodes_windows_one_by_one(transcriber: WhisperTranscriber, device: str, passes: list[int]) -> None:
    """A batch of eight costs a fifth more than eight passes; on a GPU the batch is the gain."""
    seen = []

    def encode(features: np.ndarray) -> object:
        seen.append(len(features))
        return transcriber.ear().loaded.encode(features)

    standing_in = _Impartial(SimpleNamespace(model=SimpleNamespace(device=device), encode=encode))
    windows = _windows(transcriber.ear())
    mels = np.stack([one.mel for one in windows])
    encoded = np.asarray(standing_in.encode(mels))
    assert seen == passes
    assert encoded.shape[0] == 3
    together = np.asarray(transcriber.ear().loaded.encode(mels))
    assert np.abs(encoded - together).max() < 0.05  # int8 rounds by the batch
