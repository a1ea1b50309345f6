"""Words of others on this terminal: what would colour it, move its cursor or turn lines about is shown, not done."""

from __future__ import annotations

import re

_BIDI = "\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(f"[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u2028\u2029{_BIDI}]")


def visible(text: str) -> str:
    """``text`` with control characters and marks of writing direction as escapes; newlines and tabs stay."""
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
