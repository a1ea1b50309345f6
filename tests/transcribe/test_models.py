import time
from pathlib import Path
from urllib.error import URLError

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.shipped import demo_model_folder
from qa_pipeline.transcribe import models
from qa_pipeline.transcribe.doctor import DECODERS, examine
from qa_pipeline.transcribe.models import resolve_device, resolve_model, suited_model

GB = 1 << 30


def _folder(path: Path, *names: str) -> Path:
    path.mkdir(exist_ok=True)
    for name in names or ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (path / name).touch()
    return path


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise URLError("Name or service not known")

    monkeypatch.setattr(models, "_hub_answers", refuse)
    monkeypatch.setattr(models, "cached_folder", lambda _: None)


def test_demo_and_local_folders(tmp_path: Path) -> None:
    assert resolve_model("demo", "cpu").folder == str(demo_model_folder())
    assert resolve_model("demo", "cpu").is_demo
    choice = resolve_model(str(_folder(tmp_path / "belle-zh")), "cpu")
    assert (choice.name, choice.folder, choice.is_demo) == ("belle-zh", str(tmp_path / "belle-zh"), False)


def test_a_folder_that_is_no_model_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"lacks model\.bin, tokenizer\.json, vocabulary\.json"):
        resolve_model(str(_folder(tmp_path / "x", "config.json")), "cpu")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/no/such/folder", "no such folder"),
        ("./model", "no such folder"),
        ("larg-v3", "did you mean large-v3"),
        ("", "lacks model"),
    ],
)
def test_what_no_hub_has_is_refused_at_once(name: str, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        resolve_model(name, "cpu")


@pytest.mark.usefixtures("no_hub")
@pytest.mark.parametrize("name", [None, "small", "owner/whisper-zh"])
def test_without_a_hub_the_error_says_what_to_do(name: str | None) -> None:
    with pytest.raises(RequestError) as caught:
        resolve_model(name, "cpu")
    for words in ("--model demo", "--model FOLDER", "hf download", "Name or service not known"):
        assert words in str(caught.value)


def test_the_cache_comes_before_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = str(_folder(tmp_path / "cached"))
    monkeypatch.setattr(models, "_hub_answers", lambda: pytest.fail("asked the hub"))
    monkeypatch.setattr("faster_whisper.utils.download_model", lambda name, local_files_only: cached)
    assert resolve_model("small", "cpu").folder == cached
    assert resolve_model("small", "cpu").name == "small"


def test_a_model_is_downloaded_where_the_hub_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_hub_answers", lambda: None)
    monkeypatch.setattr(models, "cached_folder", lambda _: None)
    monkeypatch.setattr("faster_whisper.utils.download_model", lambda name: str(_folder(tmp_path / "got")))
    assert resolve_model("small", "cpu").folder == str(tmp_path / "got")


def test_a_dead_network_costs_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    began = time.monotonic()
    with pytest.raises(RequestError, match="can it be downloaded"):
        resolve_model("owner/nothing-here", "cpu")
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("device", "cores", "memory", "name"),
    [
        ("cuda", 2, 8, "large-v3-turbo"),
        ("cpu", 32, 64, "large-v3-turbo"),
        ("cpu", 8, 16, "small"),
        ("cpu", 8, 2, "base"),
        ("cpu", 2, 16, "base"),
    ],
)
def test_the_model_suits_the_machine(device: str, cores: int, memory: int, name: str) -> None:
    chosen, why = suited_model(device, cores, memory * GB)
    assert chosen == name
    assert why.startswith("chosen for")


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "cuda_devices", lambda: 0)
    assert resolve_device().device == "cpu"
    assert resolve_device("cpu", "float32").compute_type == "float32"
    with pytest.raises(RequestError, match="no NVIDIA GPU"):
        resolve_device("cuda")
    with pytest.raises(RequestError, match="auto, cpu, cuda"):
        resolve_device("tpu")
    with pytest.raises(RequestError, match="not supported"):
        resolve_device("cpu", "float17")


def test_a_gpu_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "cuda_devices", lambda: 1)
    monkeypatch.setattr(models, "compute_types", lambda device: ("float16", "float32", "int8"))
    assert (resolve_device().device, resolve_device().compute_type) == ("cuda", "float16")
    assert resolve_device("cpu").compute_type == "int8"


def test_the_doctor_looks_at_everything_and_never_faints(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = {check.name: check for check in examine("demo")}
    assert checks["Python"].ok
    assert checks["faster-whisper"].ok
    assert all(codec in checks["音频解码 decoders (FFmpeg)"].found for codec in DECODERS)
    assert checks["识别模型 model demo"].ok
    assert all(check.found for check in checks.values())
    monkeypatch.setattr(models, "cuda_devices", lambda: 1 / 0)
    assert any(check.ok is False and "ZeroDivisionError" in check.found for check in examine("demo"))


@pytest.mark.usefixtures("no_hub")
def test_the_doctor_says_how_to_get_a_model() -> None:
    by_name = {check.name: check for check in examine("small")}
    assert by_name["识别模型 model small"].ok is None
    assert "--model demo" in by_name["识别模型 model small"].advice
    assert {check.ok for check in examine("/nowhere") if "/nowhere" in check.name} == {False}
