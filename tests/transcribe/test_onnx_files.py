from pathlib import Path

import pytest

from qa_pipeline.transcribe.onnx_files import metadata
from tests.transcribe.tiny_onnx import EMBEDDING_METADATA, embedding


def test_what_a_model_says_of_itself(tmp_path: Path) -> None:
    found = metadata(embedding(tmp_path / "voice.onnx", (60, 70)))
    assert found == {key: str(value) for key, value in EMBEDDING_METADATA.items()}


@pytest.mark.parametrize("content", [b"", b"no model", b"\xff" * 100, b"\x72\xff\xff\xff\xff\x0f"])
def test_what_is_no_model_says_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    assert metadata(path) is None
    assert metadata(tmp_path / "missing.onnx") is None


def test_a_model_that_is_cut_off_says_nothing(tmp_path: Path) -> None:
    path = embedding(tmp_path / "voice.onnx", (60, 70))
    path.write_bytes(path.read_bytes()[:200])
    assert metadata(path) is None
