"""Why a source cannot be read at all, in words that say what to do: they become the recording's failed row."""

from __future__ import annotations

MISSING = "there is no such file: was it moved, renamed, or never recorded?"
NO_OBJECT = "there is no such object: was it moved, renamed, or never uploaded?"
DANGLING = "the link points to nothing: link it anew, or leave it out"
IRREGULAR = "it is no regular file: name the recordings themselves"


def cannot_read(error: OSError) -> str:
    """What the system says, and where to look."""
    return f"it cannot be read: {error.strerror or error}; check its permissions, and the disk or share"
