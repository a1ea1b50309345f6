"""Character error rate (字错率): how far a hypothesis is from its reference.

CER = (substitutions + deletions + insertions) / characters of the reference, over normalised text (no punctuation or
spaces, simplified, half-width), as for AISHELL and WenetSpeech. It can exceed 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.text.normalise import normalise


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """Errors and reference characters; adds up over calls."""

    errors: int = 0
    characters: int = 0

    def __add__(self, other: ErrorCount) -> ErrorCount:
        return ErrorCount(self.errors + other.errors, self.characters + other.characters)

    @property
    def rate(self) -> float:
        """The CER; where the reference is empty, 0 for no errors and 1 for any."""
        return self.errors / self.characters if self.characters else float(self.errors > 0)


def count_errors(reference: str, hypothesis: str) -> ErrorCount:
    """The least edits from ``reference`` to ``hypothesis``, and the reference's length."""
    from rapidfuzz.distance import Levenshtein

    expected, heard = normalise(reference).text, normalise(hypothesis).text
    return ErrorCount(Levenshtein.distance(expected, heard), len(expected))
