"""The index for the case library: one row a case, with tags, as CSV for table programs and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from qa_pipeline.examples.material import Material
from qa_pipeline.examples.page import why
from qa_pipeline.examples.sounds import Sounds
from qa_pipeline.examples.taken import How, Taken
from qa_pipeline.outputs.csv_files import inert
from qa_pipeline.text.privacy import PrivateKind

_COLUMNS = (
    "code",
    "case",
    "kind",
    "queue",
    "place",
    "score",
    "grade",
    "duration_s",
    "agent",
    "traits",
    "themes",
    "why",
    "files",
)


def library(materials: Sequence[Material], sounds: Sequence[Sounds]) -> list[dict[str, Any]]:
    """A row for each case; ``traits``, ``themes`` and ``files`` are lists."""
    return [
        {
            "code": material.code,
            "case": material.title,
            "kind": material.pick.call.kind.label,
            "queue": material.pick.call.queue or "",
            "place": material.pick.place.label,
            "score": material.pick.call.score,
            "grade": material.pick.call.grade,
            "duration_s": round(material.duration, 1),
            "agent": material.agent,
            "traits": list(material.traits),
            "themes": list(material.themes),
            "why": why(material),
            "files": [f"{material.letter}/sheet.docx", f"{material.letter}/sheet.md", *_files(own)],
        }
        for material, own in zip(materials, sounds, strict=True)
    ]


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as CSV that table programs read as UTF-8, in which no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in _COLUMNS])
    return "\ufeff" + out.getvalue()


def as_json(value: object) -> str:
    """``value`` as JSON for people and programs."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def audit(materials: Sequence[Material]) -> dict[str, Any]:
    """What was masked and how, for each case, without saying it."""
    return {
        "about": "遮蔽记录：遮了哪一类、谁说的、从几秒到几秒、怎么遮的；不含原话。 What was masked, not what it was.",
        "how": {
            "words": "按词的时间遮音 bleeped by the times of its words",
            "utterance": "词的时间不可靠，整句消音 the whole utterance, since its words could not be placed",
            "unheard": "有人声而没有识别出文字，消音 speech in which no word was recognised",
        },
        "cases": [
            {
                "code": material.code,
                "case": material.title,
                "word_times": material.has_word_times,
                "seconds": round(sum(taken.span.duration for taken in material.taken), 1),
                "masked": [_entry(taken) for taken in material.taken],
            }
            for material in materials
        ],
    }


def _entry(taken: Taken) -> dict[str, Any]:
    kind = taken.kind.value if isinstance(taken.kind, PrivateKind) else How.UNHEARD.value
    start, end = round(taken.span.start, 2), round(taken.span.end, 2)
    return {"kind": kind, "role": taken.role.value, "start_s": start, "end_s": end, "how": taken.how.value}


def _files(sounds: Sounds) -> list[str]:
    return [sound.file for sound in sounds.all if sound.file]


def _cell(value: object) -> str:
    return str(inert("；".join(map(str, value)) if isinstance(value, list) else str(value)))
