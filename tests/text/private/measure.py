"""Recall and precision of the masks on marked calls: ``python -m tests.text.private.measure [tuning|kept_out]``.

A private stretch is found if every character of it is masked; a mask is right if it hides something private.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from qa_pipeline.text.privacy import private_call

HERE = Path(__file__).parent
_MARK = re.compile(r"\[(\w+|\?):([^\]]*)\]")


@dataclass(frozen=True)
class Marked:
    """An utterance: ``private`` and ``optional`` are spans of the plain text."""

    speaker: str
    text: str
    private: tuple[tuple[int, int, str], ...]
    optional: tuple[tuple[int, int], ...]


@dataclass
class Figures:
    found: int = 0
    private: int = 0
    right: int = 0
    masks: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    by_kind: dict[str, list[int]] = field(default_factory=dict)

    @property
    def recall(self) -> float:
        return self.found / self.private

    @property
    def precision(self) -> float:
        return self.right / self.masks


def read_calls(name: str) -> list[list[Marked]]:
    lines = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    calls: list[list[Marked]] = [[]]
    for line in lines:
        if not line:
            calls.append([])
        elif not line.startswith("#"):
            calls[-1].append(_read(line[0], line[2:]))
    return [call for call in calls if call]


def _read(speaker: str, marked: str) -> Marked:
    text, private, optional, at = "", [], [], 0
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        span = (len(text), len(text) + len(match[2]))
        if match[1] == "?":
            optional.append(span)
        else:
            private.append((*span, match[1]))
        text += match[2]
        at = match.end()
    return Marked(speaker, text + marked[at:], tuple(private), tuple(optional))


def measure(calls: list[list[Marked]]) -> Figures:
    figures = Figures()
    for call in calls:
        masked = private_call([(said.speaker, said.text) for said in call]).masked
        for said, mask in zip(call, masked, strict=True):
            _count(said, [(s.start, s.end) for s in mask.spans], mask.text, figures)
    return figures


def _count(said: Marked, spans: list[tuple[int, int]], shown: str, figures: Figures) -> None:
    hidden = {i for start, end in spans for i in range(start, end)}
    for start, end, kind in said.private:
        whole = all(i in hidden or not said.text[i].isalnum() for i in range(start, end))
        figures.private += 1
        figures.found += whole
        tally = figures.by_kind.setdefault(kind, [0, 0])
        tally[0] += whole
        tally[1] += 1
        if not whole:
            figures.missed.append(f"{kind}: {said.text[start:end]} | {shown}")
    for start, end in spans:
        if any(start < e and s < end for s, e in said.optional):
            continue
        figures.masks += 1
        touches = any(start < e and s < end for s, e, _ in said.private)
        figures.right += touches
        if not touches:
            figures.wrong.append(f"{said.text[start:end]} | {shown}")


def main() -> None:
    for name in sys.argv[1:] or ["tuning"]:
        figures = measure(read_calls(name))
        print(
            f"{name}: recall {figures.found}/{figures.private} = {figures.recall:.3f}, "
            f"precision {figures.right}/{figures.masks} = {figures.precision:.3f}"
        )
        print({kind: f"{a}/{b}" for kind, (a, b) in sorted(figures.by_kind.items())})
        for line in figures.missed:
            print("  missed", line)
        for line in figures.wrong:
            print("  wrong ", line)


if __name__ == "__main__":
    main()
