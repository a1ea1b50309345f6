"""The site's words reach the recogniser and jieba, in whatever process works."""

from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.engines import options
from qa_pipeline.engines.options import RecogniserOptions, choose_model, make_recogniser, make_replay
from qa_pipeline.errors import RequestError
from qa_pipeline.text.vocabulary import Vocabulary
from qa_pipeline.transcribe.whisper import WhisperTranscriber

WORDS = Vocabulary(("锦绣枫林湾", "壁挂炉"), "市民服务热线。")


def test_the_recogniser_and_jieba_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    taught: list[Any] = []
    monkeypatch.setattr(options, "keep_whole", taught.append)
    monkeypatch.setattr(WhisperTranscriber, "load", lambda self: None)
    asked = RecogniserOptions("demo", vocabulary=WORDS)
    made = make_recogniser(choose_model(asked), asked, 1)
    assert (made.sound.options.hotwords, made.sound.options.initial_prompt) == (WORDS.words, WORDS.prompt)
    make_replay(WORDS)
    assert taught == [WORDS.words, WORDS.words]


def test_a_faulty_file_is_told_before_anything_runs(tmp_path: Path) -> None:
    from qa_pipeline import write_transcripts

    (tmp_path / "words.yaml").write_text("wrods: []")
    with pytest.raises(RequestError, match="wrods"):
        write_transcripts([tmp_path], out=tmp_path / "out", vocabulary=tmp_path / "words.yaml")
    assert not (tmp_path / "out").exists()
