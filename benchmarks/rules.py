"""How fast stored calls are judged, and how the cost grows with the phrases of a set.

    python -m benchmarks.rules

Two kinds of calls of about 5 minutes. *Dense* ones are 40 turns drawn one by one from the sample calls' references, so
that each holds lines of the disastrous sample: many more hits than calls have. *Ordinary* ones are the labelled calls
of ``tests/dialogues/tuning``, one after another until there are 1,200 characters (the last is broken off): what a night
is made of, but for their being written to be hard. Every figure is the median of several rounds on one core, in
processor time; all are measured in one run, so their ratios hold on a noisy machine.

"Cached features" are what depends on the transcript alone and is kept with the call (``CallFeatures``: turns, their
words and lines, questions, entities, what the models say of an utterance ...); no verdict and no match of an expression
is kept from one judging to the next. "Without" makes all of that anew, but for texts that several calls share.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from qa_pipeline.features import CallFeatures, call_features
from qa_pipeline.records import Role, Transcript, Utterance
from qa_pipeline.rules import RuleSet, judge, load
from qa_pipeline.transcribe.stored import read_stored

ROOT = Path(__file__).resolve().parent.parent
REFERENCES, LABELLED = ROOT / "samples" / "references", ROOT / "tests" / "dialogues" / "tuning"
BETWEEN_S = 2.0
"""Between two labelled calls that are made one."""
TURNS, CHARACTERS, CALLS, ROUNDS = 40, 1200, 60, 5


def main() -> None:
    """Print both curves."""
    calls = make_calls(CALLS, random.Random(7))
    hotline = load("hotline")
    print(f"hotline, {len(hotline.rules)} rules")
    measure("dense", calls, hotline)
    measure("ordinary", make_ordinary_calls(CALLS, random.Random(7)), hotline)
    base = None
    for phrases in (100, 500, 1000, 5000):
        ruleset = with_phrases(phrases)
        each = 1000 / rate(lambda: judge_all(calls, ruleset), len(calls))  # noqa: B023 -- called at once
        base = base or each
        print(f"{phrases:5d} phrases in 20 rules: {each:.3f} ms a call, {each / base:.2f}x of 100 phrases")


def measure(name: str, calls: Sequence[CallFeatures], ruleset: RuleSet) -> None:
    """Print what the calls are, and how many a second are judged."""
    characters = statistics.mean(sum(len(u.text) for u in call.utterances) for call in calls)
    turns = statistics.mean(len(call.passages) for call in calls)
    cached = rate(lambda: judge_all(calls, ruleset), len(calls))
    fresh = rate(lambda: judge_all([call_features(c.transcript) for c in calls], ruleset), len(calls))
    print(f"{len(calls)} {name} calls of {turns:.0f} turns, {characters:.0f} characters: ", end="")
    print(f"{cached:.0f} calls/s with cached features, {fresh:.0f} without")


def judge_all(calls: Sequence[CallFeatures], ruleset: RuleSet) -> None:
    """Judge every call once."""
    for call in calls:
        judge(call, ruleset)


def rate(run: Callable[[], None], calls: int) -> float:
    """Calls per second of processor time: the median of ``ROUNDS`` after one that is not counted."""
    run()
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return calls / statistics.median(seconds)


def make_calls(number: int, rng: random.Random) -> list[CallFeatures]:
    """Calls whose turns are drawn from the samples' references, agent and customer in turn."""
    said = {role: _lines(role) for role in (Role.AGENT, Role.CUSTOMER)}
    return [call_features(_call(f"b{i}", said, rng)) for i in range(number)]


def _lines(role: Role) -> list[str]:
    calls = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(REFERENCES.glob("*.yaml"))]
    return [u["text"] for call in calls for u in call["utterances"] if u["role"] == role.value]


def _call(name: str, said: dict[Role, list[str]], rng: random.Random) -> Transcript:
    utterances, now = [], 0.5
    for turn in range(TURNS):
        role = (Role.AGENT, Role.CUSTOMER)[turn % 2]
        text = rng.choice(said[role])
        while len(text) < 0.8 * CHARACTERS / TURNS:
            text += rng.choice(said[role])
        end = now + len(text) / 4.5
        utterances.append(Utterance(role, turn % 2, now, end, text))
        now = end + 0.6
    return Transcript(name, now, 2, tuple(utterances))


def make_ordinary_calls(number: int, rng: random.Random) -> list[CallFeatures]:
    """Calls made of labelled calls, one after another."""
    written = [read_stored(path) for path in sorted(LABELLED.rglob("*.json"))]
    return [call_features(_one_after_another(f"o{i}", written, rng)) for i in range(number)]


def _one_after_another(name: str, written: Sequence[Transcript], rng: random.Random) -> Transcript:
    utterances: list[Utterance] = []
    now, characters, metadata = 0.0, 0, {}
    while characters < CHARACTERS:
        call = rng.choice(written)
        for said in call.utterances:
            if characters < CHARACTERS:
                utterances.append(replace(said, start=said.start + now, end=said.end + now))
                characters += len(said.text)
        now, metadata = utterances[-1].end + BETWEEN_S, dict(call.metadata)
    return Transcript(name, now, 2, tuple(utterances), metadata=metadata)


def with_phrases(number: int) -> RuleSet:
    """A set of 20 rules that forbid ``number`` made-up phrases between them."""
    rng = random.Random(number)
    lines = [*_lines(Role.AGENT), *_lines(Role.CUSTOMER)]
    characters = sorted({character for line in lines for character in line if character > "\u4e00"})
    phrases = ["".join(rng.choices(characters, k=rng.randint(3, 6))) for _ in range(number)]
    head = {"title": "t", "indicator": "a/b", "within": {"role": "agent"}}
    rules = [{"id": f"r{i}", **head, "forbid": {"phrase": {"any": phrases[i::20]}}} for i in range(20)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.yaml"
        path.write_text(json.dumps({"ruleset": "bench", "version": "1", "rules": rules}), encoding="utf-8")
        return load(str(path))


if __name__ == "__main__":
    main()
