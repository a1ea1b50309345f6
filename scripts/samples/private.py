"""When what is private is said in the sample calls, by the synthesis itself: the truth that bleeps are measured by.

    python -m scripts.samples.private       writes tests/examples/private_truth.yaml

What is private stands here by hand, so that the masks have nothing to do with their own measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import yaml

from scripts.samples.script import CallScript, load_scripts
from scripts.samples.timeline import Utterance, place

ROOT = Path(__file__).resolve().parents[2]
TRUTH = ROOT / "tests" / "examples" / "private_truth.yaml"

PRIVATE: dict[str, tuple[str, ...]] = {
    "s02-fever-vaccine": ("八二六五四三一零",),
    "s03-heating-cold": ("幸福小区六号楼二单元三零二", "李秀英", "一三八零五七六二四一九", "五零七三一六"),
    "s04-airport-parking": ("三八六", "一三九四四零二七八一五"),
    "s05-ceiling-leak": ("八号楼一单元五零一", "六零一"),
    "s06-lost-parcel": ("七二零四五八", "长江路三十六号金色港湾二栋一二零一", "长江路三十六号"),
    "s07-complaint-handled-well": ("一五零二二三八六七四九",),
    "s08-abusive-caller": ("三号楼", "六零二"),
    "s09-model-call": ("翠湖家园九号楼一单元七零三",),
    "s12-overlap": ("一八六三三五九零二七四",),
    "s14-announced-hold": ("零三二六",),
    "s17-quoted-phrases": ("凤凰城五号楼",),
    "s18-bus-stop-suggestion": ("一三七一一五四八二零六",),
    "s19-gas-smell": ("康乐新村十一号楼二单元四零一",),
}
"""The whole names, numbers and addresses of callers in each script. A surname alone (我姓陈) may stay."""


def main() -> None:
    """Write the truth of all sample calls."""
    scripts = [script for script in load_scripts(ROOT / "samples") if script.id in PRIVATE]
    with ProcessPoolExecutor(mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        truth = dict(zip((script.id for script in scripts), processes.map(told, scripts), strict=True))
    head = "# Written by scripts/samples/private.py: what is private in the sample calls, and when it is heard.\n"
    TRUTH.write_text(head + yaml.safe_dump(truth, allow_unicode=True, sort_keys=False), encoding="utf-8")


def told(script: CallScript) -> list[dict[str, Any]]:
    """Each time something private is said in a call: who, what, from when to when."""
    return [entry for utterance in place(script).utterances for entry in _in(utterance, PRIVATE[script.id])]


def _in(utterance: Utterance, private: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    spoken = re.sub("[^\u4e00-\u9fff]", "", utterance.line.text)
    taken: set[int] = set()
    for words in sorted(private, key=len, reverse=True):
        at = spoken.find(words)
        if at < 0 or taken & set(range(at, at + len(words))):
            continue
        taken |= set(range(at, at + len(words)))
        heard = utterance.speech.characters[at : at + len(words)]
        yield {
            "role": utterance.line.role,
            "text": words,
            "start": round(utterance.placed_at + heard[0].start, 3),
            "end": round(utterance.placed_at + heard[-1].end, 3),
        }


if __name__ == "__main__":
    main()
