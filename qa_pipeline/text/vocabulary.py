"""A site's own words: its unit's name, products, places. The recogniser listens for them, and jieba keeps them whole.

One file serves both, YAML or plain text with one word a line (# begins a comment)::

    prompt: 市民服务热线的通话录音。      # may be absent: a sentence in the style that is wanted
    words:
      单位: [市民服务热线, 康宁燃气公司]   # headings are for people; a plain list will do
      产品: [壁挂炉, 温控阀]
      地名: [阳光小区, 振兴路]

Words are told to the recogniser in this order, as many as there is room for, so the most important come first. All of
them go into jieba's dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_pipeline.errors import RequestError
from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.simplify import simplify

LONGEST_WORD = 20
"""Longer is a sentence, which the recogniser would repeat rather than listen for."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``words`` in the file's order, each once, simplified; ``prompt`` None where the file has none."""

    words: tuple[str, ...] = ()
    prompt: str | None = None


def read_vocabulary(path: str | Path) -> Vocabulary:
    """The vocabulary at ``path``. Raises ``RequestError`` that says what is wrong with the file, and where."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"--vocabulary {path}: cannot be read as UTF-8 text ({error})") from error
    if path.suffix.lower() not in (".yaml", ".yml"):
        return Vocabulary(_checked(path, (line.split("#", 1)[0] for line in text.splitlines())))
    data = _parsed(path, text)
    unknown = sorted(map(str, data.keys() - {"prompt", "words"}))
    if unknown:
        raise RequestError(f"--vocabulary {path}: unknown key {unknown[0]}; it has `words`, and may have `prompt`")
    prompt = data.get("prompt")
    if prompt is not None and not isinstance(prompt, str):
        raise RequestError(f"--vocabulary {path}: prompt is a sentence, not {type(prompt).__name__}")
    return Vocabulary(_checked(path, _listed(path, data.get("words"))), prompt and simplify(prompt.strip()))


def _parsed(path: Path, text: str) -> dict[str, Any]:
    import yaml

    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RequestError(f"--vocabulary {path}: not valid YAML ({error})") from error
    if isinstance(data, list):
        return {"words": data}
    if not isinstance(data, dict):
        raise RequestError(f"--vocabulary {path}: has no `words:`")
    return data


def _listed(path: Path, words: Any) -> Iterator[str]:
    """The words of a list, or of lists under headings."""
    lists = list(words.values()) if isinstance(words, dict) else [words or []]
    for part in lists:
        if not isinstance(part, list):
            raise RequestError(f"--vocabulary {path}: words are a list, or lists under headings, not {part!r}")
        for word in part:
            if isinstance(word, bool) or not isinstance(word, str | int):
                raise RequestError(f"--vocabulary {path}: {word!r} is no word; put it in quotes")
            yield str(word)


def _checked(path: Path, words: Iterator[str]) -> tuple[str, ...]:
    """Each word once, in order, simplified, without spaces around it."""
    found: dict[str, None] = {}
    for raw in words:
        word = simplify(raw.strip())
        if len(normalise(word).text) > LONGEST_WORD:
            raise RequestError(f"--vocabulary {path}: {word!r} is longer than {LONGEST_WORD} characters, no word")
        if normalise(word).text:
            found[word] = None
    return tuple(found)
