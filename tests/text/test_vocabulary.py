import subprocess
import sys
from pathlib import Path

import pytest

from qa_pipeline.errors import RequestError
from qa_pipeline.text.vocabulary import Vocabulary, read_vocabulary


def _read(folder: Path, text: str, name: str = "words.yaml") -> Vocabulary:
    (folder / name).write_text(text, encoding="utf-8")
    return read_vocabulary(folder / name)


def test_headings_are_for_people(tmp_path: Path) -> None:
    read = _read(tmp_path, "prompt: 市民服務熱線。\nwords:\n  单位: [康宁燃气, 12345]\n  地名: [陽光小區, 康宁燃气]\n")
    assert read == Vocabulary(("康宁燃气", "12345", "阳光小区"), "市民服务热线。")


def test_a_list_and_plain_text(tmp_path: Path) -> None:
    assert _read(tmp_path, "words: [壁挂炉]").words == ("壁挂炉",)
    assert _read(tmp_path, "- 壁挂炉\n- 温控阀").words == ("壁挂炉", "温控阀")
    assert _read(tmp_path, "壁挂炉  # 产品\n\n# 空行\n温控阀\n", "words.txt").words == ("壁挂炉", "温控阀")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wrods: [a]", "wrods"),
        ("words: 壁挂炉", "list"),
        ("words: [[a]]", "no word"),
        ("words: [" + "长" * 30 + "]", "longer than"),
        ("prompt: [a]\nwords: []", "sentence"),
        ("words: [", "YAML"),
        ("3", "words"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        _read(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="--vocabulary"):
        read_vocabulary(tmp_path / "none.yaml")


def test_jieba_keeps_them_whole() -> None:
    """In a process of its own: jieba's dictionary is the process's."""
    code = (
        "from qa_pipeline.text.segment import keep_whole, segment\n"
        "said = '我住锦绣枫林湾小区'\n"
        "before = [t.text for t in segment(said)]\n"
        "keep_whole(['锦绣枫林湾'])\n"
        "after = [t.text for t in segment(said)]\n"
        "assert '锦绣枫林湾' not in before and '锦绣枫林湾' in after, (before, after)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
