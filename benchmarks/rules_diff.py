"""How long ``qa-pipeline rules diff`` takes over 10,000 stored calls, whole processes from start to end.

    python -m benchmarks.rules_diff [--calls 10000] [--jobs 2] [--words]

The calls are those of ``benchmarks.rules``: 5 minutes each, 40 turns, about 1,200 characters, put together from the
samples' references. They are compared as a folder that ``score`` wrote, which says what the old set found (1,000 calls
are scored, and multiplied), and as stored transcripts, of which nothing is known: as many as were scored, since in full
they cost what judging costs. Four changes of the set ``hotline``: points, a phrase more in a lexicon, a limit that
moves, and one because of which every rule must be judged twice. ``--words`` adds a time to every word, as recognisers
do: the files grow sixfold. ``--short``: only the scored folder, and only the first three changes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.multiplied import multiplied
from benchmarks.rules import make_calls
from qa_pipeline.records import Transcript, Utterance, Word
from qa_pipeline.transcribe.stored import as_json

HEAD = 'ruleset: changed\ntitle: 改动\nversion: "1"\ninclude: [hotline]\n'
CHANGES = {
    "points": "override: {polite-closing: {why: 试, set: {score: {deduct: 7}}}}\n",
    "a phrase more in a lexicon": "lexicons: {banned-rules: {append: [制度不允许]}}\n",
    "a limit that moves": "parameters: {dead-air-max-s: 5}\n",
    "every rule judged twice": "scoring: {min_confidence: 0.01, grades: [{grade: 全部, from: 0}]}\n",
}


def main() -> None:
    """Print a line for each change and kind of corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--scored", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--words", action="store_true")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        size = _write(room / "stored", options.scored, options.words)
        print(f"{options.scored} calls, {size / 1e6:.0f} MB, --jobs {options.jobs}, {os.cpu_count()} cores")
        score = ["score", "stored", "--out", "few", "--quiet", "--jobs", str(options.jobs)]
        print(f"{f'score {options.scored} (for comparison)':45}{_timed(score, room)[0]}", flush=True)
        multiplied(room / "few", room / "scored", options.calls // options.scored)
        for change, text in list(CHANGES.items())[: 3 if options.short else None]:
            (room / "changed.yaml").write_text(HEAD + text, encoding="utf-8")
            ways = [["scored"]] if options.short else [["scored"], ["stored", "--quick"], ["stored"]]
            for corpus, *quick in ways:
                calls = options.calls if corpus == "scored" else options.scored
                seconds, said = _timed([*_diff(corpus, options.jobs), *quick], room)
                what = ", ".join([change, f"{calls} {corpus}", *quick])
                print(f"{what:45}{seconds}   {_said(json.loads(said))}", flush=True)


def _said(figures: dict[str, Any]) -> str:
    twice = sum(rule["change"] in ("changed", "affected") for rule in figures["rules"])
    return f"{twice} rules changed, {figures['calls']['changed']} calls change"


def _diff(corpus: str, jobs: int) -> list[str]:
    return ["rules", "diff", "hotline", "changed.yaml", "--on", corpus, "--jobs", str(jobs), "--format", "json"]


def _timed(arguments: list[str], room: Path) -> tuple[str, str]:
    """Seconds of wall time and of processor time (a noisy machine lengthens the first), and the output."""
    began, used = time.monotonic(), _processor_s()
    command = [sys.executable, "-m", "qa_pipeline", *arguments]
    root = str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(
        command, cwd=room, env={**os.environ, "PYTHONPATH": root}, check=True, capture_output=True, text=True
    )
    return f"{time.monotonic() - began:7.1f} s {_processor_s() - used:7.1f} CPU s", done.stdout


def _processor_s() -> float:
    """Processor seconds of all processes that have ended below this one."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _write(folder: Path, calls: int, words: bool) -> int:
    """Store the calls; how many bytes that is."""
    folder.mkdir()
    rng = random.Random(7)
    size = 0
    for call in make_calls(calls, rng):
        transcript = _with_words(call.transcript) if words else call.transcript
        text = json.dumps(as_json(transcript), ensure_ascii=False, indent=1)
        size += (folder / f"{transcript.recording_id}.json").write_text(text, encoding="utf-8")
    return size


def _with_words(transcript: Transcript) -> Transcript:
    return replace(transcript, utterances=tuple(map(_timed_words, transcript.utterances)))


def _timed_words(utterance: Utterance) -> Utterance:
    """The utterance with a time for every two characters."""
    pieces = [utterance.text[i : i + 2] for i in range(0, len(utterance.text), 2)]
    each = (utterance.end - utterance.start) / max(1, len(pieces))
    starts = [utterance.start + each * index for index in range(len(pieces))]
    words = tuple(Word(start, start + each, piece, 0.9) for start, piece in zip(starts, pieces, strict=True))
    return replace(utterance, words=words, confidence=0.9)


if __name__ == "__main__":
    main()
