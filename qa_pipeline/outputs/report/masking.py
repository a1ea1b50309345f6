"""Callers' data is masked in every text of the report, as one call knows it (``text.privacy``); or nothing is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.outputs.schema import META_PREFIX
from qa_pipeline.text.privacy import PrivateCall, PrivateSpan, mask_text, private_call

_NAME_COLUMNS = ("name", "姓名", "客户", "来电人", "市民", "用户")


@dataclass(frozen=True)
class CallMask:
    """Masks the texts of one call; ``private`` None leaves them as they are. Remembers what it has masked."""

    private: PrivateCall | None
    _known: dict[str, str] = field(default_factory=dict, compare=False)

    def text(self, text: str | None) -> str:
        """``text``, a quote, a note or a reason of this call, masked."""
        if not text or self.private is None:
            return text or ""
        if text not in self._known:  # the reasons of rules are few, the rules many
            self._known[text] = self.private.mask(text).text
        return self._known[text]

    def spans(self, index: int) -> tuple[PrivateSpan, ...]:
        """What is private in utterance number ``index``, as positions in its text."""
        return () if self.private is None else self.private.masked[index].spans

    def utterance(self, index: int, text: str) -> str:
        """The text of utterance number ``index``, masked."""
        return text if self.private is None else self.private.masked[index].text


def mask_of(call: Mapping[str, Any], utterances: Sequence[Mapping[str, Any]], *, masked: bool) -> CallMask:
    """The mask of one call, which knows the names that the manifest gives of its caller."""
    if not masked:
        return CallMask(None)
    names = [str(value) for column, value in call.items() if value and _is_name(column)]
    return CallMask(private_call([(u["role"], u["text"]) for u in utterances], names))


def mask_plain(text: str, *, masked: bool) -> str:
    """A text that belongs to no call's conversation: a path, an error, a cell of the manifest."""
    return mask_text(text).text if masked else text


def _is_name(column: str) -> bool:
    return column.startswith(META_PREFIX) and any(part in column.lower() for part in _NAME_COLUMNS)
