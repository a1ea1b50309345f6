"""The tokens: one per Han character, then Whisper's special tokens in the order that CTranslate2 counts on.

Order: text, ``<|endoftext|>``, ``<|startoftranscript|>``, 100 languages, translate, transcribe, startoflm, startofprev,
nospeech, notimestamps, 1,501 timestamps. CTranslate2 calls a model multilingual when an empty token ``""`` exists;
without one, ``language="zh"`` silently becomes ``en``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from faster_whisper.tokenizer import _LANGUAGE_CODES

from scripts.demo_model.sentences import grammar, sample_characters

UNKNOWN = "<unk>"
PUNCTUATION = "，。？！、"
LANGUAGES = tuple(f"<|{code}|>" for code in _LANGUAGE_CODES)
_BEFORE_LANGUAGES = ("<|endoftext|>", "<|startoftranscript|>")
_TASKS = (
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
SPECIAL = _BEFORE_LANGUAGES + LANGUAGES + _TASKS
TIMESTAMPS = tuple(f"<|{n * 0.02:.2f}|>" for n in range(1_501))


@dataclass(frozen=True)
class Vocabulary:
    """All tokens in id order."""

    tokens: tuple[str, ...]

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of every token."""
        return {token: number for number, token in enumerate(self.tokens)}

    def encode(self, text: str) -> list[int]:
        """Return one id per character."""
        return [self.ids.get(char, self.ids[UNKNOWN]) for char in text]

    def decode(self, ids: list[int]) -> str:
        """Return the text of ``ids``, leaving out special tokens and timestamps."""
        return "".join(self.tokens[number] for number in ids if number < self.end_of_text)

    def special(self, name: str) -> int:
        """Return the id of ``<|name|>``."""
        return self.ids[f"<|{name}|>"]

    @property
    def end_of_text(self) -> int:
        """The first special token: every smaller id is text."""
        return self.special("endoftext")

    @property
    def first_timestamp(self) -> int:
        """The id of ``<|0.00|>``; every following id is 0.02 s later."""
        return self.ids[TIMESTAMPS[0]]

    def timestamp(self, seconds: float) -> int:
        """Return the id of a time inside the window, rounded to 0.02 s."""
        return self.first_timestamp + max(0, min(1_500, round(seconds * 50)))


def build_vocabulary() -> Vocabulary:
    """Return the vocabulary of everything that the grammar and the sample calls say."""
    characters = sorted(grammar().characters() | sample_characters())
    return Vocabulary(("", UNKNOWN, " ", *PUNCTUATION, *characters, *SPECIAL, *TIMESTAMPS))
