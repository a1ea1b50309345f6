"""What the model of attitudes is trained on. All of it was written for this project.

- ``sentences.tsv``: a sentence of an agent after the one kind it shows. ``none`` shows nothing, ``warm`` no fault (it
  may be kind: nothing is learnt from it about empathy and praise).
- ``pairs.tsv``: what the caller said just before, and what the agent says, after all kinds it shows (``ok``: none),
  by two authors who did not know the rules; most callers' words stand before a good answer and a bad one. The last
  232 were written by us after the calls had been read.
- The labelled calls under ``tests/dialogues/tuning``: each utterance of the agent after what the caller said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_pipeline.text.attitude import KINDS, Attitude
from qa_pipeline.text.normalise import normalise

SENTENCES = Path(__file__).with_name("sentences.tsv")
PAIRS = Path(__file__).with_name("pairs.tsv")
_DIALOGUES = Path(__file__).parents[2] / "tests" / "dialogues" / "tuning"
CALLS: Mapping[str, Path] = {
    "tuning": _DIALOGUES,
    "second author": _DIALOGUES / "second_author",
    "third author": _DIALOGUES / "third_author",
    "fifth author": _DIALOGUES / "fifth_author",
    "sixth author": _DIALOGUES / "sixth_author",
    "seventh author": _DIALOGUES / "seventh_author",
    "eighth author": _DIALOGUES / "eighth_author",
}

NONE, WARM = "none", "warm"

AKIN: Mapping[Attitude, str] = {
    Attitude.CONTEMPT: "venting banned doubt",
    Attitude.ANNOYED: "venting own_view banned",
    Attitude.REFUSAL: "banned own_view",
    Attitude.DOUBT: "own_view contempt banned",
    Attitude.CASUAL: "banned",
    Attitude.VENTING: "annoyed contempt banned",
    Attitude.OWN_VIEW: "banned annoyed doubt refusal",
    Attitude.BANNED: "refusal own_view contempt casual annoyed venting",
    Attitude.EMPATHY: "praise warm care",
    Attitude.PRAISE: "empathy warm",
    Attitude.CARE: "empathy praise warm",
    Attitude.CLOSING: "",
}
"""A sentence has one kind; sentences of these kinds may show the other too."""

LABELS: Mapping[Attitude, str] = {
    Attitude.CONTEMPT: "redline_contempt",
    Attitude.ANNOYED: "redline_annoyed",
    Attitude.REFUSAL: "redline_refusal",
    Attitude.DOUBT: "redline_doubt",
    Attitude.CASUAL: "redline_casual",
    Attitude.SHIRKING: "shirking",
    Attitude.OVERPROMISE: "overpromise",
    Attitude.BANNED: "banned_phrase",
    Attitude.VENTING: "taboo5_emotional",
    Attitude.OWN_VIEW: "taboo8_only_own_view",
    Attitude.EMPATHY: "empathy",
    Attitude.PRAISE: "thanks_or_praise",
    Attitude.MORE_HELP: "asks_more_help",
    Attitude.CLOSING: "polite_closing",
    Attitude.CONFIRMS: "confirms_issue",
}
"""What the labels of calls call each kind; a caring word has no label of its own."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text of an agent, normalised; ``silent``: the kinds about which it says neither yes nor no.

    ``in_call``: said in a whole call, which is what will be judged; not a sentence or a pair by itself.
    """

    text: str
    before: str
    shows: frozenset[Attitude]
    silent: frozenset[Attitude]
    source: str
    in_call: bool = False


def examples() -> list[Example]:
    """All texts, normalised as rules see them."""
    return [*sentences(), *pairs(), *(one for name, folder in CALLS.items() for one in calls(name, folder))]


def sentences() -> Iterator[Example]:
    """The sentences. Those of care are mostly farewells, so they show a closing as well."""
    for kind, text in _lines(SENTENCES):
        shows = {Attitude(kind)} if kind not in (NONE, WARM) else set()
        shows |= {Attitude.CLOSING} if kind == Attitude.CARE else set()
        silent = {other for other in KINDS if kind in AKIN.get(other, "").split()} | {Attitude.CONFIRMS}
        yield Example(normalise(text).text, "", frozenset(shows), frozenset(silent - shows), "sentences")


def pairs() -> Iterator[Example]:
    """The pairs, with all kinds they show."""
    known = {kind.value for kind in KINDS}
    for kinds, caller, agent in _lines(PAIRS):
        shows = frozenset(Attitude(kind) for kind in kinds.split(",") if kind in known)
        silent = frozenset({Attitude.CLOSING} if Attitude.CARE in shows and Attitude.CLOSING not in shows else ())
        yield Example(normalise(agent).text, normalise(caller).text, shows, silent, "pairs")


def calls(name: str, folder: Path) -> Iterator[Example]:
    """What the agents of the labelled calls in ``folder`` say, after what the callers said last."""
    for path in sorted(folder.glob("*.json")):
        call = json.loads(path.read_text(encoding="utf-8"))
        for at, utterance in enumerate(call["utterances"]):
            if utterance["role"] == "agent":
                shows = frozenset(kind for kind, label in LABELS.items() if _shown(call, label, at))
                text = normalise(utterance["text"]).text
                yield Example(text, heard_before(call, at), shows, frozenset({Attitude.CARE}), name, in_call=True)


def heard_before(call: Mapping[str, Any], at: int) -> str:
    """What the caller said in the last turn before utterance ``at``; empty where the agent spoke first."""
    said = call["utterances"]
    end = next((n for n in range(at - 1, -1, -1) if said[n]["role"] == "customer"), -1)
    start = next((n for n in range(end, -1, -1) if said[n]["role"] == "agent"), -1) + 1
    return normalise("".join(said[n]["text"] for n in range(start, end + 1))).text


def _shown(call: Mapping[str, Any], label: str, at: int) -> bool:
    return any(at in call.get(field, {}).get(label, ()) for field in ("evidence_by_key", "good_evidence"))


def _lines(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        yield line.split("\t")
