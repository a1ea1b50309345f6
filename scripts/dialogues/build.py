"""Turn the hand-written call scripts of tests/dialogues into labelled stored transcripts (one JSON file per call).

A script holds calls one after another. Words and labels are written by hand; only the times are computed, from the
length of each line and a speaking rate drawn (reproducibly, from the call's id) for each speaker.

    === t01 | domain | kind | title
    score 93; hang customer; tags excellent; asr; ap no; hold no; rate 4.4 4.8
    notes what makes the call hard
    A 您好…… # +gr ++em           the agent; behind the hash the labels of this line
    C@g9.2 喂？ # !da              the customer; 9.2 s after everybody stopped speaking
    A@o0.8 …… # !t1               starts 0.8 s before the line above ends
    A@b2.0 嗯。                    a backchannel inside the line above, 2.0 s before it ends
    A@r7.4 ……                     spoken at 7.4 characters a second

`+` good behaviour shown here, `++` in an unusual form, `!` violation or fact here, `!!` in an unusual form, `~` a cue
that could fool a detector although the label is not true. A label is true when some line carries it. `ap no` and
`hold no` say false where silence of the script would mean "not applicable". Fast speech is found from the times,
the lines with fillers from their words once one is marked `!t3`; a cue on a label that is true elsewhere in the call
is dropped.

    python -m scripts.dialogues.build    writes the JSON files beside the scripts and the counts into the README
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "dialogues"
PARTS = ("tuning", "kept_out")
OTHERS = (
    "tuning/fifth_author",
    "tuning/sixth_author",
    "tuning/seventh_author",
    "tuning/eighth_author",
    "kept_out/ninth_author",
)
"""Scripts by other hands, in the same form; not counted in the README."""

GOOD = {
    "gr": "greeting_opening",
    "ad": "addresses_caller",
    "cf": "confirms_issue",
    "dt": "asks_details",
    "em": "empathy",
    "ap": "apology_specific",
    "so": "gives_solution_or_process",
    "cl": "polite_closing",
    "mo": "asks_more_help",
    "hg": "customer_hangs_first",
    "hd": "announces_hold",
    "po": "positive_language",
    "th": "thanks_or_praise",
}
FAULTS = {
    "t1": "taboo1_interrupting",
    "t2": "taboo2_no_praise",
    "t3": "taboo3_filler_words",
    "t4": "taboo4_casual_impatient",
    "t5": "taboo5_emotional",
    "t6": "taboo6_passive",
    "t7": "taboo7_fast_speech",
    "t8": "taboo8_only_own_view",
    "rc": "redline_contempt",
    "ra": "redline_annoyed",
    "rr": "redline_refusal",
    "rd": "redline_doubt",
    "rz": "redline_casual",
    "bp": "banned_phrase",
    "sh": "shirking",
    "op": "overpromise",
    "da": "dead_air",
    "an": "customer_angry",
    "pi": "pii_spoken",
}
FACTS = ("customer_angry", "pii_spoken")
ALIASES = GOOD | FAULTS
FILLER = re.compile(r"那个|这个(?=[，, ])|就是说|就是(?!这|那)|然后|呃|反正|(?<![一-龥])嗯(?=[，, ])")
FAST_RATE, FAST_CHARACTERS, FAST_UTTERANCES = 7.0, 12, 2

COUNTS_FROM, COUNTS_TO = "<!-- counts -->", "<!-- /counts -->"
HEAD = re.compile(r"^=== (\w+) \| (.+?) \| (\w+) \| (.+)$")
LINE = re.compile(r"^([AC])(?:@(\S+))? (.+?)(?: # (.+))?$")
TIMING = re.compile(r"([gobr])(\d+(?:\.\d+)?)")
MARK = re.compile(r"^(\+\+|\+|!!|!|~)(\w\w)$")


class ScriptError(ValueError):
    """A script line that cannot be read."""


@dataclass
class Call:
    """One call as written: its heading, its options and its lines."""

    name: str
    domain: str
    kind: str
    title: str
    options: dict[str, str] = field(default_factory=dict)
    notes: str = ""
    lines: list[tuple[str, str, str, str]] = field(default_factory=list)


def characters(text: str) -> int:
    """Spoken characters: CJK, letters and digits."""
    return len(re.findall(r"[\u3400-\u9fffA-Za-z0-9]", text))


def read(path: Path) -> list[Call]:
    """Every call of one script file, in order."""
    calls: list[Call] = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("//"):
            continue
        if head := HEAD.match(line):
            calls.append(Call(head[1], head[2], head[3], head[4]))
        elif line.startswith("score "):
            for part in line.split(";"):
                key, _, value = part.strip().partition(" ")
                calls[-1].options[key] = value
        elif line.startswith("notes "):
            calls[-1].notes = line[6:]
        elif said := LINE.match(line):
            calls[-1].lines.append((said[1], said[2] or "", said[3], said[4] or ""))
        else:
            raise ScriptError(f"{path.name}:{number}: cannot read {line!r}")
    return calls


def times(call: Call) -> list[dict[str, Any]]:
    """The utterances with their times."""
    dice = random.Random(call.name)
    given = [float(x) for x in call.options.get("rate", "").split()]
    rates = dict(zip("AC", given, strict=True)) if given else {"A": dice.uniform(4.2, 4.9), "C": dice.uniform(4.1, 4.9)}
    said: list[dict[str, Any]] = []
    end = 0.0
    for role, timing, text, _ in call.lines:
        marks = {k: float(v) for k, v in TIMING.findall(timing)}
        rate = marks.get("r") or rates[role] * dice.uniform(0.95, 1.06)
        duration = max(0.42, characters(text) / rate)
        if "b" in marks:
            start = end - marks["b"]
            duration = min(duration, 0.9)
        elif "o" in marks:
            start = end - marks["o"]
        elif "g" in marks:
            start = end + marks["g"]
        else:
            start = end + (dice.uniform(0.2, 1.0) if role == "C" else dice.uniform(0.3, 1.3))
        start = round(max(start, 0.2), 2)
        name = {"A": "agent", "C": "customer"}[role]
        said.append({"role": name, "start": start, "end": round(start + duration, 2), "text": text})
        end = max(end, said[-1]["end"])
    return said


def fast(said: list[dict[str, Any]]) -> list[int]:
    """Agent utterances spoken too fast, by the convention of the labelled calls."""
    return [
        k
        for k, u in enumerate(said)
        if u["role"] == "agent"
        and characters(u["text"]) >= FAST_CHARACTERS
        and characters(u["text"]) / (u["end"] - u["start"]) >= FAST_RATE
    ]


def marks_of(call: Call) -> dict[str, dict[str, set[int]]]:
    """The marks of every line, per sign and label."""
    found: dict[str, dict[str, set[int]]] = {"+": {}, "!": {}, "~": {}, "hard": {}}
    for index, (_, _, text, marks) in enumerate(call.lines):
        for word in marks.split():
            mark = MARK.match(word)
            if not mark or mark[2] not in ALIASES:
                raise ScriptError(f"{call.name} [{index}] {text[:12]}: unknown mark {word!r}")
            sign, key = mark[1], ALIASES[mark[2]]
            if sign != "~" and (sign[0] == "+") != (mark[2] in GOOD):
                raise ScriptError(f"{call.name} [{index}]: {word!r} has the wrong sign")
            found[sign[0]].setdefault(key, set()).add(index)
            if len(sign) == 2:
                found["hard"].setdefault(key, set()).add(index)
    return found


def build(call: Call) -> dict[str, Any]:
    """One call as a stored transcript with its labels."""
    said = times(call)
    marks = marks_of(call)
    good, faults, near = marks["+"], marks["!"], marks["~"]
    for key in ("redline_annoyed", "redline_casual"):
        if key in faults:
            faults.setdefault("taboo4_casual_impatient", set()).update(faults[key])
    if "taboo3_filler_words" in faults:
        faults["taboo3_filler_words"] |= {
            k for k, u in enumerate(said) if u["role"] == "agent" and FILLER.search(u["text"])
        }
    quick = fast(said)
    if len(quick) >= FAST_UTTERANCES:
        faults["taboo7_fast_speech"] = set(quick)
    elif quick:
        near.setdefault("taboo7_fast_speech", set()).update(quick)
    near = {key: where for key, where in near.items() if key not in good and key not in faults}
    labels: dict[str, Any] = {key: key in good for key in GOOD.values()}
    labels |= {key: key in faults for key in FAULTS.values()}
    if not labels["apology_specific"] and call.options.get("ap") != "no":
        labels["apology_specific"] = None
    if call.options.get("hold") == "no":
        labels["announces_hold"] = False
    elif not labels["announces_hold"]:
        labels["announces_hold"] = None
    labels["customer_hangs_first"] = {"customer": True, "agent": False}.get(call.options.get("hang", ""))
    score = int(call.options["score"])
    labels["grade"] = "优秀" if score >= 85 else "普通" if score >= 60 else "冷线"
    labels["score"] = score
    labels["evidence"] = sorted({k for key, where in faults.items() if key not in FACTS for k in where})
    record: dict[str, Any] = {
        "id": call.name,
        "title": call.title,
        "domain": call.domain,
        "kind": call.kind,
        "channels": "stereo",
    }
    if call.options.get("hang"):
        record["hangup_by"] = call.options["hang"]
    if "asr" in call.options:
        record["asr_noise"] = True
    if call.options.get("tags"):
        record["tags"] = call.options["tags"].split()
    record["utterances"] = said
    record["labels"] = labels
    order = list(ALIASES.values())
    for name, kept in (
        ("evidence_by_key", faults),
        ("near_miss", near),
        ("hard_positive", marks["hard"]),
        ("good_evidence", good),
    ):
        record[name] = {key: sorted(kept[key]) for key in order if key in kept}
    record["notes"] = call.notes
    return record


def render(record: dict[str, Any]) -> str:
    """JSON with one utterance and one field per line, so that a change reads well."""
    rows = []
    for key, value in record.items():
        if key == "utterances":
            body = ",\n".join("    " + json.dumps(u, ensure_ascii=False) for u in value)
            rows.append(f'  "{key}": [\n{body}\n  ]')
        else:
            rows.append(f'  "{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(rows) + "\n}\n"


def load(part: str) -> list[dict[str, Any]]:
    """The built calls of one part."""
    return [build(call) for call in read(FOLDER / part / "calls.txt")]


def counts() -> str:
    """The table of counts per label: true / false / not applicable, near-miss calls, unusual forms, per part."""
    parts = {part: load(part) for part in PARTS}
    rows = ["| label | tuning: true | false | null | near | hard | kept out: true | false | null | near | hard |"]
    rows.append("|---|" + "---:|" * 10)
    for key in ALIASES.values():
        cells = []
        for calls in parts.values():
            values = [call["labels"][key] for call in calls]
            cells += [sum(v is x for v in values) for x in (True, False, None)]
            cells += [sum(key in call[name] for call in calls) for name in ("near_miss", "hard_positive")]
        rows.append(f"| `{key}` | " + " | ".join(map(str, cells)) + " |")
    rows += ["", "| | calls | utterances | 优秀 | 普通 | 冷线 | noisy transcript |", "|---|" + "---:|" * 6]
    for part, calls in parts.items():
        grades = [call["labels"]["grade"] for call in calls]
        cells = [len(calls), sum(len(call["utterances"]) for call in calls)]
        cells += [grades.count(grade) for grade in ("优秀", "普通", "冷线")]
        cells.append(sum("asr_noise" in call for call in calls))
        rows.append(f"| `{part}/` | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def readme(text: str) -> str:
    """The README with the counts of today between its two marks."""
    head, mark, rest = text.partition(COUNTS_FROM)
    _, end, tail = rest.partition(COUNTS_TO)
    if not mark or not end:
        raise ScriptError("README.md: the marks around the counts are gone")
    return f"{head}{mark}\n{counts()}\n{end}{tail}"


def main() -> None:
    """Write the calls and the counts."""
    for part in (*PARTS, *OTHERS):
        for record in load(part):
            (FOLDER / part / f"{record['id']}.json").write_text(render(record), encoding="utf-8")
    page = FOLDER / "README.md"
    page.write_text(readme(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
