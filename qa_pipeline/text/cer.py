"""Character error rate (字错率): how far a hypothesis is from its reference.

CER = (substitutions + deletions + insertions) / characters of the reference, over normalised text (no punctuation or
spaces, simplified, half-width), as for AISHELL and WenetSpeech. It can exceed 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.text.normalise import normalise
from qa_pipeline.text.segment import segment


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


@dataclass(frozen=True, slots=True)
class Confusion:
    """A word of the reference that was heard as something else; ``heard`` is empty where it was missed."""

    expected: str
    heard: str


def confusions(reference: str, hypothesis: str) -> Iterator[Confusion]:
    """The reference's words (as jieba cuts them) that were not heard as they were said, in order."""
    expected, heard = normalise(reference).text, normalise(hypothesis).text
    places = _aligned(expected, heard)
    for word in segment(expected):
        said = heard[places[word.start] : places[word.end]]
        if said != word.text:
            yield Confusion(word.text, said)


def errors_by_speaker(spoken: list[tuple[str, str]], hypothesis: str) -> dict[str, ErrorCount]:
    """Errors of each speaker where several share a hypothesis; ``spoken`` are (speaker, text) in time order.

    An error counts for whoever said the reference's characters there; an insertion for whoever spoke before it.
    """
    from rapidfuzz.distance import Levenshtein

    texts = [(speaker, normalise(text).text) for speaker, text in spoken]
    owners = [speaker for speaker, text in texts for _ in text]
    counts = {speaker: ErrorCount(0, owners.count(speaker)) for speaker, _ in texts}
    for edit in Levenshtein.editops("".join(text for _, text in texts), normalise(hypothesis).text):
        at = edit.src_pos - (edit.tag == "insert")
        if owners:
            counts[owners[min(max(at, 0), len(owners) - 1)]] += ErrorCount(1)
    return counts


def _aligned(expected: str, heard: str) -> list[int]:
    """For each position in ``expected``, its end included, the position in ``heard`` that lies opposite."""
    from rapidfuzz.distance import Levenshtein

    places = [0] * (len(expected) + 1)
    for part in Levenshtein.opcodes(expected, heard):
        for at in range(part.src_start, part.src_end):
            places[at] = min(part.dest_start + at - part.src_start, part.dest_end)
    places[-1] = len(heard)
    return places
