"""How fast stored calls are judged, and how the cost grows with the phrases of a set.

    python -m benchmarks.rules

Calls of 5 minutes (40 turns, about 1,200 characters) are put together from the sample calls' references. Every figure
is the median of several rounds on one core, in processor time; the two curves are measured in one run, so their ratios
hold on a noisy machine.

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
from pathlib import Path

import yaml

from qa_pipeline.features import CallFeatures, call_features
from qa_pipeline.records import Role, Transcript, Utterance
from qa_pipeline.rules import RuleSet, judge, load

REFERENCES = Path(__file__).resolve().parent.parent / "samples" / "references"
TURNS, CHARACTERS, CALLS, ROUNDS = 40, 1200, 60, 5


def main() -> None:
    """Print both curves."""
    calls = make_calls(CALLS, random.Random(7))
    texts = [sum(len(u.text) for u in call.utterances) for call in calls]
    print(f"{len(calls)} calls of {TURNS} turns, {statistics.mean(texts):.0f} characters")
    hotline = load("hotline")
    cached = rate(lambda: judge_all(calls, hotline), len(calls))
    fresh = rate(lambda: judge_all([call_features(c.transcript) for c in calls], hotline), len(calls))
    print(f"hotline, {len(hotline.rules)} rules: {cached:.0f} calls/s with cached features, {fresh:.0f} without")
    base = None
    for phrases in (100, 500, 1000, 5000):
        ruleset = with_phrases(phrases)
        each = 1000 / rate(lambda: judge_all(calls, ruleset), len(calls))  # noqa: B023 -- called at once
        base = base or each
        print(f"{phrases:5d} phrases in 20 rules: {each:.3f} ms a call, {each / base:.2f}x of 100 phrases")


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
