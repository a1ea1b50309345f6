"""Numbers told over several utterances: 幺三八 / 嗯 / 零零幺三 / 零零幺三 / 八零零零, for masks.

``split_numbers`` wants one speaker, clean edges and a number of a known kind. Here whatever looks like the telling of
a number counts, the other side's repeating included: digits piece after piece with nothing but nods in between, that
are seven together, or four where a number was asked for. Works on normalised texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.text.entities import PERSONAL, EntityKind, read_digits
from qa_pipeline.text.numbers import Run
from qa_pipeline.text.private_numbers import CUED, LONG, asks_for_number, is_public, loose_runs, with_letter

NOD = 12
"""Characters of an utterance without digits that may come in between: 嗯您说, 好的后面呢."""

NODS = 2
"""So many nods in a row, at most."""

BESIDES = 8
"""Characters besides the digits in an utterance that does nothing but tell them."""

EDGE = 4
"""Characters between the digits and the beginning or end of an utterance that says more."""

_COUNTS = re.compile("[个天次楼度点块元年月口位岁米分层号栋家多来几成折斤]")


@dataclass(frozen=True, slots=True)
class ToldPart:
    """``texts[turn][start:end]``: some of the digits of a number; ``digits`` is all of it as its speaker told it."""

    turn: int
    start: int
    end: int
    kind: EntityKind | None
    digits: str


def told_in_parts(turns: Sequence[tuple[Hashable, str]]) -> Iterator[ToldPart]:
    """The parts of the numbers that are told over two or more of ``turns`` (speaker, normalised text), in order."""
    at = 0
    while at < len(turns):
        stretch = _stretch(turns, at)
        if len(stretch) > 1:
            yield from _parts(turns, stretch)
            at = stretch[-1][0]
        at += 1


def _stretch(turns: Sequence[tuple[Hashable, str]], first: int) -> list[tuple[int, Run]]:
    """The runs of digits, turn by turn, of the telling that begins at turn ``first``; empty where none does."""
    opening = _runs(turns[first][1], opens=True)
    if not opening:
        return []
    found, nods = [(first, run) for run in opening], 0
    for number in range(first + 1, len(turns)):
        text = turns[number][1]
        runs = _runs(text, opens=False)
        if runs:
            found += [(number, run) for run in runs]
            nods = 0
            if len(text) - runs[-1].end > BESIDES:
                break
        elif len(text) <= NOD and nods < NODS:
            nods += 1
        else:
            break
    return found


def _runs(text: str, *, opens: bool) -> list[Run]:
    """The digits with which an utterance goes on telling a number (``opens``: begins to); none where it does not."""
    runs = [run for run in loose_runs(text, least=1) if not _COUNTS.match(text, run.end)]
    besides = len(text) - sum(run.end - run.start for run in runs)
    if besides > 2:
        runs = [run for run in runs if len(run.digits) > 1]
    runs = [run for run in runs if len(run.digits) == 1 or not is_public(run.digits)]
    if not runs or besides <= BESIDES:
        return runs
    if opens:
        return runs[-1:] if len(text) - runs[-1].end <= EDGE else []
    return runs[:1] if runs[0].start <= EDGE else []


def _parts(turns: Sequence[tuple[Hashable, str]], stretch: Sequence[tuple[int, Run]]) -> Iterator[ToldPart]:
    told: Counter[Hashable] = Counter()
    words: dict[Hashable, str] = {}
    for number, run in stretch:
        speaker = turns[number][0]
        told[speaker] += len(run.digits)
        words[speaker] = words.get(speaker, "") + run.digits
    teller, most = told.most_common(1)[0]
    first, opening = stretch[0]
    lead = "".join(text for _, text in turns[max(0, first - 2) : first]) + turns[first][1][: opening.start]
    if len({number for number, _ in stretch}) < 2 or most < (CUED if asks_for_number(lead[-40:]) else LONG):
        return
    kind, _ = read_digits(words[teller], lead)
    kind = kind if kind in PERSONAL else None
    for number, run in stretch:
        yield ToldPart(number, run.start, with_letter(turns[number][1], run.end), kind, words[turns[number][0]])
