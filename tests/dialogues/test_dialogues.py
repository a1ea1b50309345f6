"""The labelled calls hold what their README says: schema, times, indices, and labels that agree with their evidence."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scripts.dialogues import build

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*/*.json"))
GOOD, FAULTS = list(build.GOOD.values()), list(build.FAULTS.values())
NULLABLE = {"apology_specific", "customer_hangs_first", "announces_hold"}
FACTS = {"customer_angry", "pii_spoken"}
EITHER_SIDE = {"dead_air"}  # the utterance that ends a silence may be the customer's
FIELDS = {"id", "title", "domain", "kind", "channels", "utterances", "labels", "notes"}
MAPS = ("evidence_by_key", "near_miss", "hard_positive", "good_evidence")
OPTIONAL = {"hangup_by", "asr_noise", "tags"}
WAIT = re.compile(r"稍等|等我|等一下|别挂|莫挂|不挂|别撂|慢慢[找走说看翻]|不着急说|等您")


def calls() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in FILES]


def rate(said: dict[str, Any]) -> float:
    return build.characters(said["text"]) / (said["end"] - said["start"])


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def call(request: pytest.FixtureRequest) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    assert record["id"] == request.param.stem
    assert record["id"][0] == {"tuning": "t", "kept_out": "k"}[request.param.parent.name]
    return record


def test_schema(call: dict[str, Any]) -> None:
    assert FIELDS | set(MAPS) <= call.keys() <= FIELDS | set(MAPS) | OPTIONAL
    assert call["kind"] in {"consult", "complaint", "report", "suggestion", "help"}
    assert call["channels"] == "stereo"
    assert call["title"] and call["notes"]
    assert call.get("asr_noise", True) is True
    assert set(call.get("tags", [])) <= {"excellent", "disastrous", "short"}
    count = len(call["utterances"])
    assert count <= 11 if "short" in call.get("tags", []) else 10 <= count <= 45
    assert set(call["labels"]) == set(GOOD) | set(FAULTS) | {"grade", "score", "evidence"}
    for key in GOOD + FAULTS:
        assert isinstance(call["labels"][key], bool) or (call["labels"][key] is None and key in NULLABLE), key
    for name in MAPS:
        for key, where in call[name].items():
            assert key in GOOD + FAULTS
            assert where == sorted(set(where)) and where[0] >= 0 and where[-1] < count, (name, key)


def test_times(call: dict[str, Any]) -> None:
    last: dict[str, float] = {}
    start = 0.0
    for said in call["utterances"]:
        assert set(said) == {"role", "start", "end", "text"} and said["text"].strip()
        assert said["role"] in {"agent", "customer"}
        assert start <= said["start"] < said["end"]
        assert said["start"] >= last.get(said["role"], 0.0), "somebody talks over themselves"
        start, last[said["role"]] = said["start"], said["end"]
        if build.characters(said["text"]) >= 8:
            assert 3.5 <= rate(said) <= 8.2


def test_grade_follows_score(call: dict[str, Any]) -> None:
    labels = call["labels"]
    faults = set(call["evidence_by_key"]) - FACTS
    assert labels["grade"] == ("优秀" if labels["score"] >= 85 else "普通" if labels["score"] >= 60 else "冷线")
    assert labels["grade"] != "优秀" or len(faults) <= 1
    assert labels["grade"] != "冷线" or faults
    assert "excellent" not in call.get("tags", []) or labels["grade"] == "优秀"
    assert "disastrous" not in call.get("tags", []) or labels["grade"] == "冷线"


def test_labels_agree_with_their_evidence(call: dict[str, Any]) -> None:
    labels, said = call["labels"], call["utterances"]
    assert labels["customer_hangs_first"] == {"customer": True, "agent": False}.get(call.get("hangup_by", ""))
    for key in FAULTS:
        where = call["evidence_by_key"].get(key, [])
        assert labels[key] == bool(where), key
        if key == "customer_angry":
            assert {said[k]["role"] for k in where} <= {"customer"}
        elif key not in FACTS | EITHER_SIDE:
            assert {said[k]["role"] for k in where} <= {"agent"}, key
    for key in set(GOOD) - {"customer_hangs_first"}:
        where = call["good_evidence"].get(key, [])
        assert (labels[key] is True) == bool(where), key
        assert {said[k]["role"] for k in where} <= {"agent"}, key
    assert not [key for key in call["near_miss"] if labels[key] is True]
    assert not [key for key in call["hard_positive"] if labels[key] is not True]
    shown = {k for key, where in call["evidence_by_key"].items() if key not in FACTS for k in where}
    assert labels["evidence"] == sorted(shown)


def test_labels_agree_with_one_another(call: dict[str, Any]) -> None:
    labels = call["labels"]
    kind = labels["thanks_or_praise"] or labels["empathy"]
    discussed = call["evidence_by_key"] | call["near_miss"]
    short = "short" in call.get("tags", [])
    assert not (labels["taboo2_no_praise"] and kind)
    assert kind or short or "taboo2_no_praise" in discussed
    assert not (labels["taboo6_passive"] and (labels["asks_details"] or labels["asks_more_help"]))
    assert labels["asks_details"] or short or "taboo6_passive" in discussed
    assert labels["taboo4_casual_impatient"] or not (labels["redline_annoyed"] or labels["redline_casual"])
    assert labels["announces_hold"] is not False or labels["dead_air"]
    first_two = [k for k, said in enumerate(call["utterances"]) if said["role"] == "agent"][:2]
    assert set(call["good_evidence"].get("greeting_opening", [])) <= set(first_two)


def test_labels_agree_with_the_clock(call: dict[str, Any]) -> None:
    labels, said = call["labels"], call["utterances"]
    evidence, near = call["evidence_by_key"], call["near_miss"]
    fast = build.fast(said)
    assert labels["taboo7_fast_speech"] == (len(fast) >= 2)
    assert not labels["taboo7_fast_speech"] or evidence["taboo7_fast_speech"] == fast
    for k, one in enumerate(said):
        if one["role"] == "agent":
            over = [c for c in said if c["role"] == "customer" and c["start"] < one["start"] - 0.1]
            takes = any(c["end"] - one["start"] >= 0.5 for c in over) and one["end"] - one["start"] >= 1.0
            taken = k in evidence.get("taboo1_interrupting", [])
            assert takes == taken or (takes and k in near["taboo1_interrupting"]), k
    end = said[0]["end"]
    for k in range(1, len(said)):
        told = any(u["role"] == "agent" and WAIT.search(u["text"]) for u in said[max(0, k - 2) : k])
        silent = said[k]["start"] - end >= 8.0 and not told
        assert silent == (k in evidence.get("dead_air", [])), k
        end = max(end, said[k]["end"])


def test_filler_counts(call: dict[str, Any]) -> None:
    said = [u["text"] for u in call["utterances"] if u["role"] == "agent" and build.characters(u["text"]) > 4]
    found = sum(len(build.FILLER.findall(text)) for text in said)
    dense = found >= 6 and found / max(1, sum(map(build.characters, said))) >= 0.04
    assert call["labels"]["taboo3_filler_words"] == dense, found


def test_files_are_what_the_scripts_say() -> None:
    for part in (*build.PARTS, *build.OTHERS):
        made = {record["id"]: build.render(record) for record in build.load(part)}
        kept = {path.stem: path.read_text(encoding="utf-8") for path in (HERE / part).glob("*.json")}
        assert made == kept, f"run `python -m scripts.dialogues.build` ({part})"


def test_readme_counts_are_current() -> None:
    page = (HERE / "README.md").read_text(encoding="utf-8")
    assert build.readme(page) == page, "run `python -m scripts.dialogues.build`"


def test_balance() -> None:
    records = calls()
    assert len(records) >= 45
    kept_out = sum(path.parent.name == "kept_out" for path in FILES)
    assert 0.3 <= kept_out / len(FILES) <= 0.4
    assert sum("asr_noise" in record for record in records) >= 10
    for key in GOOD + FAULTS:
        values = Counter(record["labels"][key] for record in records)
        assert values[True] >= 6 and values[False] >= 6, (key, values)
        if key != "customer_hangs_first":
            assert sum(key in record["near_miss"] for record in records) >= 6, key


def test_no_sentence_is_said_twice() -> None:
    said = Counter(u["text"] for record in calls() for u in record["utterances"] if build.characters(u["text"]) >= 12)
    assert not [text for text, times in said.items() if times > 1]
